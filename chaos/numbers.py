"""The numbers agree: what the workers' metrics tell, and the states in which the jobs are."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import httpx
from prometheus_client.parser import text_string_to_metric_families

from chaos.verdict import States

if TYPE_CHECKING:
    from chaos.crew import Crew
    from chaos.report import Report

Numbers = Mapping[str, float]

ENDINGS = ("completed", "failed")
_AGAIN_S = 0.3
_PATIENCE_S = 15.0
"""A worker may tell what the queue answered a second ago, and Redis may just be back."""


def counted(text: str) -> Numbers:
    """Return what a scrape tells of jobs that ended: by the queue, and by the worker itself."""
    found: defaultdict[str, float] = defaultdict(float)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            for ending in ENDINGS:
                if sample.name == f"bullmq_job_{ending}_total":
                    found[f"queue {ending}"] += sample.value
            if sample.name == "preview_worker_jobs_total":
                found[f"worker {sample.labels['outcome']}"] += sample.value
    return found


async def scraped(crew: Crew, ended: int) -> list[Numbers]:
    """Return what every living worker tells, once they tell of ``ended`` jobs or time is over."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while True:
        told = await _scrape(crew)
        right = all(sum(one[f"queue {ending}"] for ending in ENDINGS) == ended for one in told)
        if (told and right) or time.monotonic() > deadline_s:
            return told
        await asyncio.sleep(_AGAIN_S)


async def _scrape(crew: Crew) -> list[Numbers]:
    told = []
    async with httpx.AsyncClient() as client:
        for port in [berth.probes for berth in crew.berths if berth.up.is_set()]:
            try:
                told.append(counted((await client.get(f"http://127.0.0.1:{port}/metrics")).text))
            except httpx.TransportError:
                continue  # it is just being ended
    return told


def judge_numbers(
    report: Report, told: Sequence[Numbers], states: States, *, undisturbed: bool
) -> None:
    """I7: the queue's counters are the jobs in final states, whoever is asked.

    While the one worker of a part was ``undisturbed``, so that nothing that it counted died with
    it, its own counters are the same.
    """
    real = Counter(state[0] for state in states.values() if len(state) == 1)
    names = ("queue", "worker") if undisturbed and len(told) == 1 else ("queue",)
    wrong = [
        f"{name} {ending}: {one.get(f'{name} {ending}', 0):g} of {real[ending]}"
        for one in told
        for name in names
        for ending in ENDINGS
        if one.get(f"{name} {ending}", 0) != real[ending]
    ]
    agreed = ", ".join(f"{real[ending]} {ending}" for ending in ENDINGS)
    report.invariant(
        "I7",
        holds=not wrong and bool(told),
        evidence=f"{len(told)} workers asked for the counters of the {' and of the '.join(names)}; "
        f"the jobs are {agreed}{': ' if wrong else ''}{'; '.join(wrong)}",
    )
