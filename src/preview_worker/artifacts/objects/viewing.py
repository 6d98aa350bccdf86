"""Opens previews in a bucket for readers: whole, from one publication, without any listing.

The files of a publication never change, and they stay for a while after it was replaced, so a
reader who began with one comes to its end.
"""

from __future__ import annotations

import contextlib
import errno
import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from preview_worker.artifacts.keys import PREVIEWS, folder_name, is_folder_name
from preview_worker.artifacts.manifest import StoredFile
from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.line import Call
from preview_worker.artifacts.objects.pointer import job_prefix, project_key
from preview_worker.artifacts.objects.shelf import read_current
from preview_worker.artifacts.record import DamagedManifestError
from preview_worker.artifacts.viewing import (
    LocalViewer,
    ViewedPreview,
    belongs,
    read_with_itself,
)
from preview_worker.contract import PreviewError

_FIRST_BYTES = 256 * 1024
_MOST_BYTES = 1024 * 1024
"""What each reader's buffer takes at most; a pod serves hundreds at once."""


class BucketViewer:
    """A ``PreviewViewer`` of a bucket. What is being rendered is watched on the local disk."""

    def __init__(self, bucket: Bucket, data_dir: Path, redirect_s: float = 0) -> None:
        """Look in ``bucket``.

        Addresses that readers are sent to last ``redirect_s``; with 0 nobody is sent away.
        """
        self._bucket = bucket
        self._local = LocalViewer(data_dir)
        self._redirect_s = redirect_s
        self._call = Call()

    @contextlib.contextmanager
    def opened(self, job_id: str, project_id: str | None = None) -> Iterator[ViewedPreview | None]:
        """Open the preview of a job; see ``PreviewViewer.opened``."""
        for place in self._places(job_id, project_id):
            with self.opened_at(place) as preview:
                if preview is not None:
                    yield preview
                    return
        yield None

    @contextlib.contextmanager
    def opened_at(self, place: PurePosixPath) -> Iterator[ViewedPreview | None]:
        """Open the preview that stands at ``place``, which is relative to the bucket's address."""
        preview = self._read(place)
        yield preview if preview is not None and belongs(preview) else None

    def of_project(self, project_id: str) -> list[PurePosixPath]:
        """Return where previews of a project stand, in order, by a listing."""
        names = {folder_name(project_id)}
        names |= {project_id} if is_folder_name(project_id) else set()
        with self._call.here():
            found = [self._bucket.folders(f"{PREVIEWS}/{name}") for name in sorted(names)]
        return sorted(PurePosixPath(place) for places in found for place in places)

    def live_folder(self, project_id: str, job_id: str) -> Path | None:
        """Return where the latest attempt of a job can be watched on this machine."""
        return self._local.live_folder(project_id, job_id)

    def close(self) -> None:
        """Break off what is asked of the bucket for readers, and ask nothing more."""
        self._call.hang_up()

    def _places(self, job_id: str, project_id: str | None) -> Iterator[PurePosixPath]:
        if project_id is None:
            with self._call.here():
                found = self._bucket.read(project_key(job_id))
            if found is not None:
                project = found.content.decode("utf-8", "surrogatepass")
                yield PurePosixPath(job_prefix(project, job_id))
            return
        yield PurePosixPath(job_prefix(project_id, job_id))
        if is_folder_name(project_id) and is_folder_name(job_id):
            yield PurePosixPath(PREVIEWS, project_id, job_id)

    def _read(self, place: PurePosixPath) -> ViewedPreview | None:
        with self._call.here():
            found = read_current(self._bucket, place.as_posix())
        if found is None:
            return None
        _, pointer, _, manifest = found
        try:
            record, document = read_with_itself(manifest)
        except DamagedManifestError:
            return None
        folder = f"{place}/{pointer.folder}"

        def opener(file: StoredFile) -> BinaryIO:
            key = f"{folder}/{file.name}"
            raw = _ObjectFile(self._bucket, self._call, key, file.size_bytes)
            return io.BufferedReader(raw, _MOST_BYTES)

        def signer(file: StoredFile) -> str | None:
            with self._call.here():
                return self._bucket.address(f"{folder}/{file.name}", self._redirect_s)

        return ViewedPreview(
            record, document, place, opener, signer if self._redirect_s > 0 else None
        )


class _ObjectFile(io.RawIOBase):
    """An object that is read as a file, in pieces that grow, each by a request of its own.

    So a slow reader holds no connection to the storage, and one that wants a little gets little.
    """

    def __init__(self, bucket: Bucket, call: Call, key: str, size_bytes: int) -> None:
        super().__init__()
        self._call = call
        self._bucket = bucket
        self._key = key
        self._size_bytes = size_bytes
        self._at = 0
        self._piece_bytes = _FIRST_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size_bytes}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def readall(self) -> bytes:
        """Read the rest in large pieces; Python's own way is 8 KiB at a time."""
        return b"".join(iter(lambda: self.read(_MOST_BYTES) or b"", b""))

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # any buffer
        size = min(len(target), self._piece_bytes, self._size_bytes - self._at)
        if size <= 0:
            return 0
        try:
            with self._call.here():
                piece = self._bucket.read_part(self._key, self._at, self._at + size)
        except PreviewError as error:
            raise OSError(errno.EIO, error.message) from error
        target[: len(piece)] = piece
        self._at += len(piece)
        self._piece_bytes = min(self._piece_bytes * 2, _MOST_BYTES)
        return len(piece)
