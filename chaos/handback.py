"""Hand-backs: workers are told to stop while they render, and another one has to go on at once."""

from __future__ import annotations

import asyncio
import random
import signal
from dataclasses import dataclass
from pathlib import Path

from chaos.crew import Berth
from chaos.exercise import Exercise, exercise, until
from chaos.orders import Order, OrderBook, a_long_order
from chaos.percentiles import percentile
from chaos.report import Report
from preview_worker.queue.keys import QueueKeys

_LATEST_S = 2.5
_READY_S = 60.0
_WALLS_S = 2.0
"""A worker that has just started tries its walls before it takes a job."""
_DRAIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, and how soon the next start and the worker's end have to come."""

    runs: int
    next_start_s: float
    exit_s: float


async def hand_backs(report: Report, folder: Path, plan: Plan) -> None:
    """Stop whichever worker holds the only job, until it was handed back ``runs`` times."""
    async with exercise(report, folder, OrderBook(report.seed, node=False)) as here:
        for _ in range(2):
            await here.crew.man(PREVIEW_SHUTDOWN_GRACE_S="0", PREVIEW_WORKER_CONCURRENCY="1")
        await _pass_on(here, plan)
        await here.drain(_DRAIN_S)
        await here.judge()
        await _measure(here, plan)


async def _pass_on(here: Exercise, plan: Plan) -> None:
    draw = random.Random(here.report.seed)
    faults = here.report.faults
    order: Order | None = None
    while here.ledger.results["handed_back"] < plan.runs:
        if order is None or here.ledger.held_by(order.id) is None:
            order = a_long_order(f"long-{len(here.market.submitted) + 1:05}", draw)
            started = here.ledger.expect("job.started", job_id=order.id)
            await here.market.place(order)
            await asyncio.wait_for(started, _READY_S)
        await asyncio.sleep(draw.uniform(0, _LATEST_S))
        holder = _holder(here, order)
        if holder is None:
            continue  # it was done before we came
        told = here.ledger.expect("job.settled", job_id=order.id)
        here.crew.signal(holder, signal.SIGTERM)
        faults["worker told to stop"] = faults.get("worker told to stop", 0) + 1
        await asyncio.wait_for(told, _READY_S)
        await until(lambda: all(one.up.is_set() for one in here.crew.berths), _READY_S)
        await asyncio.sleep(_WALLS_S)


def _holder(here: Exercise, order: Order) -> Berth | None:
    name = here.ledger.held_by(order.id)
    return next((one for one in here.crew.berths if one.name == name and one.up.is_set()), None)


async def _measure(here: Exercise, plan: Plan) -> None:
    report = here.report
    times_s = [left.next_s or 0.0 for left in here.ledger.recoveries("handed back")]
    exits_s = [end.took_s for end in here.crew.ends if end.took_s is not None]
    report.figure("hand-backs", here.ledger.results["handed_back"])
    if times_s:
        report.figure("hand-back to next start, median", percentile(times_s, 50), "s")
        next_s = percentile(times_s, 99)
        report.figure("hand-back to next start, p99", next_s, "s", limit=plan.next_start_s)
        report.figure("hand-back to next start, longest", percentile(times_s, 100), "s")
    report.figure("signal to exit, longest", percentile(exits_s, 100), "s", limit=plan.exit_s)
    report.figure("attempts or stalls spent", await _spent(here), limit=0)


async def _spent(here: Exercise) -> int:
    """Count attempts beyond the one that completed each job, and stalls."""
    keys = QueueKeys(here.ground.settings.prefix, here.ground.settings.queue_name)
    spent = 0
    for job_id in here.market.submitted:
        found = await here.ground.call("HMGET", str(keys.job(job_id)), "atm", "stc")
        assert isinstance(found, list)
        made, stalls = (int(raw) if isinstance(raw, bytes) else 0 for raw in found)
        spent += made - 1 + stalls
    return spent
