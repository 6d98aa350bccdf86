"""One rename that puts a staged folder in the place that readers look at."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

ASIDE = ".aside"
"""Ends the name of an older preview that stepped aside, where two folders cannot be exchanged."""

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_CANNOT_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}
_TRIES = 5


def put_in_place(staged: Path, place: Path) -> None:
    """Make ``place`` be the staged folder, at once; an older one is at ``staged`` afterwards.

    Raises ``NotADirectoryError`` when something stands there that is no folder, and ``OSError``
    when the disk refuses; then everything is as it was.
    """
    for _ in range(_TRIES):
        if not _is_folder(place):
            if move_in(staged, place):
                return
            continue
        with contextlib.suppress(FileNotFoundError):
            swap_folders(staged, place)
            return
    message = "other workers keep replacing the same preview"
    raise OSError(errno.EBUSY, message)


def swap_folders(staged: Path, place: Path) -> None:
    """Exchange two folders in one step, or in three where the system knows no such step.

    With three steps there is a moment without a preview; a worker that dies in it leaves the
    older one under a name that ends in ``ASIDE``, from which a sweep puts it back.
    """
    rename = _linux_rename()
    if rename is not None:
        number = rename(staged, place)
        if number == 0:
            return
        if number not in _CANNOT_EXCHANGE:
            raise OSError(number, os.strerror(number))
    _swap_by_steps(staged, place)


def _swap_by_steps(staged: Path, place: Path) -> None:
    aside = staged.with_name(staged.name + ASIDE)
    place.rename(aside)
    try:
        staged.rename(place)
    except OSError:
        aside.rename(place)
        raise
    aside.rename(staged)


def move_in(staged: Path, place: Path) -> bool:
    """Move a folder to a free name; False when something stands there by now."""
    try:
        staged.rename(place)
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTEMPTY}:
            return False
        raise
    return True


def _is_folder(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    return True


@functools.cache
def _linux_rename() -> Callable[[Path, Path], int] | None:
    """Return a function that exchanges two names and returns an errno, 0 for success."""
    if not sys.platform.startswith("linux"):
        return None
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return None
    renameat2.argtypes = (
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    )

    def rename(first: Path, second: Path) -> int:
        names = os.fsencode(first), os.fsencode(second)
        failed = renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE)
        return ctypes.get_errno() if failed else 0

    return rename
