"""The published previews of one data directory, as readers find them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from preview_worker.artifacts.disk import make_folder, open_plain, settle_folder
from preview_worker.artifacts.exchange import ASIDE, move_in, put_in_place
from preview_worker.artifacts.keys import PREVIEWS, preview_folder
from preview_worker.artifacts.manifest import MANIFEST_NAME
from preview_worker.artifacts.port import PublishedPreview
from preview_worker.artifacts.record import DamagedManifestError, ManifestRecord, read_manifest
from preview_worker.artifacts.turns import Turns

_MANIFEST_LIMIT_BYTES = 16 * 1024 * 1024
_LOOKS = 3


class OutdatedError(Exception):
    """What stands in a place is not older than what was to replace it; ``number`` is its own."""

    def __init__(self, number: int) -> None:
        """Tell the number of what stands there."""
        super().__init__(f"publication {number} stands there already")
        self.number = number


class Shelf:
    """Finds previews under ``<root>/previews`` and puts finished ones there. Blocks on the disk."""

    def __init__(self, root: Path, turns: Turns) -> None:
        """Work under ``root``, an absolute path; ``turns`` are shared by all who do."""
        self._root = root
        self._turns = turns

    def find(self, project_id: str, job_id: str) -> PublishedPreview | None:
        """Return the job's preview if its manifest and every file in it are there.

        Whoever looks for it wants to use it, so its age counts from now.
        """
        place = self.place(project_id, job_id)
        for _ in range(_LOOKS):
            before = _identity(place)
            record = _read_whole(place)
            if before == _identity(place):
                # Nobody exchanged the folder while we looked, so what we saw was one preview.
                if record is None or (record.project_id, record.job_id) != (project_id, job_id):
                    return None
                if self._use(place, before):
                    return self._told(record, place)
        return None

    def standing(self, project_id: str, job_id: str) -> int:
        """Return the number of the publication that readers see now; 0 for none."""
        record = _read_record(self.place(project_id, job_id))
        return 0 if record is None else record.publication

    def put(self, staged: Path, manifest: bytes) -> PublishedPreview:
        """Show a sealed folder to readers; what stood there before is at ``staged`` afterwards.

        An older preview of the same input stays, and is returned: two attempts that ran at once
        have rendered it. Raises ``OutdatedError`` when what stands there is not older.
        """
        record = read_manifest(manifest)
        make_folder(self._root / PREVIEWS)
        place = self.place(record.project_id, record.job_id)
        with self._turns.turn(place):
            standing = _read_record(place)
            if standing is not None and standing.publication >= record.publication:
                raise OutdatedError(standing.publication)
            same = _read_whole(place)
            if same is not None and same.input_digest == record.input_digest:
                return self._told(same, place)
            _put_in_project(staged, place)
        settle_folder(place.parent)
        return self._told(record, place)

    def salvage(self, folder: Path) -> None:
        """Put an older preview back that had stepped aside for one which never came."""
        record = _read_whole(folder) if folder.name.endswith(ASIDE) else None
        if record is None:
            return
        place = self.place(record.project_id, record.job_id)
        with self._turns.turn(place):
            if _identity(place) is None and move_in(folder, place):
                settle_folder(place.parent)

    def _use(self, place: Path, identity: tuple[int, int] | None) -> bool:
        """Make a preview young; False when it is gone or another one by now."""
        try:
            with self._turns.turn(place):
                if _identity(place) != identity:
                    return False
                os.utime(place)
        except OSError:
            return True  # a disk that cannot be written is read all the same
        return True

    def place(self, project_id: str, job_id: str) -> Path:
        """Return where the job's preview stands, or would."""
        fold_case = _folds_case(self._root / PREVIEWS)
        return self._root / preview_folder(project_id, job_id, fold_case=fold_case)

    def _told(self, record: ManifestRecord, place: Path) -> PublishedPreview:
        return record.published(self._root, place.relative_to(self._root))


def _put_in_project(staged: Path, place: Path) -> None:
    """Put a folder in its place; its project's folder is removed by others when it is empty."""
    for _ in range(_LOOKS):
        make_folder(place.parent)
        try:
            put_in_place(staged, place)
        except FileNotFoundError:
            if not staged.exists():
                raise
        else:
            return
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _read_record(folder: Path) -> ManifestRecord | None:
    """Read a folder's manifest; None where there is none that can be read."""
    try:
        with os.fdopen(open_plain(folder / MANIFEST_NAME), "rb") as file:
            return read_manifest(file.read(_MANIFEST_LIMIT_BYTES))
    except (OSError, ValueError, DamagedManifestError):
        return None


def _read_whole(folder: Path) -> ManifestRecord | None:
    """Read a folder's manifest; None unless each file that it lists is there in full."""
    record = _read_record(folder)
    if record is None:
        return None
    try:
        for stored in record.files:
            status = (folder / stored.name).lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_size != stored.size_bytes:
                return None
    except OSError:
        return None
    return record


def _identity(folder: Path) -> tuple[int, int] | None:
    """Name the folder that stands at a path now; None when there is none."""
    try:
        status = folder.lstat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _folds_case(folder: Path) -> bool:
    """Tell whether the file system takes capitals and small letters for the same."""
    try:
        return folder.with_name(folder.name.upper()).samefile(folder)
    except OSError:
        return False
