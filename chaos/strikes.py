"""When what is broken: a plan that a seed decides, so that a storm can be had again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What the executioner can do."""

    WORKER_KILLED = "worker killed"
    WORKER_STOPPED = "worker told to stop"
    WORKER_FROZEN = "worker frozen"
    CHILD_KILLED = "render process killed"
    ZYGOTE_KILLED = "zygote killed"
    REDIS_KILLED = "Redis killed"
    LINE_CUT = "connections cut"
    LINE_RESET = "connections reset"
    LINE_SLOW = "connections slowed"
    LINE_SILENT = "connections silenced"
    LOCK_DELETED = "lock deleted"
    DISK_FULL = "disk filled"
    CLOCK_STEPPED = "clock stepped"


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault: at what time of the storm, for how long, and draws that choose the victim."""

    at_s: float
    fault: Fault
    lasts_s: float
    first: float
    second: float


_LASTS_S = {
    Fault.WORKER_FROZEN: (9.0, 13.0),
    Fault.REDIS_KILLED: (1.0, 8.0),
    Fault.LINE_CUT: (1.0, 12.0),
    Fault.LINE_SLOW: (3.0, 8.0),
    Fault.LINE_SILENT: (3.0, 12.0),
    Fault.DISK_FULL: (2.0, 6.0),
    Fault.CLOCK_STEPPED: (5.0, 20.0),
}
"""Some outlast a lock, so that other workers take the jobs. What is not here is over at once."""


def plan_strikes(
    seed: int, lasts_s: float, every_s: float, faults: Sequence[Fault] = tuple(Fault)
) -> list[Strike]:
    """Return the strikes of a storm, each kind as often as any other, give or take one."""
    draw = random.Random(seed)
    strikes: list[Strike] = []
    bag: list[Fault] = []
    at_s = 0.0
    while (at_s := at_s + draw.uniform(0.2, 1.8) * every_s) < lasts_s:
        if not bag:
            bag = list(faults)
            draw.shuffle(bag)
        fault = bag.pop()
        fault_s = draw.uniform(*_LASTS_S.get(fault, (0.0, 0.0)))
        strikes.append(Strike(at_s, fault, fault_s, draw.random(), draw.random()))
    return strikes
