"""Opens published previews for readers: whole, and still readable when a newer one takes its place.

A reader holds the folder itself, not its name, so every file comes from the same preview, whatever
is published or removed meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from preview_worker.artifacts.disk import open_inside
from preview_worker.artifacts.keys import (
    PREVIEWS,
    folder_name,
    is_folder_name,
    preview_folder,
)
from preview_worker.artifacts.live import LIVE
from preview_worker.artifacts.manifest import JSON_TYPE, MANIFEST_NAME, Document, StoredFile
from preview_worker.artifacts.record import (
    DamagedManifestError,
    ManifestRecord,
    read_manifest,
)

_MANIFEST_LIMIT_BYTES = 16 * 1024 * 1024
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER |= getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class ViewedPreview:
    """A preview that is open. ``document`` is its manifest as it was published."""

    record: ManifestRecord
    document: Document
    place: PurePosixPath
    """Where it stands, relative to the data directory or to the bucket's address."""
    opener: Callable[[StoredFile], BinaryIO]
    """Opens a file of this very preview for as long as the preview is open."""
    signer: Callable[[StoredFile], str | None] | None = None
    """Gives the address of a file that readers may be sent to, where there is one."""

    def file(self, name: str) -> StoredFile | None:
        """Return a file by its name; None when the manifest does not list it."""
        return next((file for file in self.record.files if file.name == name), None)

    def open(self, file: StoredFile) -> BinaryIO:
        """Open one of the files; raise ``OSError`` when it cannot be read."""
        return self.opener(file)

    def address(self, file: StoredFile) -> str | None:
        """Return where else a file can be read for a while; None when nowhere."""
        return None if self.signer is None else self.signer(file)


class PreviewViewer(Protocol):
    """Opens published previews, wherever they are kept. Blocks while it looks for them.

    A store that cannot be asked raises ``PreviewError``.
    """

    def opened(
        self, job_id: str, project_id: str | None = None
    ) -> AbstractContextManager[ViewedPreview | None]:
        """Open the preview of a job, in whichever project it is if none is named.

        Where a project is named, both may be spelled as their folders are. Yields None when there
        is none that can be read.
        """

    def opened_at(self, place: PurePosixPath) -> AbstractContextManager[ViewedPreview | None]:
        """Open the preview that stands at ``place``, as one of ``of_project`` is.

        Yields None when there is none that can be read, and for one that belongs elsewhere.
        """

    def of_project(self, project_id: str) -> list[PurePosixPath]:
        """Return where previews of a project stand, in order.

        The project may be spelled as its folder is.
        """

    def live_folder(self, project_id: str, job_id: str) -> Path | None:
        """Return where the latest attempt of a job can be watched; None when there is nothing."""

    def close(self) -> None:
        """Let nobody wait any longer for a store that does not answer. Safe to call twice."""


class LocalViewer:
    """A ``PreviewViewer`` of one data directory. Blocks on the disk."""

    def __init__(self, data_dir: Path) -> None:
        """Look under ``data_dir``."""
        self._root = data_dir.absolute()

    @contextlib.contextmanager
    def opened(self, job_id: str, project_id: str | None = None) -> Iterator[ViewedPreview | None]:
        """Open the preview of a job, in whichever project it is if none is named.

        Where a project is named, both may be spelled as their folders are. Yields None when there
        is none that can be read.
        """
        for place in self._places(job_id, project_id):
            with self.opened_at(place) as preview:
                if preview is not None:
                    yield preview
                    return
        yield None

    def of_project(self, project_id: str) -> list[PurePosixPath]:
        """Return where previews of a project stand, relative to the data directory, in order.

        The project may be spelled as its folder is.
        """
        names = {folder_name(project_id, fold_case=fold) for fold in (False, True)}
        names |= {project_id} if is_folder_name(project_id) else set()
        found: list[PurePosixPath] = []
        for name in names:
            with contextlib.suppress(OSError), os.scandir(self._root / PREVIEWS / name) as jobs:
                found += [PurePosixPath(PREVIEWS, name, job.name) for job in jobs]
        return sorted(found)

    @contextlib.contextmanager
    def opened_at(self, place: PurePosixPath) -> Iterator[ViewedPreview | None]:
        """Open the preview that stands at ``place``, which is relative to the data directory.

        Yields None when there is none that can be read, and for one that belongs elsewhere.
        """
        path = self._root / place
        descriptor = _hold(path)
        try:
            preview = _read(_way_to(descriptor, path), place)
            yield preview if preview is not None and belongs(preview) else None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def live_folder(self, project_id: str, job_id: str) -> Path | None:
        """Return where the latest attempt of a job can be watched; None when there is nothing."""
        names = (folder_name(one, fold_case=True) for one in (project_id, job_id))
        attempts: list[tuple[int, Path]] = []
        with contextlib.suppress(OSError), os.scandir(self._root.joinpath(LIVE, *names)) as found:
            attempts = [
                (int(one.name), Path(one.path))
                for one in found
                if one.name.isdecimal() and one.is_dir(follow_symlinks=False)
            ]
        return max(attempts)[1] if attempts else None

    def close(self) -> None:
        """Hold nothing that would have to be let go."""

    def _places(self, job_id: str, project_id: str | None) -> Iterator[PurePosixPath]:
        """Yield where the preview may stand: under its project, or under any."""
        for fold_case in (False, True):
            if project_id is not None:
                yield preview_folder(project_id, job_id, fold_case=fold_case)
                continue
            name = folder_name(job_id, fold_case=fold_case)
            with contextlib.suppress(OSError), os.scandir(self._root / PREVIEWS) as projects:
                for project in projects:
                    if project.is_dir(follow_symlinks=False):
                        yield PurePosixPath(PREVIEWS, project.name, name)
        if project_id is not None and is_folder_name(project_id) and is_folder_name(job_id):
            yield PurePosixPath(PREVIEWS, project_id, job_id)


def belongs(preview: ViewedPreview) -> bool:
    """Tell whether a preview stands where one of its project and its job does."""
    ids = preview.record.project_id, preview.record.job_id
    return any(preview.place == preview_folder(*ids, fold_case=fold) for fold in (False, True))


def _hold(place: Path) -> int | None:
    """Open the folder that stands at ``place`` now; None where there is none."""
    try:
        return os.open(place, _FOLDER)
    except OSError:
        return None


def _way_to(descriptor: int | None, place: Path) -> Path:
    """Return a path to an open folder, even if another comes to its place; without it, the place.

    Systems without such paths are those that never remove what a reader has open.
    """
    way = Path(f"/proc/self/fd/{descriptor}/.")
    return way if descriptor is not None and way.is_dir() else place


def _read(folder: Path, place: PurePosixPath) -> ViewedPreview | None:
    try:
        with os.fdopen(open_inside(folder, MANIFEST_NAME), "rb") as file:
            raw = file.read(_MANIFEST_LIMIT_BYTES)
        record, document = read_with_itself(raw)
    except (OSError, ValueError, DamagedManifestError):
        return None
    return ViewedPreview(record, document, place, lambda file: _open(folder, file.name))


def _open(folder: Path, name: str) -> BinaryIO:
    try:
        return os.fdopen(open_inside(folder, name), "rb", buffering=0)
    except ValueError as error:
        raise OSError(str(error)) from error


def read_with_itself(raw: bytes) -> tuple[ManifestRecord, Document]:
    """Read a manifest, with itself among the files; raise ``DamagedManifestError`` for others."""
    record, document = read_manifest(raw), json.loads(raw)
    digest = hashlib.sha256(raw).hexdigest()
    manifest = StoredFile(MANIFEST_NAME, "document", JSON_TYPE, len(raw), digest)
    return replace(record, files=(*record.files, manifest)), document
