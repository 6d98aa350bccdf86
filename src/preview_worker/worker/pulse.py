"""The pulse of a render: a beat each second for as long as every process of it moves.

A timer's signal is answered between two steps of Python, also while it waits for something. So a
process that does not answer is caught within a library: in an endless loop, or asleep for good. The
processes that a render forks answer by touching a board that all of them share; the render itself
looks at the board and tells the worker, which counts the seconds in which it is told nothing.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterator

if sys.platform != "win32":
    import resource

BEAT_S = 1.0
_LATE_S = 3.0
"""A process that answered no more recently stands still, for all that is known."""
_PLACES = 64
_PLACE = struct.Struct("<qdd")


class Pulse:
    """Tells ``beat`` the processor time that all processes used, in seconds, while all move."""

    def __init__(self, beat: Callable[[float], None]) -> None:
        """Make the board; nothing beats yet."""
        self._beat = beat
        self._board = mmap.mmap(-1, _PLACES * _PLACE.size)
        self._place = -1

    def start(self) -> None:
        """Begin to beat, in this process and in all that it forks from now on (Linux)."""
        if sys.platform != "linux":
            return
        os.register_at_fork(before=self._reserve, after_in_child=self._join)
        signal.signal(signal.SIGALRM, lambda *_: self._look())
        signal.setitimer(signal.ITIMER_REAL, BEAT_S, BEAT_S)

    def stop(self) -> None:
        """Beat no more."""
        if sys.platform == "linux":
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _reserve(self) -> None:
        self._place += 1

    def _join(self) -> None:
        """Answer for a process that was just forked, if there is a place for it."""
        if self._place < _PLACES:
            signal.signal(signal.SIGALRM, lambda *_: self._touch())
            self._touch()
            signal.setitimer(signal.ITIMER_REAL, BEAT_S / 2, BEAT_S / 2)

    def _touch(self) -> None:
        now = (os.getpid(), time.monotonic(), time.process_time())
        _PLACE.pack_into(self._board, self._place * _PLACE.size, *now)

    def _look(self) -> None:
        crew = list(self._crew())
        now_s = time.monotonic()
        if all(now_s - answered_s < _LATE_S for answered_s, _ in crew):
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent_s = time.process_time() + ended.ru_utime + ended.ru_stime
            self._beat(spent_s + sum(cpu_s for _, cpu_s in crew))

    def _crew(self) -> Iterator[tuple[float, float]]:
        """Yield when each living member of the crew answered last, and what it had used by then."""
        for place in range(min(self._place + 1, _PLACES)):
            pid, answered_s, cpu_s = _PLACE.unpack_from(self._board, place * _PLACE.size)
            if pid > 0 and _lives(pid):
                yield answered_s, cpu_s


def _lives(pid: int) -> bool:
    """Tell whether a child of ours has not ended, and leave it to be waited for."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False
