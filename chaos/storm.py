"""The storm: all that can be broken is, at random and at the same time; then it is counted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from chaos.crew import clock_library
from chaos.executioner import Executioner
from chaos.exercise import Exercise, exercise
from chaos.orders import OrderBook
from chaos.percentiles import percentile
from chaos.producers import node_is_there
from chaos.report import Report
from chaos.strikes import plan_strikes
from chaos.witness import Witness

_DISK_MIB = 384
_AHEAD = 20
_DRAIN_S = 240.0
"""Longer than the longest backoff that attempts of one job may have come to meanwhile."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many workers, how long the faults go on, and how often one is made."""

    workers: int
    minutes: float
    every_s: float


async def storm(report: Report, folder: Path, plan: Plan) -> None:
    """Let producers, workers, a reader and the executioner loose, and judge what is left."""
    book = OrderBook(report.seed, node=node_is_there())
    lasts_s = plan.minutes * 60
    async with exercise(report, folder, book, disk_mib=_DISK_MIB) as here:
        _admit(here)
        for _ in range(plan.workers):
            await here.crew.man(CLOCK="faked", PREVIEW_SHUTDOWN_GRACE_S="1")
        for berth in here.crew.berths:
            await berth.up.wait()
        with Witness(here.previews, report.seed) as witness:
            submitting = asyncio.create_task(here.keep_busy_for(lasts_s, _AHEAD))
            strikes = plan_strikes(report.seed, lasts_s, plan.every_s)
            await Executioner(here).carry_out(strikes)
            await submitting
            await here.drain(_DRAIN_S)
        await here.judge()
        _measure(here, witness)


def _admit(here: Exercise) -> None:
    """Say which faults cannot be made here."""
    if here.market.node is None:
        here.report.notes.append("There is no Node with BullMQ, so only Python submitted jobs.")
    if here.ground.disk is None:
        here.report.notes.append("No disk could be mounted, so none was filled.")
    if clock_library() is None:
        here.report.notes.append("libfaketime is not installed, so no clock was stepped.")


def _measure(here: Exercise, witness: Witness) -> None:
    report = here.report
    report.figure("faults", sum(report.faults.values()))
    report.figure("reads of previews meanwhile", witness.reads)
    report.figure("bad reads", len(witness.wrong), limit=0)
    for how, told in (("killed", "kill to next start"), ("handed back", "hand-back to next start")):
        times_s = [left.next_s for left in here.ledger.recoveries(how) if left.next_s is not None]
        if times_s:
            report.figure(f"{told}, median", percentile(times_s, 50), "s")
            report.figure(f"{told}, longest", percentile(times_s, 100), "s")
