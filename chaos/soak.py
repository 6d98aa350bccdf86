"""The soak: one worker, thousands of jobs, and what it holds whenever it has nothing to do."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.crew import Berth
from chaos.exercise import Exercise, exercise
from chaos.family import family, holdings, zombies
from chaos.orders import OrderBook
from chaos.producers import node_is_there
from chaos.report import Report
from preview_worker.artifacts.local import STAGING

_REST_S = 1.5
"""What a job leaves to do, such as closing its sockets, is done by then."""
_LOOKS = 5
_BETWEEN_S = 0.3
_ROUND_S = 3600.0
_AHEAD = 40
_KIB_PER_MIB = 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """How many jobs, how many of them warm the worker up, and after how many we look."""

    jobs: int
    warm_up: int
    every: int
    growth_mib: float


@dataclass(frozen=True, slots=True)
class Sample:
    """What a worker at rest holds, and what its family left lying about."""

    jobs: int
    rss_kib: int
    pss_kib: int
    descriptors: Counter[str]
    threads: Counter[str]
    zombies: int
    staged: int


async def soak(report: Report, folder: Path, plan: Plan) -> None:
    """Have one worker do all the jobs; compare what it holds after the warm-up and at the end."""
    book = OrderBook(report.seed, node=node_is_there(), length=2)
    async with exercise(report, folder, book) as here:
        berth = await here.crew.man()
        await berth.up.wait()
        samples = []
        while len(here.market.submitted) < plan.jobs:
            count = min(plan.jobs, len(here.market.submitted) + plan.every)
            await here.keep_busy(count, _AHEAD)
            await here.drain(_ROUND_S)
            await asyncio.sleep(_REST_S)
            samples.append(await _look_well(here, berth))
        await here.judge()
        _measure(report, plan, samples)


async def _look_well(here: Exercise, berth: Berth) -> Sample:
    """Look some times, and keep the look with the fewest descriptors.

    A file that is just being written, such as the audit log's checkpoint, is not kept open.
    """
    looks = []
    for _ in range(_LOOKS):
        looks.append(_look(here, berth))
        await asyncio.sleep(_BETWEEN_S)
    return min(looks, key=lambda one: (one.descriptors.total(), one.threads.total()))


def _look(here: Exercise, berth: Berth) -> Sample:
    assert berth.process is not None
    held = holdings(berth.process.pid)
    staging = here.ground.data_dir / STAGING
    return Sample(
        len(here.market.submitted),
        held.rss_kib,
        held.pss_kib,
        held.descriptors,
        held.threads,
        len(zombies(family(berth.process.pid))),
        sum(1 for entry in staging.glob("*/*") if entry.is_dir()),
    )


def _measure(report: Report, plan: Plan, samples: Sequence[Sample]) -> None:
    warm = [one for one in samples if one.jobs >= plan.warm_up]

    def grown(value: Callable[[Sample], int]) -> int:
        return value(warm[-1]) - value(warm[0])

    rss_mib = round(grown(lambda one: one.rss_kib) / _KIB_PER_MIB, 2)
    pss_mib = round(grown(lambda one: one.pss_kib) / _KIB_PER_MIB, 2)
    report.figure("jobs before the first look", warm[0].jobs)
    report.figure("looks", len(warm))
    report.figure("memory after the warm-up", round(warm[0].rss_kib / _KIB_PER_MIB, 1), "MiB")
    report.figure("memory grown since (RSS)", rss_mib, "MiB", limit=plan.growth_mib)
    report.figure("memory grown since (PSS)", pss_mib, "MiB", limit=plan.growth_mib)
    report.figure("descriptors more", grown(lambda one: one.descriptors.total()), limit=0)
    report.figure("threads more", grown(lambda one: one.threads.total()), limit=0)
    report.notes += [
        f"More {what} at the end: {dict(more)}."
        for what, more in (
            ("descriptors", warm[-1].descriptors - warm[0].descriptors),
            ("threads", warm[-1].threads - warm[0].threads),
        )
        if more
    ]
    report.figure("zombies, most seen", max(one.zombies for one in samples), limit=0)
    report.figure("folders in staging, most seen", max(one.staged for one in samples), limit=0)
