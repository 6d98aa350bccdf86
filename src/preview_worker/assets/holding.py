"""Files that are held while somebody uses them, so that no process removes them meanwhile."""

from __future__ import annotations

import errno
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_SAFELY = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
READ = os.O_RDONLY | _SAFELY
CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFELY


@dataclass(frozen=True, slots=True)
class Holding:
    """A file of the cache that stays in its place until it is let go."""

    path: Path
    size_bytes: int
    descriptor: int

    def release(self) -> None:
        """Let the file go; the kernel does so too when the process ends in whatever way."""
        os.close(self.descriptor)


def hold(path: Path) -> Holding | None:
    """Hold the plain file at ``path``; None when there is none, or it was just removed."""
    try:
        descriptor = os.open(path, READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:  # a link, or a socket
            return None
        raise
    try:
        _share(descriptor)
        facts = os.fstat(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    if not stat.S_ISREG(facts.st_mode) or not facts.st_nlink:
        os.close(descriptor)
        return None
    return Holding(path, facts.st_size, descriptor)


def remove_unheld(path: Path) -> bool:
    """Remove a plain file unless somebody holds it; tell whether it is gone."""
    try:
        descriptor = os.open(path, READ)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        if not _is_free(descriptor):
            return False
        path.unlink(missing_ok=True)
    except OSError:  # Windows removes no file that is open, which protects those in use there
        return False
    finally:
        os.close(descriptor)
    return True


def _share(descriptor: int) -> None:
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_SH)


def _is_free(descriptor: int) -> bool:
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
