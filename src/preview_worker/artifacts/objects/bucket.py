"""The few things that are done with a bucket, through obstore.

Every call blocks on the network, and can be broken off where it is made ``in_call``.

Objects are whole or absent: a reader never sees one that is half written, and once a write was
confirmed every later read sees it. S3 promises both; what only seems to be S3 must, too.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from preview_worker.artifacts.objects.blob import Blob, fetch_blob, read_blob, write_blob
from preview_worker.artifacts.objects.conditions import TagForm, try_conditions
from preview_worker.artifacts.objects.line import ask
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.artifacts.objects.trouble import ABSENT, storage_trouble
from preview_worker.contract import ErrorCode, PreviewError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig, S3Config

_PART_BYTES = 8 * 1024 * 1024
"""A file that is larger travels in parts of this size, each tried again by itself."""
_PARTS_AT_ONCE = 4
_CONFLICTS = 4
"""How often a conditional write is made again that failed although nobody else wrote."""
_CONFLICT_PAUSE_S = 0.05
_PROMPT_S = 3
"""How long a question of our own may take that nobody waits for gladly."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as a listing tells it."""

    key: str
    size_bytes: int
    modified_at: datetime


class Bucket:
    """A place for objects. Trouble raises ``PreviewError`` with ``transient.storage``."""

    def __init__(self, store: ObjectStore, prompt: ObjectStore | None = None) -> None:
        """Use ``store``, and for ``look`` and ``prove`` one that gives up soon."""
        self._store = store
        self._prompt = prompt or store
        self._form: TagForm | None = None

    def read(self, key: str) -> Blob | None:
        """Return an object; None where there is none."""
        with storage_trouble("something was read"):
            return read_blob(self._store, key)

    async def fetch(self, key: str, most_bytes: int) -> Blob | None:
        """Return an object without holding up a thread; None if it is larger than ``most_bytes``.

        Cancelling the call ends the request.
        """
        with storage_trouble("something was read"):
            return await fetch_blob(self._store, key, most_bytes)

    async def send(self, key: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Write an object without holding up a thread, in place of an older one."""
        with storage_trouble("something was written"):
            await obstore.put_async(self._store, key, content, attributes=dict(headers))

    def read_part(self, key: str, start: int, end: int) -> bytes:
        """Return the bytes from ``start`` up to ``end``; fewer where the object ends before."""
        with storage_trouble("a file was read"):
            return bytes(
                ask(lambda: obstore.get_range_async(self._store, key, start=start, end=end))
            )

    def write(self, key: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Write an object, in place of an older one."""
        with storage_trouble("a document was written"):
            ask(lambda: obstore.put_async(self._store, key, content, attributes=dict(headers)))

    def upload(self, key: str, path: Path, headers: Mapping[str, str]) -> None:
        """Write a file of the local disk, in parts if it is large."""
        with storage_trouble("a file was written"):
            ask(
                lambda: obstore.put_async(
                    self._store,
                    key,
                    path,
                    attributes=dict(headers),
                    chunk_size=_PART_BYTES,
                    max_concurrency=_PARTS_AT_ONCE,
                )
            )

    def exchange(self, key: str, content: bytes, seen: Blob | None) -> bool:
        """Write ``content`` unless the object changed since it was ``seen``, None for absent.

        ``content`` must be like nothing that was or will be written there by somebody else: then
        True says that it stands there now, even where the answer to our write was lost, and False
        that it does not and never will. Before the first one it is tried whether the service looks
        at conditions at all.
        """
        if self._form is None:
            self._form = try_conditions(self._store)
        tag = None if seen is None else self._form.of(seen.tag)
        for attempt in range(_CONFLICTS):
            time.sleep(_CONFLICT_PAUSE_S * attempt)
            outcome = self._try_exchange(key, content, seen, tag)
            if outcome is not None:
                return outcome
        message = "The object storage refused a conditional write although nobody else had written."
        raise PreviewError(ErrorCode.STORAGE, message)

    def _try_exchange(
        self, key: str, content: bytes, seen: Blob | None, tag: str | None
    ) -> bool | None:
        """Write once and tell what became of it; None when it was refused in passing.

        S3 does so (409) when another conditional write was under way and came to nothing.
        """
        with storage_trouble("the preview was published"):
            lost: Exception | None = None
            try:
                if write_blob(self._store, key, content, tag):
                    return True
            except BaseError as error:
                lost = error  # it may have been written all the same
            now = self.read(key)
            if now is not None and now.content == content:
                return True
            if (now and now.tag) != (seen and seen.tag):
                return False
            if lost is not None:
                raise lost
            return None

    def entries(self, prefix: str, after: str | None = None) -> Iterator[Entry]:
        """Yield what is below ``prefix``, in the order of the keys, from behind ``after`` on."""
        with storage_trouble("a listing was read"):
            listing = obstore.list(self._store, prefix, offset=after, chunk_size=1000)
            while page := ask(lambda: anext(listing, None)):
                for meta in page:
                    yield Entry(meta["path"], meta["size"], meta["last_modified"])

    def folders(self, place: str) -> list[str]:
        """Return what lies right below ``place`` and has objects below itself."""
        with storage_trouble("a listing was read"):
            found = ask(lambda: obstore.list_with_delimiter_async(self._store, place))
            return [str(one) for one in found["common_prefixes"]]

    def remove(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are gone already are no trouble."""
        with storage_trouble("something old was removed"):
            for begin in range(0, len(keys), 1000):
                some = list(keys[begin : begin + 1000])
                try:
                    ask(functools.partial(obstore.delete_async, self._store, some))
                except ABSENT:
                    continue

    def address(self, key: str, lasting_s: float) -> str | None:
        """Return an address that anybody can read the object at for a while; None if none can."""
        store = self._store
        if not isinstance(store, S3Store):
            return None
        with storage_trouble("an address was signed"):
            return ask(lambda: obstore.sign_async(store, "GET", key, timedelta(seconds=lasting_s)))

    def look(self) -> None:
        """Ask for next to nothing, to see whether the bucket is there and we may read it."""
        with storage_trouble("it was asked whether it is there"):
            ask(lambda: anext(obstore.list(self._prompt, chunk_size=1), None))

    def prove(self) -> None:
        """See, once, whether the service looks at the conditions that ``exchange`` sets."""
        if self._form is None:
            self._form = try_conditions(self._prompt)


def open_bucket(settings: BucketSettings, *, retries: int = 5) -> Bucket:
    """Return the bucket of the settings; nothing is connected yet.

    A request that failed in passing is made again, ``retries`` times within a minute.
    """
    patient: RetryConfig = {"max_retries": retries, "retry_timeout": timedelta(seconds=60)}
    prompt: RetryConfig = {"max_retries": 0}
    return Bucket(
        connect(settings, settings.timeout_s, patient),
        connect(settings, _PROMPT_S, prompt),
    )


def connect(settings: BucketSettings, timeout_s: float, retry: RetryConfig) -> S3Store:
    """Return the library's own store; one request takes ``timeout_s`` at most, nothing is asked."""
    config: S3Config = {"region": settings.region}
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    if settings.access_key_id is not None and settings.secret_access_key is not None:
        config["access_key_id"] = settings.access_key_id
        config["secret_access_key"] = settings.secret_access_key
    if settings.session_token:
        config["session_token"] = settings.session_token
    if settings.encryption:
        config["server_side_encryption"] = settings.encryption
    if settings.kms_key_id:
        config["sse_kms_key_id"] = settings.kms_key_id
    client: ClientConfig = {
        "allow_http": settings.allow_http,
        "timeout": timedelta(seconds=timeout_s),
        "connect_timeout": timedelta(seconds=min(timeout_s, 5)),
    }
    if settings.ca_pem is not None:
        client["root_certificate"] = settings.ca_pem
    return S3Store(
        settings.bucket,
        prefix=settings.prefix or None,
        config=config,
        client_options=client,
        retry_config=retry,
    )
