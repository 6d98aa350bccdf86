"""Outages: Redis is killed under a running job and comes back, with the job and new ones to do."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

from chaos.exercise import Exercise, exercise
from chaos.orders import OrderBook, a_long_order
from chaos.percentiles import percentile
from chaos.report import Report

_LATEST_S = 1.0
_SETTLED_S = 120.0
_DRAIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, how long Redis is away, and how soon after its first PONG a job is taken."""

    rounds: int
    shortest_s: float
    longest_s: float
    pickup_s: float


async def outages(report: Report, folder: Path, plan: Plan) -> None:
    """Kill Redis while a long job runs, and give a short one to do when it is back."""
    book = OrderBook(report.seed, node=False, varied=False, length=1)
    async with exercise(report, folder, book) as here:
        for _ in range(2):
            await here.crew.man()
        for berth in here.crew.berths:
            await berth.up.wait()
        draw = random.Random(report.seed)
        pickups_s = [await _outage(here, plan, draw, number) for number in range(plan.rounds)]
        await here.drain(_DRAIN_S)
        await here.judge()
        report.figure("outages", plan.rounds)
        report.figure("first PONG to pickup, median", percentile(pickups_s, 50), "s")
        p99_s = percentile(pickups_s, 99)
        report.figure("first PONG to pickup, p99", p99_s, "s", limit=plan.pickup_s)
        report.figure("first PONG to pickup, longest", percentile(pickups_s, 100), "s")
        report.figure("renders wasted", here.ledger.repeated, limit=0)


async def _outage(here: Exercise, plan: Plan, draw: random.Random, number: int) -> float:
    long = a_long_order(f"long-{number:05}", draw)
    started = here.ledger.expect("job.started", job_id=long.id)
    ended = here.ledger.expect("job.settled", job_id=long.id)
    await here.market.place(long)
    await asyncio.wait_for(started, _SETTLED_S)
    await asyncio.sleep(draw.uniform(0, _LATEST_S))
    here.ground.redis.kill()
    here.report.faults["Redis killed"] = number + 1
    await asyncio.sleep(draw.uniform(plan.shortest_s, plan.longest_s))
    leased = here.ledger.expect("job.leased", attempt=1)
    pong_s = await here.restart_redis()
    await here.market.submit(1)
    pickup_s = (await asyncio.wait_for(leased, _SETTLED_S)).at_s - pong_s
    await asyncio.wait_for(ended, _SETTLED_S)
    return pickup_s
