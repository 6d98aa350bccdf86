"""Supply: whether the system still gives the worker processes and file descriptors.

A worker that gets none would fail one job after the other without a render. So it takes no job
while it gets none, and tries again until it does. Some descriptors are held in reserve: with them
probes are answered, and the queue is told what becomes of the jobs that it gave.
"""

from __future__ import annotations

import contextlib
import errno
import os

from preview_worker.worker.nursery import Nursery, NurseryError

_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM}
_RESERVE = 16
"""Descriptors that must be free beside those of running jobs."""
_NO_THREAD = "can't start new thread"
"""What Python says, in a ``RuntimeError``, when the system refuses a thread."""


class Supply:
    """Tells whether a render process could be had now."""

    def __init__(self, nursery: Nursery) -> None:
        """Ask ``nursery`` for a child only while the last one was refused."""
        self._nursery = nursery
        self._refused = False

    def note_refusal(self) -> None:
        """Take note that a child was wanted and not to be had."""
        self._refused = True

    async def refusal(self) -> str | None:
        """Say what is not to be had; None when there is enough for a render."""
        try:
            _open_reserve()
            if self._refused:
                child = await self._nursery.fork()
                await child.close()  # it reads the end of its task, and ends
        except OSError as error:
            return f"fewer than {_RESERVE} file descriptors are left ({error.strerror})"
        except NurseryError as error:
            return str(error)
        self._refused = False
        return None


def _open_reserve() -> None:
    """Open as many descriptors as are held in reserve, and close them again."""
    with contextlib.ExitStack() as opened:
        for _ in range(_RESERVE):
            opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))


def is_exhaustion(error: BaseException) -> bool:
    """Tell whether ``error`` means that the system had nothing left to give."""
    if isinstance(error, OSError):
        return error.errno in _EXHAUSTED
    return isinstance(error, RuntimeError) and str(error) == _NO_THREAD
