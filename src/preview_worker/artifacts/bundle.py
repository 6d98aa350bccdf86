"""The previews of a project as one ZIP archive, made while it is read and never kept.

Nothing in it depends on when it is made: the same previews are the same bytes, so a token made of
their manifests names the archive, on every server that sees the same data directory.
"""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from preview_worker.artifacts.manifest import MANIFEST_NAME, encode_document
from preview_worker.artifacts.viewing import PreviewViewer, ViewedPreview

LIST_NAME = "project.json"
_TOKEN_CHARS = 32
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = (stat.S_IFREG | 0o644) << 16
_PIECE_BYTES = 256 * 1024


class BundleChangedError(Exception):
    """A preview was replaced or removed while its project's archive was read."""


@dataclass(frozen=True, slots=True)
class BundledPreview:
    """A preview that is to be in an archive, as it stood when that was planned."""

    project_id: str
    job_id: str
    place: PurePosixPath
    """Where it stands, relative to the data directory; the last part is its folder in the ZIP."""
    manifest: str
    """The SHA-256 of its manifest, which names that of every file."""
    title: object
    created_at: object
    dry_run: bool
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Bundle:
    """What an archive will hold."""

    previews: tuple[BundledPreview, ...]

    @property
    def token(self) -> str:
        """Its name: another one as soon as anything in it is another."""
        told = "\n".join(f"{one.place} {one.manifest}" for one in self.previews)
        return hashlib.sha256(told.encode()).hexdigest()[:_TOKEN_CHARS]

    def listed(self) -> bytes:
        """Return the document that lists the previews, itself part of the archive."""
        lines = [
            {
                "jobId": one.job_id,
                "title": one.title,
                "createdAt": one.created_at,
                "dryRun": one.dry_run,
                "folder": one.place.name,
                "manifest": f"{one.place.name}/{MANIFEST_NAME}",
            }
            for one in self.previews
        ]
        project_id = self.previews[0].project_id if self.previews else None
        return encode_document({"projectId": project_id, "previews": lines})


class Bundler:
    """Plans archives of previews, and yields them piece by piece. Blocks on the disk."""

    def __init__(self, viewer: PreviewViewer) -> None:
        """Take previews that ``viewer`` opens."""
        self._viewer = viewer

    def plan(self, project_id: str) -> Bundle:
        """Return what an archive of a project would hold now."""
        found = []
        for place in self._viewer.of_project(project_id):
            with self._viewer.opened_at(place) as preview:
                if preview is not None:
                    found.append(_bundled(preview))
        return Bundle(tuple(found))

    def pieces(self, bundle: Bundle) -> Iterator[bytes]:
        """Yield the archive; raise ``BundleChangedError`` for what is not as it was planned."""
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_entry(LIST_NAME, 0), bundle.listed())
            for planned in bundle.previews:
                with self._viewer.opened_at(planned.place) as preview:
                    if preview is None or _bundled(preview) != planned:
                        raise _changed(planned.place.name)
                    yield from _files_of(preview, archive, sink)
        yield sink.taken()


def _bundled(preview: ViewedPreview) -> BundledPreview:
    record = preview.record
    manifest = preview.file(MANIFEST_NAME)
    assert manifest is not None  # noqa: S101 -- the viewer has just added it
    return BundledPreview(
        project_id=record.project_id,
        job_id=record.job_id,
        place=preview.place,
        manifest=manifest.sha256,
        title=preview.document.get("title"),
        created_at=preview.document.get("createdAt"),
        dry_run=record.dry_run,
        files=len(record.files),
        size_bytes=record.size_bytes,
    )


def _files_of(preview: ViewedPreview, archive: zipfile.ZipFile, sink: _Sink) -> Iterator[bytes]:
    for file in preview.record.files:
        name = f"{preview.place.name}/{file.name}"
        left_bytes = file.size_bytes
        try:
            source = preview.open(file)
        except OSError as error:
            raise _changed(name) from error
        with (
            source,
            archive.open(_entry(name, file.size_bytes), "w") as target,
        ):
            while piece := source.read(_PIECE_BYTES):
                target.write(piece)
                left_bytes -= len(piece)
                yield sink.taken()
        if left_bytes:
            raise _changed(name)


def _changed(name: str) -> BundleChangedError:
    return BundleChangedError(f"{name} is not what it was")


def _entry(name: str, size_bytes: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = _MODE
    entry.file_size = size_bytes
    return entry


class _Sink(io.RawIOBase):
    """Keeps what was written until it is taken; it cannot go back, so ZIP needs no going back."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        piece = bytes(memoryview(content))  # type: ignore[arg-type]  # any buffer
        self._waiting.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        piece = b"".join(self._waiting)
        self._waiting.clear()
        return piece
