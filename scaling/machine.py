"""Workers that share the processors of one machine, as those of ``make scale`` do.

A job first does what needs no processor of its own for ``still_s`` (it waits for Redis, for the
disk, for a process to be forked), then works for ``cpu_s``. Those who work share the processors
equally, and nobody uses more than one: a worker of ``make scale`` renders in one process. This is
processor sharing, computed by its virtual time: what a job has received since it began is the same
for all who work at the same time.
"""

from __future__ import annotations

import heapq
import random
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_PLAYS = 100


@dataclass(frozen=True, slots=True)
class Work:
    """What one job wants, in seconds."""

    cpu_s: float
    still_s: float


@dataclass(frozen=True, slots=True)
class Machine:
    """Processors, and how many processes of others want one all the time."""

    processors: int
    rivals: float

    def rate(self, working: int) -> float:
        """Return the processor seconds that each of so many gets in a second."""
        return min(1.0, self.processors / (working + self.rivals)) if working else 0.0


@dataclass(frozen=True, slots=True)
class Played:
    """How it went: the seconds until all jobs were done, and the mean wait of a job."""

    wall_s: float
    wait_s: float


def play(works: Sequence[Work], workers: int, machine: Machine) -> Played:
    """Have ``workers`` take the jobs, all of which are there from the beginning, in their order."""
    waiting, waits_s = deque(works), []
    still: list[tuple[float, float]] = []
    working: list[float] = []
    now_s = given_s = 0.0
    while waiting or still or working:
        while waiting and len(still) + len(working) < workers:
            work = waiting.popleft()
            waits_s.append(now_s)
            heapq.heappush(still, (now_s + work.still_s, work.cpu_s))
        rate = machine.rate(len(working))
        up_s = still[0][0] if still else float("inf")
        done_s = now_s + (working[0] - given_s) / rate if working else float("inf")
        given_s += (min(up_s, done_s) - now_s) * rate
        now_s = min(up_s, done_s)
        if done_s <= up_s:
            heapq.heappop(working)
        else:
            heapq.heappush(working, given_s + heapq.heappop(still)[1])
    return Played(now_s, statistics.fmean(waits_s))


def predict(seen: Sequence[Work], jobs: int, workers: int, machine: Machine, seed: int) -> Played:
    """Return the mean of many plays, each with ``jobs`` drawn from those that were ``seen``."""
    draw = random.Random(seed)
    plays = [play(draw.choices(seen, k=jobs), workers, machine) for _ in range(_PLAYS)]
    return Played(
        statistics.fmean(one.wall_s for one in plays),
        statistics.fmean(one.wait_s for one in plays),
    )
