"""Turns at a preview's place: whoever looks at what stands there and then moves it is alone.

A turn is a lock on a file, so the kernel ends it with the process that holds it. The files are
``<data>/.staging/turns/00`` to ``ff``; places share them by a digest of their path, and nobody
removes them, because a lock on a removed file excludes nobody.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from preview_worker.artifacts.disk import make_folder

if sys.platform != "win32":
    import fcntl

TURNS = "turns"

_PATIENCE_S = 10.0
"""How long a turn is waited for. It takes milliseconds, unless who has it is frozen."""
_PAUSE_S = 0.002
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class Turns:
    """Gives turns to threads and processes that share one data directory."""

    def __init__(self, staging: Path) -> None:
        """Keep the files under ``staging``, an absolute path."""
        self._staging = staging

    @contextmanager
    def turn(self, place: Path) -> Iterator[None]:
        """Be alone at ``place`` while the block runs, where the file system knows locks.

        Raises ``OSError`` when the disk refuses, and when nobody gives way for ten seconds.
        """
        descriptor = self._locked(hashlib.sha256(os.fsencode(place)).hexdigest()[:2])
        try:
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def turn_if_free(self, name: str) -> Iterator[bool]:
        """Be the only one at what is called ``name``, or not: yields whether."""
        descriptor = self._open(name)
        try:
            yield try_lock(descriptor) is not False
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> int:
        make_folder(self._staging)
        make_folder(self._staging / TURNS)
        return os.open(self._staging / TURNS / name, _FLAGS, 0o600)

    def _locked(self, name: str) -> int:
        while True:
            descriptor = self._open(name)
            try:
                _wait_for(descriptor)
                if os.fstat(descriptor).st_nlink:
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)  # somebody cleared the staging area by hand meanwhile


def try_lock(descriptor: int) -> bool | None:
    """Lock a file if nobody holds it; None when locks do not work here."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _wait_for(descriptor: int) -> None:
    deadline_s = time.monotonic() + _PATIENCE_S
    while try_lock(descriptor) is False:
        if time.monotonic() > deadline_s:
            message = "another worker does not finish publishing"
            raise OSError(errno.EBUSY, message)
        time.sleep(_PAUSE_S)
