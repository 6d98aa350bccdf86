"""A project that floods the queue, and another one that adds a few jobs behind it.

``python -m tests.integration.test_project_places 1000 50`` tells how long the few wait with and
without a limit, and what that asks of Redis. The workers and the queue are real; what stands for a
render is a nap of 50 ms.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from preview_worker.events import Event, JobLeased, JobPutAside, JobSettled, TraceContext
from preview_worker.queue import Completed, JobRequest, LeasedJob, Outcome, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.worker import Runner, WorkerSettings

if TYPE_CHECKING:
    from preview_worker.worker import Executor

pytestmark = pytest.mark.anyio

WORKERS, SLOTS, PLACES, NAP_S = 4, 2, 4, 0.05
FLOOD, FEW = "flood", "few"


@dataclass
class Napper:
    """An executor whose jobs are naps; it counts how many of the flood nap at once."""

    nap_s: float = NAP_S
    napping: int = 0
    most_of_flood: int = 0

    async def execute(self, job: LeasedJob, trace: TraceContext | None = None) -> Outcome:
        """Nap, and say that the job is done."""
        del trace
        ours = job.id.startswith(FLOOD)
        self.napping += ours
        self.most_of_flood = max(self.most_of_flood, self.napping)
        await asyncio.sleep(self.nap_s)
        self.napping -= ours
        return Completed({})


@dataclass
class Chronicle:
    """What happened in all workers together."""

    started_s: dict[str, float] = field(default_factory=dict)
    settled_s: dict[str, float] = field(default_factory=dict)
    put_aside: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def observe(self, event: Event) -> None:
        """Take note of leases, ends and jobs that were put aside."""
        match event:
            case JobLeased(job_id=job_id):
                self.started_s.setdefault(job_id, time.monotonic())
            case JobSettled(job_id=job_id):
                self.settled_s[job_id] = time.monotonic()
            case JobPutAside():
                self.put_aside += 1
            case _:
                return
        self.news.set()

    async def settled(self, project: str, count: int) -> None:
        """Return when so many jobs of a project have ended."""
        while sum(job_id.startswith(project) for job_id in self.settled_s) < count:
            self.news.clear()
            await self.news.wait()


@asynccontextmanager
async def at_work(
    settings: QueueSettings, chronicle: Chronicle, napper: Napper, *, patient: int = 0
) -> AsyncIterator[None]:
    """Run the fleet in this process, each worker with connections of its own."""
    bounded = settings.project_max_active > 0
    worker = WorkerSettings(
        concurrency=SLOTS, patient=patient, bounded_projects=bounded, grace_s=30
    )
    runners = [
        Runner(
            settings.queue_name,
            BullQueue(settings, chronicle),
            cast("Executor", napper),
            chronicle,
            worker,
        )
        for _ in range(WORKERS)
    ]
    tasks = [asyncio.create_task(runner.run()) for runner in runners]
    try:
        yield
    finally:
        for runner in runners:
            runner.stop()
        await asyncio.gather(*tasks)


async def add(settings: QueueSettings, project: str, count: int) -> None:
    """Add so many jobs of a project."""
    producer = BullProducer(settings)
    for number in range(count):
        payload = {"jobId": f"{project}-{number}", "projectId": project}
        await producer.add(JobRequest(payload, job_id=f"{project}-{number}", priority=2))
    await producer.close()


async def flooded(
    settings: QueueSettings, flood: int, few: int, nap_s: float = NAP_S
) -> dict[str, object]:
    """Return what became of ``few`` jobs that were added behind ``flood`` others."""
    chronicle, napper = Chronicle(), Napper(nap_s)
    await add(settings, FLOOD, flood)
    await add(settings, FEW, few)
    before = await _commands(settings)
    began_s = time.monotonic()
    async with at_work(settings, chronicle, napper):
        await chronicle.settled(FEW, few)
        few_done_s = time.monotonic() - began_s
        left = flood + few - len(chronicle.settled_s)
        await chronicle.settled(FLOOD, flood)
        took_s = time.monotonic() - began_s
        sent = await _commands(settings) - before
    waits_s = sorted(chronicle.started_s[f"{FEW}-{n}"] - began_s for n in range(few))
    ended = len(chronicle.settled_s)
    return {
        "limit": settings.project_max_active,
        "few_wait_s": {
            "median": round(statistics.median(waits_s), 2),
            "longest": round(waits_s[-1], 2),
        },
        "flood_left_then": left,
        "few_done_after_s": round(few_done_s, 2),
        "all_done_after_s": round(took_s, 2),
        "put_aside": chronicle.put_aside,
        "most_of_flood_at_once": napper.most_of_flood,
        "script_calls_per_job": round(sent / ended, 1),
        "script_calls_per_s": round(sent / took_s, 1),
    }


async def test_a_flood_holds_no_more_than_its_places(queue_settings: QueueSettings) -> None:
    """The few behind it are done while most of it waits, and all of it is done in the end."""
    flood = 40
    bounded = replace(queue_settings, project_max_active=PLACES)
    told = await asyncio.wait_for(flooded(bounded, flood, 8, nap_s=0.2), timeout=60)

    assert told["most_of_flood_at_once"] == PLACES
    assert cast("int", told["put_aside"]) < 2 * flood
    assert cast("int", told["flood_left_then"]) > 2 * PLACES


async def _commands(settings: QueueSettings) -> int:
    """Return how many scripts the server was asked to run."""
    link = RedisLink(settings, client_name="test")
    reply = await link.call("INFO", "commandstats")
    await link.close()
    assert isinstance(reply, bytes)
    lines = [line for line in reply.splitlines() if line.startswith(b"cmdstat_evalsha:")]
    return int(lines[0].partition(b"calls=")[2].partition(b",")[0]) if lines else 0


async def _report(flood: int, few: int) -> list[dict[str, object]]:
    told = []
    with tempfile.TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder), durable=False)
        redis.start()
        try:
            for limit in (0, PLACES):
                settings = QueueSettings(
                    redis_url=redis.url, queue_name=f"limit-{limit}", project_max_active=limit
                )
                told.append(await flooded(settings, flood, few))
        finally:
            redis.stop()
    return told


if __name__ == "__main__":
    figures = asyncio.run(_report(int(sys.argv[1]), int(sys.argv[2])))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
