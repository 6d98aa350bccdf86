"""Careful steps on the local disk: what is written stays written, and trouble has one name."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from preview_worker.contract import ErrorCode, PreviewError

FOLDER_MODE = 0o755
FILE_MODE = 0o644

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EROFS, errno.EACCES, errno.EPERM}

_OPEN_SAFELY = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_ENTER_SAFELY = (
    os.O_RDONLY
    | getattr(os, "O_DIRECTORY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


class DiskRoom(NamedTuple):
    """How large a file system is, and how much of it is free for us."""

    size_bytes: int
    free_bytes: int


def disk_room(folder: Path) -> DiskRoom:
    """Measure the file system of ``folder``, or where it will lie once it is made.

    Raises ``OSError`` when the system does not tell.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(there)
    return DiskRoom(usage.total, usage.free)


@contextmanager
def disk_trouble(doing: str) -> Iterator[None]:
    """Turn an ``OSError`` into ``transient.disk`` that says what was being done, without paths."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        message = f"The disk refused while {doing}: {reason}. {_advice(error.errno)}"
        raise PreviewError(ErrorCode.DISK, message) from error


def open_plain(path: Path) -> int:
    """Open a plain file for reading; raise ``ValueError`` when it is anything else.

    A link, a pipe or a second name of some other file could make the worker read or change what
    is not part of the preview, so none of them counts as plain.
    """
    return _opened_plain(path, None)


def open_inside(folder: Path, name: str) -> int:
    """Open a plain file by its path below ``folder``, with "/" between the parts.

    No folder on the way may be a link; raise ``ValueError`` for that as for a file that is not
    plain.
    """
    *parents, last = name.split("/")
    if not parents:
        return open_plain(folder / last)
    with _entered(folder, parents) as place:
        return _opened_plain(folder.joinpath(*parents, last) if place is None else last, place)


def _opened_plain(path: Path | str, place: int | None) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | _OPEN_SAFELY, dir_fd=place)
    except OSError as error:
        if error.errno == errno.ELOOP:
            message = "it is a link"
            raise ValueError(message) from error
        raise
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
        return descriptor
    os.close(descriptor)
    message = "it is not a plain file of its own"
    raise ValueError(message)


@contextmanager
def _entered(folder: Path, parts: Sequence[str]) -> Iterator[int | None]:
    """Go down from ``folder`` through real folders; yield a descriptor where the system has them.

    With descriptors nobody can put a link in the way after it was looked at.
    """
    if os.open not in os.supports_dir_fd:
        _look_at_folders(folder, parts)
        yield None
        return
    place = os.open(folder, _ENTER_SAFELY)
    try:
        for part in parts:
            above, place = place, _entered_part(part, place)
            os.close(above)
        yield place
    finally:
        os.close(place)


def _entered_part(part: str, place: int) -> int:
    try:
        return os.open(part, _ENTER_SAFELY, dir_fd=place)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            message = "it does not lie in a folder of its own"
            raise ValueError(message) from error
        raise


def _look_at_folders(folder: Path, parts: Sequence[str]) -> None:
    for part in parts:
        folder /= part
        if not stat.S_ISDIR(folder.lstat().st_mode):
            message = "it does not lie in a folder of its own"
            raise ValueError(message)


def settle_inner_folder(folder: Path, name: str) -> None:
    """Give a folder below ``folder`` its final mode, and wait until its names are on disk."""
    with _entered(folder, name.split("/")) as place:
        if place is not None:
            os.fchmod(place, FOLDER_MODE)
            os.fsync(place)


def write_durably(path: Path, content: bytes) -> None:
    """Write a new file through to the disk; raise ``FileExistsError`` when the name is taken."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN_SAFELY
    with os.fdopen(os.open(path, flags, FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        settle_file(file.fileno())


def settle_file(descriptor: int) -> None:
    """Give an open file its final mode, whatever the umask was, and wait until it is on disk."""
    if os.name == "posix":
        os.fchmod(descriptor, FILE_MODE)
    os.fsync(descriptor)


def settle_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk, where the system can be asked for that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder that outlasts a power cut, if it is not there yet.

    Raises ``NotADirectoryError`` when the name belongs to a file or a link: a link could lead
    out of the data directory.
    """
    try:
        folder.mkdir()
    except FileExistsError:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
        return
    folder.chmod(FOLDER_MODE)
    settle_folder(folder.parent)


def remove_entry(path: Path) -> None:
    """Remove a file, a link itself or a whole folder. What cannot go stays, without an error.

    Whatever stays lies under the staging area, where the next sweep meets it again.
    """
    try:
        is_folder = stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return
    if is_folder:
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink()
    except OSError:
        return


def _advice(number: int | None) -> str:
    if number in _NO_SPACE:
        return "Free some space under DATA_DIR."
    if number in _NO_RIGHT:
        return "Make DATA_DIR writable for the worker."
    if number == errno.EXDEV:
        return "All of DATA_DIR must lie on one file system."
    return "Check the disk that holds DATA_DIR."
