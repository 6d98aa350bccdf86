"""How long previews are kept: as the operator says, and for ever if nothing is said.

A preview's age counts from when it was published or last found for its job, which is the time of
its folder. Whatever goes is first moved out of readers' sight by one rename, into the staging
folder of whoever does it, and then removed; who has opened a file of it reads on. Should the worker
die between the two, the next sweep removes the rest.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from preview_worker.artifacts.disk import remove_entry
from preview_worker.artifacts.expiry import Reason, RetiredPreview, choose
from preview_worker.artifacts.keys import PREVIEWS
from preview_worker.artifacts.manifest import MANIFEST_NAME
from preview_worker.artifacts.settings import ArtifactSettings
from preview_worker.artifacts.turns import Turns

_LOOKS = 2000
"""Previews that one call looks at."""
_REMOVALS = 50
"""Previews that one call removes."""
_TURN = "retention"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A preview as it was when it was looked at."""

    place: Path
    used_at_ns: int
    size_bytes: int


class Retention:
    """Looks through the previews, a part at a time, and removes the oldest. Blocks on the disk.

    Workers that share a data directory do it one at a time.
    """

    def __init__(
        self,
        root: Path,
        settings: ArtifactSettings,
        turns: Turns,
        at_work: Callable[[], Collection[str]],
        trash: Callable[[], Path],
    ) -> None:
        """Work under ``root``; ``at_work`` names the jobs that are rendered now, as folders are.

        ``trash`` gives a path that nobody reads and that a sweep finds.
        """
        self._root = root / PREVIEWS
        self._settings = settings
        self._turns = turns
        self._at_work = at_work
        self._trash = trash
        self._census: Iterator[_Kept] | None = None
        self._seen: list[_Kept] = []
        self._due: list[tuple[_Kept, Reason]] = []

    @property
    def wanted(self) -> bool:
        """Whether the operator asked for anything to be removed."""
        settings = self._settings
        return bool(settings.retention_max_age_s or settings.retention_max_bytes)

    def retire(self) -> list[RetiredPreview]:
        """Go on looking; once all were looked at, remove some that are due, the oldest first."""
        if not self.wanted:
            return []
        with self._turns.turn_if_free(_TURN) as alone:
            if not alone:
                self._census, self._due = None, []
                return []
            if not self._due:
                self._look()
            return self._remove_some()

    def due(self) -> list[RetiredPreview]:
        """Return what would be removed now, and remove nothing."""
        if not self.wanted:
            return []
        return [_told(kept, reason) for kept, reason in choose(self._look_at_all(), self._settings)]

    def _look(self) -> None:
        if self._census is None:
            self._census, self._seen = self._look_at_all(), []
        for _ in range(_LOOKS):
            kept = next(self._census, None)
            if kept is None:
                self._due = choose(self._seen, self._settings)
                self._census, self._seen = None, []
                return
            self._seen.append(kept)

    def _remove_some(self) -> list[RetiredPreview]:
        some, self._due = self._due[:_REMOVALS], self._due[_REMOVALS:]
        return [_told(kept, reason) for kept, reason in some if self._remove(kept)]

    def _remove(self, kept: _Kept) -> bool:
        """Remove a preview unless it was used or replaced since, or its job is at work."""
        trash = self._trash()
        try:
            with self._turns.turn(kept.place):
                if _used_at_ns(kept.place) != kept.used_at_ns:
                    return False
                if kept.place.name in self._at_work():
                    return False
                kept.place.rename(trash)
        except OSError:
            return False  # the disk refuses, or somebody does not give way: it stays for now
        remove_entry(trash)
        with contextlib.suppress(OSError):  # there is more in the project's folder
            kept.place.parent.rmdir()
        return True

    def _look_at_all(self) -> Iterator[_Kept]:
        for project in _folders(self._root):
            for place in _folders(project):
                kept = _looked_at(place)
                if kept is not None:
                    yield kept


def _told(kept: _Kept, reason: Reason) -> RetiredPreview:
    age_s = (time.time_ns() - kept.used_at_ns) / 1e9
    return RetiredPreview(kept.place.parent.name, kept.place.name, kept.size_bytes, age_s, reason)


def _looked_at(place: Path) -> _Kept | None:
    """Look at a folder; None when it is not a preview of ours, which is left alone."""
    used_at_ns = _used_at_ns(place)
    try:
        ours = stat.S_ISREG((place / MANIFEST_NAME).lstat().st_mode)
    except OSError:
        return None
    if used_at_ns is None or not ours:
        return None
    return _Kept(place, used_at_ns, _size_bytes(place))


def _used_at_ns(place: Path) -> int | None:
    try:
        status = place.lstat()
    except OSError:
        return None
    return status.st_mtime_ns if stat.S_ISDIR(status.st_mode) else None


def _size_bytes(folder: Path) -> int:
    size_bytes = 0
    waiting = [os.fspath(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size_bytes += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return size_bytes


def _folders(parent: Path) -> list[Path]:
    """List the real folders in ``parent``, in the order of their names."""
    try:
        with os.scandir(parent) as entries:
            found = [one.path for one in entries if one.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return [Path(path) for path in sorted(found)]
