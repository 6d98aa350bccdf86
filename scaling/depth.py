"""A deep queue against an empty one: how soon a job is leased, memory, and what Redis has to do.

Jobs have priorities, as those of our producers have: BullMQ keeps these in a sorted set, whose cost
grows with its depth, where that of a plain list does not.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from benchmarks.payloads import as_job, text_request
from chaos.percentiles import percentile
from preview_worker.queue import Completed, JobRequest, LeasedJob, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.producer import BullProducer
from scaling.redis_bill import bill, read_bill

_AT_ONCE = 200
_PRIORITY = 2


@dataclass(frozen=True, slots=True)
class Depth:
    """What leasing and settling a job that does nothing costs at some depth of the queue."""

    queued: int
    lease_p50_ms: float
    lease_p99_ms: float
    commands: float
    """Redis carries out so many for a job, from lease to settlement."""
    redis_us: float
    """Processor time of Redis for these."""
    bytes_per_job: float
    """Memory of Redis for each job that waits, its payload included."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of this Redis can do, on one processor: it has one thread for commands."""

    clients: int
    """Each with connections of its own, as workers have."""
    jobs_per_s: float
    """Leased and settled by all of them together, as fast as one processor of theirs allows."""
    redis_share: float
    """Of a processor that Redis used for it."""
    commands_per_s: float
    """That Redis would carry out with a whole processor."""


async def fill(queue: QueueSettings, jobs: int) -> None:
    """Add so many jobs with the payload of a tutorial of eleven scenes."""
    payload = as_job(text_request(), "deep")
    producer = BullProducer(queue)
    for first in range(0, jobs, _AT_ONCE):
        await asyncio.gather(
            *(
                producer.add(JobRequest(payload, priority=_PRIORITY))
                for _ in range(min(_AT_ONCE, jobs - first))
            )
        )
    await producer.close()


def measure_depth(queue: QueueSettings, queued: int, probes: int) -> Depth:
    """Fill the queue to ``queued`` jobs and ``probes`` more, and lease and settle these."""
    empty = bill(queue)
    asyncio.run(fill(queue, queued + probes))
    memory_bytes = (bill(queue) - empty).memory_bytes
    return asyncio.run(_probe(queue, queued, probes, memory_bytes / (queued + probes)))


async def _probe(queue: QueueSettings, queued: int, probes: int, bytes_per_job: float) -> Depth:
    waits_ms = []
    bull = BullQueue(queue)
    await bull.open()
    await bull.ping()
    before = await read_bill(queue)
    for _ in range(probes):
        began_s = time.perf_counter()
        job = await bull.lease()
        waits_ms.append((time.perf_counter() - began_s) * 1000)
        if job is None:
            message = "A queue with jobs gave none"
            raise RuntimeError(message)
        await bull.settle(job, Completed({}))
    after = await read_bill(queue)
    asked = await read_bill(queue) - after
    await bull.close()
    spent = after - before - asked
    return Depth(
        queued=queued,
        lease_p50_ms=percentile(waits_ms, 50),
        lease_p99_ms=percentile(waits_ms, 99),
        commands=spent.commands / probes,
        redis_us=spent.cpu_s / probes * 1_000_000,
        bytes_per_job=bytes_per_job,
    )


def measure_limit(queue: QueueSettings, jobs: int, clients: int = 50) -> Limit:
    """Let many clients, each with connections of its own, lease and settle jobs that do nothing."""
    asyncio.run(fill(queue, jobs))
    return asyncio.run(_drain(queue, jobs, [BullQueue(queue) for _ in range(clients)]))


async def _drain(queue: QueueSettings, jobs: int, bulls: list[BullQueue]) -> Limit:
    left = jobs

    async def work(bull: BullQueue) -> None:
        nonlocal left
        job: LeasedJob | None = None
        while left > 0:
            job = job or await bull.lease()
            if job is not None:
                left -= 1
                more = left >= len(bulls)
                job = (await bull.settle(job, Completed({}), lease_next=more)).next_job

    for bull in bulls:
        await bull.open()
        await bull.ping()
    before, began_s = await read_bill(queue), time.perf_counter()
    await asyncio.gather(*(work(bull) for bull in bulls))
    took_s, after = time.perf_counter() - began_s, await read_bill(queue)
    asked = await read_bill(queue) - after
    for bull in bulls:
        await bull.close()
    spent = after - before - asked
    return Limit(
        clients=len(bulls),
        jobs_per_s=jobs / took_s,
        redis_share=spent.cpu_s / took_s,
        commands_per_s=spent.commands / spent.cpu_s,
    )
