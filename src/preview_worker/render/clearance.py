"""Keeping the caches of all projects together small: what was unused for the longest time goes.

Every project has a folder of its own below the cache's, written by processes that decode what
strangers sent. So nothing is believed here that stands in it: no file is opened, no link followed,
and what is no entry is removed.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from preview_worker.render.cache import WRITING

_TRIM_EVERY_S = 60
_TRIMMED_TO = 0.9
_MARK = ".trimmed"
_LEFT_OVER_S = 3600
"""A file that is being written for so long belongs to nobody any more."""
_SHELVES_BELOW = 2
"""Folders below the cache's: projects, and the shelves of each."""


def trim_caches(folder: Path, max_bytes: int, *, now: bool = False) -> int:
    """Remove what was not used for the longest time below ``folder``; return how many files.

    What a writer left behind half-way goes in any case. Does nothing when somebody did it within
    the last minute, unless it has to be ``now``.
    """
    if not (now or _is_due(folder)):
        return 0
    entries = sorted(_entries(folder, _SHELVES_BELOW))
    size = sum(entry.size_bytes for entry in entries)
    goal = max_bytes * _TRIMMED_TO if size > max_bytes else size
    removed = 0
    for entry in entries:
        if entry.kept and size <= goal:
            break
        if _remove(entry.path):
            size -= entry.size_bytes
            removed += 1
    _remove_empty(folder)
    return removed


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    kept: bool
    """False for a file that nobody will finish; it sorts before all others."""
    used_s: float
    size_bytes: int
    path: Path


def _is_due(folder: Path) -> bool:
    mark = folder / _MARK
    try:
        if abs(time.time() - mark.stat().st_mtime) < _TRIM_EVERY_S:
            return False
    except FileNotFoundError:
        pass
    except OSError:
        return False
    try:
        mark.touch()
    except OSError:
        return False
    return True


def _entries(folder: Path, levels: int) -> Iterator[_Entry]:
    """Yield every entry of the folders below, and every file that may become one."""
    for place in _children(folder):
        if not place.is_dir(follow_symlinks=False):
            continue
        path = Path(place.path)
        if levels == 0:
            # No entry lies so deep. How deep it goes on is up to whoever made it.
            with suppress(RecursionError):
                shutil.rmtree(path, ignore_errors=True)
            continue
        yield from _files(path)
        yield from _entries(path, levels - 1)


def _files(folder: Path) -> Iterator[_Entry]:
    for file in _children(folder):
        try:
            facts = file.stat(follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISDIR(facts.st_mode):
            continue
        used_s = facts.st_mtime
        left_over = file.name.endswith(WRITING) and abs(time.time() - used_s) > _LEFT_OVER_S
        yield _Entry(not left_over, used_s, facts.st_size, Path(file.path))


def _remove_empty(folder: Path) -> None:
    """Remove the folders of projects that keep nothing, unless one may just be about to."""
    for project in _children(folder):
        with suppress(OSError):
            if not project.is_dir(follow_symlinks=False):
                continue
            idle_s = abs(time.time() - project.stat(follow_symlinks=False).st_mtime)
            if idle_s > _LEFT_OVER_S:
                for shelf in _children(Path(project.path)):
                    with suppress(OSError):
                        Path(shelf.path).rmdir()
                Path(project.path).rmdir()


def _children(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _remove(path: Path) -> bool:
    """Tell whether the file is gone, whoever removed it."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
