"""What a run has measured, as the simulations need it; and how well they foretell that run.

The calibration sees the steps with one worker alone, and how many rivals there were at every step.
What more workers make of it is foretold, and compared with what they did.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scaling.fleet import Costs
from scaling.machine import Machine, Work, predict

RECORDED = Path(__file__).resolve().parent / "recorded.json"
TOLERANCE = 0.15

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """Some workers, as they were and as they were foretold."""

    workers: int
    jobs_per_s: float
    foretold_jobs_per_s: float
    wait_s: float
    foretold_wait_s: float

    @property
    def worst(self) -> float:
        """Return the larger deviation, as a share of what was measured."""
        return max(
            abs(self.foretold_jobs_per_s / self.jobs_per_s - 1),
            abs(self.foretold_wait_s / self.wait_s - 1) if self.wait_s else 0.0,
        )


def load(path: Path = RECORDED) -> Figures:
    """Return the figures that a run has written."""
    figures: Figures = json.loads(path.read_text(encoding="utf-8"))
    return figures


def works(figures: Figures) -> list[Work]:
    """Return what each job wanted that one worker alone has rendered.

    Its processor time is that of its process and its part of what the worker itself used. By what
    the jobs of a step lasted longer than the machine needed for that, they needed no processor: the
    same for all of them, because of a single job it is as often too little as too much.
    """
    found = []
    for step in _steps(figures, 1):
        jobs, rate = step["jobs"], Machine(figures["processors"], step["rivals"]).rate(1)
        own_s = (step["cpu_s"] - sum(job["child_cpu_s"] for job in jobs)) / len(jobs)
        lasted_s = statistics.fmean(job["duration_s"] for job in jobs)
        still_s = max(0.0, lasted_s - step["cpu_s"] / len(jobs) / rate)
        found += [Work(job["child_cpu_s"] + own_s, still_s) for job in jobs]
    return found


def checks(figures: Figures, seed: int) -> list[Check]:
    """Foretell each number of workers that the run had."""
    seen = works(figures)
    return [
        _check(seen, _steps(figures, workers), figures["processors"], seed)
        for workers in sorted({step["workers"] for step in figures["steps"]})
    ]


def _check(seen: list[Work], steps: Sequence[Figures], processors: int, seed: int) -> Check:
    """Foretell each step beside the rivals that it had, and compare all of them together."""
    count, workers = len(steps[0]["jobs"]), steps[0]["workers"]
    foretold = [
        predict(seen, count, workers, Machine(processors, step["rivals"]), seed) for step in steps
    ]
    done = count * len(steps)
    return Check(
        workers=workers,
        jobs_per_s=done / sum(step["wall_s"] for step in steps),
        foretold_jobs_per_s=done / sum(one.wall_s for one in foretold),
        wait_s=statistics.fmean(job["wait_s"] for step in steps for job in step["jobs"]),
        foretold_wait_s=statistics.fmean(one.wait_s for one in foretold),
    )


def costs(figures: Figures) -> Costs:
    """Return what a job costs a fleet in which each worker has a processor of its own."""
    new = storage_case(figures, "new", shared=True)
    return Costs(
        service_s=[work.cpu_s + work.still_s for work in works(figures)],
        commands=statistics.median(_commands(step, figures) for step in figures["steps"]),
        rest_commands=figures["rest"]["redis_commands"],
        commands_per_s=figures["limit"]["commands_per_s"],
        puts=new["writes"],
        gets=new["reads"],
        rest_requests=sum(figures["storage"]["idle"]["requests"].values()),
    )


def storage_case(figures: Figures, name: str, *, shared: bool) -> Figures:
    """Return what jobs of one kind asked of object storage."""
    cases = figures["storage"]["cases"]
    return next(one for one in cases if (one["name"], one["shared"]) == (name, shared))


def _commands(step: Figures, figures: Figures) -> float:
    """Return what Redis did for a job beyond what it does for workers that have none."""
    rest = figures["rest"]["redis_commands"] * step["workers"] * step["wall_s"]
    return float((step["redis"]["commands"] - rest) / len(step["jobs"]))


def _steps(figures: Figures, workers: int) -> list[Figures]:
    return [step for step in figures["steps"] if step["workers"] == workers]
