"""Objects that others put into a bucket, read in pieces by an event loop that may be cancelled."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import obstore
from obstore.exceptions import NotModifiedError

from preview_worker.artifacts.objects.bucket import connect
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.artifacts.objects.trouble import ABSENT, storage_trouble

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_PIECE_BYTES = 1 << 20
_STATUS = re.compile(r"status code: \d{3}")
_NO_SUCH_KEY = "<Code>NoSuchKey</Code>"
_DOING = "an asset was read"


async def _nothing() -> AsyncGenerator[bytes, None]:
    pieces: tuple[bytes, ...] = ()
    for piece in pieces:
        yield piece


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the service says of an object, and its bytes if it has others than were known."""

    standing: Literal["here", "absent", "unchanged"]
    tag: str
    size_bytes: int
    pieces: AsyncGenerator[bytes, None]


class BucketDepot:
    """Reads single objects. Each call is one request, and whoever calls asks again."""

    def __init__(self, store: ObjectStore, root: str, service: str) -> None:
        """Read from ``store``, which people know as ``root`` at ``service``."""
        self._store = store
        self.root = root
        self.service = service

    async def open(self, path: str, known_tag: str) -> Parcel:
        """Ask for the object at ``path``, unless it has the ``known_tag`` still.

        Raises ``PreviewError`` (STORAGE) for every answer that neither gives the object nor says,
        in the service's own words, that there is none: a missing bucket is no missing object, nor
        is the 404 of something that stands in between.
        """
        with storage_trouble(_DOING):
            try:
                found = await obstore.get_async(
                    self._store, path, options={"if_none_match": known_tag} if known_tag else {}
                )
            except NotModifiedError:
                return Parcel("unchanged", known_tag, 0, _nothing())
            except ABSENT as error:
                if not _is_said(error):
                    raise
                return Parcel("absent", "", 0, _nothing())
        pieces = _told(found.stream(min_chunk_size=_PIECE_BYTES))
        return Parcel("here", found.meta["e_tag"] or "", found.meta["size"], pieces)


def open_depot(settings: BucketSettings, most_s: float) -> BucketDepot:
    """Return the depot of the settings; nothing is connected yet.

    One object may take ``most_s`` to come; whoever reads it judges its pace.
    """
    store = connect(settings, most_s, {"max_retries": 0, "retry_timeout": timedelta(seconds=1)})
    return BucketDepot(store, settings.root, settings.endpoint or f"aws {settings.region}")


async def _told(stream: AsyncIterable[object]) -> AsyncGenerator[bytes, None]:
    with storage_trouble(_DOING):
        async for piece in stream:
            yield bytes(piece)  # type: ignore[call-overload]  # obstore's own buffer


def _is_said(error: Exception) -> bool:
    """Tell whether a service said that there is no such object; one in memory says no status."""
    text = str(error)
    return _NO_SUCH_KEY in text or _STATUS.search(text) is None
