"""How soon a job is taken: after a long silence, when it is due, and when its worker was killed."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from preview_worker.queue import Completed, JobRequest, LeasedJob, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from tests.tries import tries

pytestmark = pytest.mark.anyio

REQUEST = JobRequest(payload={}, priority=2)

LEASE_AND_HANG = """
import asyncio, pickle, sys
from preview_worker.queue.bullmq import BullQueue

async def main():
    queue = BullQueue(pickle.loads(bytes.fromhex(sys.argv[1])))
    await queue.open()
    job = await queue.lease()
    print(job.id, flush=True)
    await queue.lease_lost(job)

asyncio.run(main())
"""


def lease_and_be_killed(settings: QueueSettings, job_id: str) -> None:
    """Have another process lease the job, and kill it while it holds the lock."""
    words = [sys.executable, "-c", LEASE_AND_HANG, pickle.dumps(settings).hex()]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().decode().strip() == job_id
        worker.kill()


async def leased(queue: BullQueue) -> LeasedJob:
    """Lease a job, waiting as long as it takes."""
    while (job := await queue.lease()) is None:
        pass
    return job


@pytest.mark.timeout(400)
@pytest.mark.parametrize("idle_s", [3, pytest.param(60, marks=pytest.mark.slow)])
async def test_an_idle_worker_takes_a_job_at_once(
    queue_settings: QueueSettings, idle_s: int
) -> None:
    """Within 50 ms, however long nothing came, with the times of production."""
    settings = QueueSettings(
        redis_url=queue_settings.redis_url, queue_name=queue_settings.queue_name
    )
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    for attempt in tries():
        taking = asyncio.create_task(leased(queue))
        await asyncio.wait({taking}, timeout=idle_s)
        begin_s = time.monotonic()
        await producer.add(REQUEST)
        job = await taking
        took_s = time.monotonic() - begin_s
        await queue.settle(job, Completed({}))
        with attempt:
            assert took_s < 0.05
    await queue.close()
    await producer.close()


async def test_delayed_jobs_are_not_late(queue_settings: QueueSettings) -> None:
    """Several that are due at different instants are each taken within 100 ms."""
    queue, producer = BullQueue(queue_settings), BullProducer(queue_settings)
    delays_ms = [900, 300, 600]
    for attempt in tries():
        due_ms = {
            (await producer.add(replace(REQUEST, delay_ms=delay))).id: delay for delay in delays_ms
        }
        late_ms = []
        for _ in delays_ms:
            job = await leased(queue)
            late_ms.append(time.time_ns() / 1e6 - job.added_at_ms - due_ms[job.id])
            await queue.settle(job, Completed({}))
        assert min(late_ms) >= 0
        with attempt:
            assert max(late_ms) < 100
    await queue.close()
    await producer.close()


async def test_the_job_of_a_killed_worker_is_recovered_in_time(
    queue_settings: QueueSettings,
) -> None:
    """After the lock's life and two checks at the latest, and without costing an attempt."""
    producer = BullProducer(queue_settings)
    bound_s = queue_settings.lock_s + 2 * queue_settings.stall_check_s
    for attempt in tries():
        added = await producer.add(REQUEST)
        await asyncio.to_thread(lease_and_be_killed, queue_settings, added.id)
        begin_s = time.monotonic()
        queue = BullQueue(queue_settings)
        await queue.open()
        job = await leased(queue)
        took_s = time.monotonic() - begin_s
        assert (job.id, job.attempts_made, job.stalled_count) == (added.id, 0, 1)
        await queue.settle(job, Completed({}))
        await queue.close()
        with attempt:
            assert took_s < bound_s + 0.5
    await producer.close()


async def test_the_rate_limit_of_the_queue_is_kept_without_waste(
    queue_settings: QueueSettings,
) -> None:
    """A limited queue gives the next job when its period is over, not at the next poll."""
    queue, producer = BullQueue(queue_settings), BullProducer(queue_settings)
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    link = RedisLink(queue_settings, client_name="test")
    await link.call("HSET", keys.meta, "max", 1, "duration", 300)
    for attempt in tries():
        for _ in range(3):
            await producer.add(REQUEST)
        await link.call("DEL", keys.limiter)
        begin_s = time.monotonic()
        for _ in range(3):
            await queue.settle(await leased(queue), Completed({}))
        took_s = time.monotonic() - begin_s
        assert took_s > 0.55
        with attempt:
            assert took_s < 0.9
    await queue.close()
    await producer.close()
    await link.close()


async def test_the_concurrency_of_the_queue_is_kept_without_waste(
    queue_settings: QueueSettings,
) -> None:
    """With room for one job the second worker begins when the first one is done."""
    first, producer = BullQueue(queue_settings), BullProducer(queue_settings)
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    link = RedisLink(queue_settings, client_name="test")
    await link.call("HSET", keys.meta, "concurrency", 1)
    await first.open()
    for attempt in tries():
        second = BullQueue(replace(queue_settings, block_s=1))  # would look in vain, and 0.8 s late
        for _ in range(2):
            await producer.add(REQUEST)
        job = await leased(first)
        waiting = asyncio.create_task(leased(second))
        done, _ = await asyncio.wait({waiting}, timeout=1.2)
        assert not done
        begin_s = time.monotonic()
        await first.settle(job, Completed({}))
        job = await waiting
        took_s = time.monotonic() - begin_s
        await second.settle(job, Completed({}))
        await second.close()
        with attempt:
            assert took_s < 0.2
    for client in (first, producer, link):
        await client.close()
