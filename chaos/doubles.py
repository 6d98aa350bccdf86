"""Doubles: the lock of a running job is deleted, so that two workers run it; and frozen workers."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chaos.exercise import Exercise, exercise
from chaos.orders import Order, OrderBook, a_long_order
from chaos.report import Report
from preview_worker.queue.keys import QueueKeys

_AT_ONCE = 6
_SLOTS = "3"
_LATEST_S = 1.5
"""A lock is deleted up to so long after the render began: in it, at the fence, or after it."""
_SETTLED_S = 240.0
_DRAIN_S = 180.0
_MARGIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How many jobs have to be run twice, and how many workers are frozen in a render."""

    runs: int
    freezes: int


@dataclass(slots=True)
class _Tally:
    """What the workers said of each job."""

    completed: Counter[str] = field(default_factory=Counter)
    doubled: int = 0


async def doubles(report: Report, folder: Path, plan: Plan) -> None:
    """Take locks away until enough jobs were run twice, then freeze workers; judge what is left."""
    book = OrderBook(report.seed, node=False, varied=False, length=3)
    async with exercise(report, folder, book) as here:
        for _ in range(2):
            await here.crew.man(PREVIEW_WORKER_CONCURRENCY=_SLOTS)
        for berth in here.crew.berths:
            await berth.up.wait()
        tally, draw = _Tally(), random.Random(report.seed)
        orders = book.draw()
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(_double_until(here, plan, tally, orders, draw))
        for number in range(plan.freezes):
            await _freeze(here, tally, a_long_order(f"long-{number:05}", draw))
        await here.drain(_DRAIN_S)
        await here.judge()
        _measure(here, tally, plan)


async def _double_until(
    here: Exercise, plan: Plan, tally: _Tally, orders: Iterator[Order], draw: random.Random
) -> None:
    while tally.doubled < plan.runs:
        order = next(orders)
        started = here.ledger.expect("job.started", job_id=order.id)
        completed = here.ledger.expect("job.settled", job_id=order.id, result="completed")
        await here.market.place(order)
        await asyncio.wait_for(started, _SETTLED_S)
        await asyncio.sleep(draw.uniform(0, _LATEST_S))
        await _take_lock(here, order.id)
        await asyncio.wait_for(completed, _SETTLED_S)
        tally.completed[order.id] += 1
        tally.doubled += here.ledger.starts[order.id] > 1


async def _take_lock(here: Exercise, job_id: str) -> None:
    """Delete a job's lock, and have the next check for stalled jobs give it to another at once."""
    settings = here.ground.settings
    keys = QueueKeys(settings.prefix, settings.queue_name)
    await here.ground.call("DEL", str(keys.lock(job_id)))
    await here.ground.call("SADD", keys.stalled, job_id)
    faults = here.report.faults
    faults["lock deleted"] = faults.get("lock deleted", 0) + 1


async def _freeze(here: Exercise, tally: _Tally, order: Order) -> None:
    """Stop the worker that renders a job for longer than its lock lives, and let it go on."""
    started = here.ledger.expect("job.started", job_id=order.id)
    completed = here.ledger.expect("job.settled", job_id=order.id, result="completed")
    await here.market.place(order)
    name = (await asyncio.wait_for(started, _SETTLED_S)).worker
    frozen = next(berth for berth in here.crew.berths if berth.name == name)
    settings = here.ground.settings
    here.crew.signal(frozen, signal.SIGSTOP)
    await asyncio.sleep(settings.lock_s + 2 * settings.stall_check_s + _MARGIN_S)
    here.crew.signal(frozen, signal.SIGCONT)
    here.report.faults["worker frozen"] = here.report.faults.get("worker frozen", 0) + 1
    await asyncio.wait_for(completed, _SETTLED_S)
    tally.completed[order.id] += 1


def _measure(here: Exercise, tally: _Tally, plan: Plan) -> None:
    report, ledger = here.report, here.ledger
    completions = ledger.results["completed"]
    report.figure("jobs run by two attempts", tally.doubled)
    report.figure("jobs", len(here.market.submitted))
    report.figure("attempts fenced", ledger.results["lost"])
    report.figure("renders skipped", ledger.skips.total())
    report.figure("completions beyond one for each job", completions - len(tally.completed))
    report.invariant(
        "one completion for each job",
        holds=completions == len(tally.completed) == len(here.market.submitted),
        evidence=f"{completions} completions of {len(here.market.submitted)} jobs",
    )
    report.invariant(
        "every double fenced one of its attempts",
        holds=ledger.results["lost"] >= tally.doubled >= plan.runs,
        evidence=f"{ledger.results['lost']} attempts fenced, {tally.doubled} jobs run twice",
    )
    starts = itertools.chain(ledger.starts.values())
    report.figure("most starts of one job", max(starts, default=0))
