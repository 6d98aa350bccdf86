"""Payloads that nobody means well with: read and planned here, and run by a real worker."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from chaos.grammar import Grammar
from chaos.report import Report
from chaos.submission import submit_all
from chaos.trial import read_and_plan
from preview_worker.render import RenderSettings

BLOCK = 500
"""Payloads of one generator, so that a seed gives the same ones on any number of processors."""
PAGES_EVERY = 50
MOST_S = 1.0
_KEPT_SURPRISES = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How many payloads are read here, how many of them run as jobs, and on how many processes."""

    count: int
    queued: int
    processes: int


@dataclass(slots=True)
class Tally:
    """What came of a number of payloads."""

    codes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest: str = ""
    late: int = 0
    repeated: int = 0
    paged: int = 0
    surprises: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add what another process counted."""
        self.codes += other.codes
        self.late += other.late
        self.repeated += other.repeated
        self.paged += other.paged
        self.surprises += other.surprises
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest


async def payloads(report: Report, folder: Path, plan: Plan) -> None:
    """Read and plan payloads in processes of their own, then submit some as jobs."""
    tally = Tally()
    blocks = range(-(-plan.count // BLOCK))
    with ProcessPoolExecutor(plan.processes, get_context("spawn")) as pool:
        for counted in pool.map(_read_block, repeat(report.seed), blocks, repeat(plan.count)):
            tally.add(counted)
    _tell(report, tally, plan)
    if plan.queued:
        await submit_all(report, folder, drawn(report.seed + 1, plan.queued))


def drawn(seed: int, count: int) -> Iterator[bytes]:
    """Yield the first payloads of ``seed``."""
    for block in range(-(-count // BLOCK)):
        yield from Grammar(f"{seed}/{block}").payloads(min(BLOCK, count - block * BLOCK))


def _read_block(seed: int, block: int, count: int) -> Tally:
    tally, settings = Tally(), RenderSettings()
    os.chdir(tempfile.gettempdir())
    grammar = Grammar(f"{seed}/{block}")
    for number in range(min(BLOCK, count - block * BLOCK)):
        raw = grammar.payload(number)
        pages = number % PAGES_EVERY == 0
        outcome = read_and_plan(raw, settings, pages=pages)
        if outcome.spent_s > MOST_S:
            # The kernel charges a process for its own work too, as when it clears memory; what a
            # payload costs by itself, it costs again.
            again = read_and_plan(raw, settings, pages=pages)
            outcome = replace(outcome, spent_s=min(outcome.spent_s, again.spent_s))
            tally.repeated += 1
        tally.codes[outcome.code] += 1
        tally.paged += pages
        tally.late += outcome.spent_s > MOST_S
        name = f"block {block}, payload {number}, {len(raw)} bytes: {outcome.code}"
        if outcome.spent_s > tally.slowest_s:
            tally.slowest_s, tally.slowest = outcome.spent_s, name
        if outcome.surprise:
            tally.surprises.append(f"{name}\n{outcome.surprise}")
    return tally


def _tell(report: Report, tally: Tally, plan: Plan) -> None:
    report.figure("payloads read and planned", plan.count)
    report.figure("of them laid out as well", tally.paged)
    for code, count in sorted(tally.codes.items()):
        report.figure(f"payloads {code}", count)
    report.figure("surprises", len(tally.surprises), limit=0)
    report.figure("slowest payload", round(tally.slowest_s, 3), "s of CPU", limit=MOST_S)
    report.figure("payloads above a second of CPU", tally.late, limit=0)
    report.figure("payloads that were so once, and not again", tally.repeated - tally.late)
    report.notes.append(f"The slowest was {tally.slowest}.")
    report.notes += tally.surprises[:_KEPT_SURPRISES]
