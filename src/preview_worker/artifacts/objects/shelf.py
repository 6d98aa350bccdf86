"""The published previews of one bucket, as readers find them. Blocks on the network."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from preview_worker.artifacts.inventory import Stock
from preview_worker.artifacts.manifest import JSON_TYPE, MANIFEST_NAME
from preview_worker.artifacts.objects.blob import Blob
from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.pointer import (
    Pointer,
    decode_pointer,
    encode_pointer,
    job_prefix,
    pointer_key,
    project_key,
)
from preview_worker.artifacts.port import PublishedPreview
from preview_worker.artifacts.record import DamagedManifestError, ManifestRecord, read_manifest
from preview_worker.artifacts.shelf import OutdatedError
from preview_worker.contract import ErrorCode, PreviewError

FOREVER = "private, max-age=31536000, immutable"
"""Nothing is ever written a second time below a publication's folder."""
_LOOKS = 8
_INLINE = ("video/", "image/", "text/", "application/json")


class BucketShelf:
    """Finds previews in a bucket and puts finished ones there."""

    def __init__(
        self,
        bucket: Bucket,
        root: str,
        touch_after_s: float | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Work in ``bucket``, which readers know as ``root``.

        With ``touch_after_s`` a preview that is found, and was not for so long, becomes young.
        """
        self._bucket = bucket
        self._root = root
        self._touch_after_s = touch_after_s
        self._now = now

    def find(self, project_id: str, job_id: str) -> PublishedPreview | None:
        """Return the job's preview, by two reads."""
        place = job_prefix(project_id, job_id)
        found = read_current(self._bucket, place)
        if found is None:
            return None
        seen, pointer, record, _ = found
        if (record.project_id, record.job_id) != (project_id, job_id):
            return None
        self._use(place, seen, pointer)
        return self._told(record, place, pointer)

    def standing(self, project_id: str, job_id: str) -> int:
        """Return the number of the publication that stands in a job's place; 0 for none."""
        seen = self._bucket.read(pointer_key(job_prefix(project_id, job_id)))
        return _number(seen)

    def upload(self, staged: Path, place: str, folder: str, stock: Stock) -> None:
        """Copy every file of a staging folder but the manifest to where nobody looks yet."""
        for file in stock.files:
            headers = {
                "Content-Type": file.media_type,
                "Cache-Control": FOREVER,
                "Content-Disposition": disposition(file.name, file.media_type),
            }
            self._bucket.upload(f"{place}/{folder}/{file.name}", staged / file.name, headers)

    def put(self, folder: str, manifest: bytes) -> PublishedPreview:
        """Show a folder whose files were uploaded to readers.

        A preview of the same input that is older stays, and is returned: two attempts that ran at
        once have rendered it, and readers shall not see it published twice. Safe to repeat.
        Raises ``OutdatedError`` when what stands there is not older.
        """
        record = read_manifest(manifest)
        place = job_prefix(record.project_id, record.job_id)
        self._bucket.write(
            f"{place}/{folder}/{MANIFEST_NAME}",
            manifest,
            {"Content-Type": JSON_TYPE, "Cache-Control": FOREVER},
        )
        self._bucket.write(
            project_key(record.job_id),
            record.project_id.encode("utf-8", "surrogatepass"),
            {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"},
        )
        digest = hashlib.sha256(manifest).hexdigest()
        pointer = Pointer(record.publication, folder, digest, secrets.token_hex(16))
        for _ in range(_LOOKS):
            seen = self._bucket.read(pointer_key(place))
            if _folder(seen) == folder:
                return self._told(record, place, pointer)
            if seen is not None and _number(seen) >= record.publication:
                raise OutdatedError(_number(seen))
            found = None if seen is None else read_current(self._bucket, place)
            if found is not None and found[2].input_digest == record.input_digest:
                return self._told(found[2], place, found[1])
            if self._bucket.exchange(pointer_key(place), encode_pointer(pointer), seen):
                return self._told(record, place, pointer)
        message = "Other workers keep replacing the same preview."
        raise PreviewError(ErrorCode.STORAGE, message)

    def withdraw(self, place: str, modified_at: datetime) -> bool:
        """Hide a preview from readers unless it was used since ``modified_at``.

        Its number stays, so that a worker which was frozen meanwhile still replaces nothing newer.
        """
        seen = self._bucket.read(pointer_key(place))
        pointer = None if seen is None else decode_pointer(seen.content)
        if seen is None or pointer is None or pointer.folder is None:
            return False
        if seen.modified_at > modified_at:
            return False
        gone = replace(pointer, folder=None, manifest_sha256="", token=secrets.token_hex(16))
        return self._bucket.exchange(pointer_key(place), encode_pointer(gone), seen)

    def _use(self, place: str, seen: Blob, pointer: Pointer) -> None:
        """Make a preview young, if its age matters to anybody and is more than a moment."""
        if self._touch_after_s is None:
            return
        if (self._now() - seen.modified_at).total_seconds() < self._touch_after_s:
            return
        again = replace(pointer, token=secrets.token_hex(16))
        with contextlib.suppress(PreviewError):  # it can be read all the same
            self._bucket.exchange(pointer_key(place), encode_pointer(again), seen)

    def _told(self, record: ManifestRecord, place: str, pointer: Pointer) -> PublishedPreview:
        return record.published(self._root, PurePosixPath(place, pointer.folder or ""))


def read_current(bucket: Bucket, place: str) -> tuple[Blob, Pointer, ManifestRecord, bytes] | None:
    """Return what the pointer in a place leads to; None where it leads to nothing whole."""
    for _ in range(2):
        seen = bucket.read(pointer_key(place))
        pointer = None if seen is None else decode_pointer(seen.content)
        if seen is None or pointer is None or pointer.folder is None:
            return None
        manifest = bucket.read(f"{place}/{pointer.folder}/{MANIFEST_NAME}")
        if manifest is None:
            continue  # it was replaced and removed between two looks, or it is damaged
        if hashlib.sha256(manifest.content).hexdigest() != pointer.manifest_sha256:
            return None
        try:
            record = read_manifest(manifest.content)
        except DamagedManifestError:
            return None
        return seen, pointer, record, manifest.content
    return None


def disposition(name: str, media_type: str) -> str:
    """Say what a browser calls a file and whether it shows it."""
    how = "inline" if media_type.startswith(_INLINE) else "attachment"
    return f"{how}; filename*=UTF-8''{quote(name.rpartition('/')[2], safe='')}"


def _folder(seen: Blob | None) -> str | None:
    pointer = None if seen is None else decode_pointer(seen.content)
    return None if pointer is None else pointer.folder


def _number(seen: Blob | None) -> int:
    pointer = None if seen is None else decode_pointer(seen.content)
    return 0 if pointer is None else pointer.publication
