"""The folder of the audit log: the names of its files, and the lock by which processes take turns.

Files are named after the first record that they hold, so that their order is that of their names
and a file in the wrong place is seen.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

CHECKPOINT = "checkpoint.json"
_LOCK = "lock"
_NAME = re.compile(r"audit-([0-9]{12})\.jsonl")
_PAUSE_S = 0.002
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o750, 0o640


class LogFile(NamedTuple):
    """A file of the log; its name says which record it begins with."""

    first_seq: int
    path: Path


def log_files(folder: Path) -> list[LogFile]:
    """Return the files of the log, the oldest first; raise ``OSError`` without a folder."""
    names = ((_NAME.fullmatch(entry.name), entry) for entry in os.scandir(folder))
    return sorted(LogFile(int(name[1]), Path(entry)) for name, entry in names if name)


def file_beginning_with(folder: Path, seq: int) -> Path:
    """Return where the file belongs whose first record is ``seq``."""
    return folder / f"audit-{seq:012}.jsonl"


def open_for_appending(path: Path) -> int:
    """Return a descriptor that writes at the end of a file, which is made if it is not there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _PRIVATE_FILE)
    if not os.fstat(descriptor).st_size:
        _pass_on(descriptor, path.parent)
    return descriptor


@contextmanager
def locked(folder: Path, timeout_s: float) -> Iterator[None]:
    """Have the log to oneself while the block runs. The folder is made if it is not there.

    The system takes the lock from a process that dies. Raises ``TimeoutError``, which is an
    ``OSError``, when others keep the lock for so long.
    """
    if not folder.is_dir():
        _make(folder)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
    try:
        _pass_on(descriptor, folder)
        deadline_s = time.monotonic() + timeout_s
        while not _takes(descriptor):
            if time.monotonic() >= deadline_s:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds the audit log")
            time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(descriptor)


def make_durable(path: Path) -> None:
    """Return when the contents of a file, or the names in a folder, will outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        if not path.is_dir():  # some systems cannot do that for folders, and need not
            raise
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of a file, durably: readers see the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
        _pass_on(descriptor, path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        make_durable(draft)
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    make_durable(path.parent)


def _make(folder: Path) -> None:
    folder.mkdir(_PRIVATE_FOLDER, parents=True, exist_ok=True)
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            _pass_on(descriptor, folder.parent)
        finally:
            os.close(descriptor)


def _pass_on(descriptor: int, folder: Path) -> None:
    """Have what root makes belong to whoever owns the folder.

    Else a command that an administrator ran would keep the worker from appending.
    """
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = folder.stat()
        with contextlib.suppress(OSError):  # root of a container may not be allowed to
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _takes(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EAGAIN}:
            raise
        return False
    return True
