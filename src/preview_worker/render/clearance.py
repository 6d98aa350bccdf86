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
from heapq import nsmallest
from pathlib import Path

from preview_worker.render.cache import WRITING

_TRIM_EVERY_S = 60
_TRIMMED_TO = 0.9
_MARK = ".trimmed"
_LEFT_OVER_S = 3600
"""A file that is being written for so long belongs to nobody any more."""
_AT_ONCE = 2000
"""Entries that are held to find the oldest among them."""
_SHELVES_BELOW = 2
"""Folders below the cache's: projects, and the shelves of each."""


def trim_caches(folder: Path, max_bytes: int, *, now: bool = False) -> int:
    """Remove what was not used for the longest time below ``folder``; return how many files.

    What a writer left behind half-way goes in any case. Does nothing when somebody did it within
    the last minute, unless it has to be ``now``. However many entries there are, few of them are
    held at a time: the caller is a process that lives for long.
    """
    if not (now or _is_due(folder)):
        return 0
    size_bytes = removed = 0
    for entry in _entries(folder, _SHELVES_BELOW):
        if entry.kept:
            size_bytes += entry.size_bytes
        else:
            removed += _remove(entry.path)
    if size_bytes > max_bytes:
        removed += _make_room(folder, size_bytes - max_bytes * _TRIMMED_TO)
    _remove_empty(folder)
    return removed


def _make_room(folder: Path, wanted_bytes: float) -> int:
    """Remove the oldest entries until ``wanted_bytes`` are free; return how many files."""
    removed = 0
    while wanted_bytes > 0:
        entries = (entry for entry in _entries(folder, _SHELVES_BELOW) if entry.kept)
        before = removed
        for entry in nsmallest(_AT_ONCE, entries):
            if wanted_bytes > 0 and _remove(entry.path):
                wanted_bytes -= entry.size_bytes
                removed += 1
        if removed == before:  # there is nothing left, or the disk gives nothing up
            break
    return removed


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    used_s: float
    size_bytes: int
    path: str
    kept: bool
    """False for a file that nobody will finish."""


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


def _entries(folder: str | Path, levels: int) -> Iterator[_Entry]:
    """Yield every entry of the folders below, and every file that may become one."""
    for place in _children(folder):
        if not place.is_dir(follow_symlinks=False):
            continue
        if levels == 0:
            # No entry lies so deep. How deep it goes on is up to whoever made it.
            with suppress(RecursionError):
                shutil.rmtree(place.path, ignore_errors=True)
            continue
        yield from _files(place.path)
        yield from _entries(place.path, levels - 1)


def _files(folder: str) -> Iterator[_Entry]:
    for file in _children(folder):
        try:
            facts = file.stat(follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISDIR(facts.st_mode):
            continue
        used_s = facts.st_mtime
        left_over = file.name.endswith(WRITING) and abs(time.time() - used_s) > _LEFT_OVER_S
        yield _Entry(used_s, facts.st_size, file.path, not left_over)


def _remove_empty(folder: Path) -> None:
    """Remove the folders of projects that keep nothing, unless one may just be about to."""
    for project in _children(folder):
        with suppress(OSError):
            if not project.is_dir(follow_symlinks=False):
                continue
            idle_s = abs(time.time() - project.stat(follow_symlinks=False).st_mtime)
            if idle_s > _LEFT_OVER_S:
                for shelf in _children(project.path):
                    with suppress(OSError):
                        Path(shelf.path).rmdir()
                Path(project.path).rmdir()


def _children(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _remove(path: str) -> bool:
    """Tell whether the file is gone, whoever removed it."""
    try:
        Path(path).unlink(missing_ok=True)
    except OSError:
        return False
    return True
