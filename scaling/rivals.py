"""How many processes of others want a processor, told from how long ours wait for one.

Linux keeps for each process how long it ran and how long it could have run but had no processor
(``/proc/PID/schedstat``). A render's process is gone when its job is done, so they are all looked
at again and again; what they do after the last look is lost, of running and of waiting alike. How
much they ran in all is told by the workers. A look is not free: with eight workers thirty of them a
second take a twenty-fifth of a processor from those who are measured, so there are four.

A processor that stands idle (``/proc/stat``) has no rival on it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from benchmarks.footprint import family

_LOOK_S = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE = 4
"""Where a processor's line has the ticks without work; those that waited for a disk follow."""

Spent = tuple[int, int]
"""Nanoseconds of running, and of waiting for a processor."""


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


class Contention:
    """Watches the renders of some workers until the block ends."""

    def __init__(self, pids: Iterable[int]) -> None:
        """Watch what the processes ``pids`` start from now on; those that are there only lead."""
        self._roots = tuple(pids)
        self._old = {pid for root in self._roots for pid in family(root)}
        self._seen: dict[int, Spent] = {}
        self._idle_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._idle_s = idle_s()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._idle_s = idle_s() - self._idle_s
        self._over.set()
        self._thread.join()

    def rivals(self, ran_s: float, wall_s: float) -> float:
        """Return how many others wanted a processor, on average over ``wall_s``.

        Ours ran for ``ran_s``, and got a share of what they wanted; all who want share the
        processors equally.
        """
        ran, waited = (sum(spent[part] for spent in self._seen.values()) for part in (0, 1))
        return rivals_of(waited / ran, ran_s / wall_s, self._idle_s / wall_s) if ran else 0.0

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            for pid in {pid for root in self._roots for pid in family(root)} - self._old:
                with suppress(OSError, ValueError):  # it has just ended
                    told = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
                    self._seen[pid] = (int(told[0]), int(told[1]))


def rivals_of(waited: float, running: float, idle: float) -> float:
    """Return the rivals of ``running`` of ours that waited ``waited`` times as long as they ran.

    So many processors were ``idle`` meanwhile.
    """
    return max(0.0, (processors() - running) * (1 + waited) - idle)


def idle_s() -> float:
    """Return for how long our processors have had nothing to do since the machine was started."""
    ours = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    told = (line.split() for line in Path("/proc/stat").read_text(encoding="ascii").splitlines())
    return sum(int(line[_IDLE]) + int(line[_IDLE + 1]) for line in told if line[0] in ours) / _TICKS
