"""How thrifty more workers are: what they make of a processor second, against what one makes.

Each climb has its own ratio, of steps that lie at the same distance from its middle, so that hours
do not matter; the ratio of a run is the median of its climbs'. The step with as many workers as
there are processors is the control: it keeps the machine as busy as more workers do, and differs
from them only in that nobody has to wait for a processor.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

Steps = Sequence[Mapping[str, Any]]


def efficiencies(steps: Steps) -> dict[str, float]:
    """Return the previews per processor second of each number of workers, against those of one."""
    return {workers: round(statistics.median(found), 3) for workers, found in _ratios(steps)}


def spreads(steps: Steps) -> dict[str, tuple[float, float]]:
    """Return the least and the greatest ratio of any climb, for each number of workers."""
    return {
        workers: (round(min(found), 3), round(max(found), 3)) for workers, found in _ratios(steps)
    }


def against_control(found: Mapping[str, float], processors: int) -> float | None:
    """Return the ratio of eight workers against as many as there are processors."""
    control = found.get(str(processors))
    return round(found["8"] / control, 3) if control and "8" in found else None


def _ratios(steps: Steps) -> list[tuple[str, list[float]]]:
    climbs = sorted({step.get("climb", 0) for step in steps})
    return [
        (str(workers), [_rate(steps, climb, workers) / _rate(steps, climb, 1) for climb in climbs])
        for workers in sorted({step["workers"] for step in steps})
    ]


def _rate(steps: Steps, climb: int, workers: int) -> float:
    """Return the previews that a processor second made, over all such steps of a climb."""
    alike = [step for step in steps if (step.get("climb", 0), step["workers"]) == (climb, workers)]
    spent_s = sum(float(step["cpu_s"]) for step in alike)
    return sum(len(step["jobs"]) for step in alike) / spent_s
