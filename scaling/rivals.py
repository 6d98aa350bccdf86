"""How many processes of others want a processor, told from how long ours wait for one.

Linux keeps for each process how long it ran and how long it could have run but had no processor
(``/proc/PID/schedstat``). A render's process is gone when its job is done, so they are all looked
at again and again; what they do after the last look is lost, of running and of waiting alike. How
much they ran in all is told by the workers. A look is not free: with eight workers thirty of them a
second take a twenty-fifth of a processor from those who are measured, so there are four.
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
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()

    def rivals(self, ran_s: float, wall_s: float) -> float:
        """Return how many others wanted a processor, on average over ``wall_s``.

        Ours ran for ``ran_s``, and got a share of what they wanted; all who want share the
        processors equally.
        """
        ran, waited = (sum(spent[part] for spent in self._seen.values()) for part in (0, 1))
        return rivals_of(waited / ran, ran_s / wall_s) if ran else 0.0

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            for pid in {pid for root in self._roots for pid in family(root)} - self._old:
                with suppress(OSError, ValueError):  # it has just ended
                    told = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
                    self._seen[pid] = (int(told[0]), int(told[1]))


def rivals_of(waited: float, running: float) -> float:
    """Return the rivals of ``running`` of ours that waited ``waited`` times as long as they ran."""
    if not waited:
        return 0.0
    return max(0.0, processors() * (1 + waited) - running * (1 + waited))
