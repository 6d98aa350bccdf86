"""The kill storm: workers are killed at random points of their jobs, again and again."""

from __future__ import annotations

import asyncio
import random
import signal
from dataclasses import dataclass
from pathlib import Path

from chaos.crew import Berth
from chaos.exercise import Exercise, exercise, until
from chaos.orders import OrderBook
from chaos.producers import node_is_there
from chaos.report import Report

WORKERS = 2
_AHEAD = 12
_LATEST_S = 1.5
"""A kill comes up to so long after its turn: somewhere within a job, or between two."""
_IDLE_S = 10.0
"""A victim without a job is waited for so long: it may be just starting."""
_INTO_S = 0.4
_DRAIN_S = 180.0
_SPARE_S = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """How many jobs and kills, and how soon a job has to be begun again."""

    jobs: int
    kills: int
    recovery_s: float


async def kill_storm(report: Report, folder: Path, plan: Plan) -> None:
    """Kill workers while they work on jobs, evenly over all jobs."""
    book = OrderBook(report.seed, node=node_is_there())
    async with exercise(report, folder, book) as here:
        for _ in range(WORKERS):
            await here.crew.man()
        submitting = asyncio.create_task(
            here.keep_busy(plan.jobs, _AHEAD, lambda: _AHEAD + _due(plan, report))
        )
        await _kill(here, plan)
        await submitting
        await here.drain(_DRAIN_S)
        await here.judge()
        _measure(here, plan)


def _due(plan: Plan, report: Report) -> int:
    """Return how many jobs are due by now: as many as there are for the kills so far."""
    return (report.faults.get("worker killed", 0) + 1) * plan.jobs // plan.kills


async def _kill(here: Exercise, plan: Plan) -> None:
    draw = random.Random(here.report.seed)
    faults = here.report.faults
    for number in range(plan.kills):
        await here.reach(number * plan.jobs // plan.kills)
        await asyncio.sleep(draw.uniform(0, _LATEST_S))
        victim = draw.choice(here.crew.berths)
        await victim.up.wait()
        await _until_robust(here)
        await _wait_for_work(here, victim)
        await asyncio.sleep(draw.uniform(0, _INTO_S))
        await _until_robust(here)  # what it took meanwhile may be such a job
        await victim.up.wait()
        here.crew.signal(victim, signal.SIGKILL)
        faults["worker killed"] = faults.get("worker killed", 0) + 1


async def _until_robust(here: Exercise) -> None:
    """Put a kill off for as long as it may be the last that a running job survives."""
    faults = here.report.faults
    while await here.fragile():
        faults["kills put off"] = faults.get("kills put off", 0) + 1
        await asyncio.sleep(_SPARE_S)


async def _wait_for_work(here: Exercise, victim: Berth) -> None:
    await until(lambda: bool(here.ledger.held(victim.name)), _IDLE_S)


def _measure(here: Exercise, plan: Plan) -> None:
    report, recovered = here.report, here.ledger.recoveries("killed")
    times_s = sorted(left.next_s for left in recovered if left.next_s is not None)
    calm_s = sorted(left.next_s for left in recovered if left.next_s is not None and left.others)
    report.figure("kills", report.faults.get("worker killed", 0))
    report.figure("jobs begun again after a kill", len(times_s))
    if times_s:
        report.figure("kill to next start, longest, whatever else was killed", times_s[-1], "s")
    if calm_s:
        report.figure("kill to next start, median", calm_s[len(calm_s) // 2], "s")
        report.figure("kill to next start, longest", calm_s[-1], "s", limit=plan.recovery_s)
        report.figure("kills with another worker alive until the next start", len(calm_s))
