"""Networks that are slow, cut everything into pieces, or break: jobs are run once all the same."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from preview_worker.events import JobsRecovered, LeaseLost
from preview_worker.queue import Completed, JobRequest, JobState, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.fakes.observers import Recorder
from tests.redis_server import leased
from tests.relay import Relay

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("latency_s", "piece_bytes", "bytes_per_s"),
    [(0.25, 0, 0), (0.0, 1, 0), (0.0, 100, 10_000)],
    ids=["late", "in bytes", "narrow"],
)
async def test_a_poor_network_costs_no_lock(
    redis_server: EmbeddedRedis,
    queue_settings: QueueSettings,
    latency_s: float,
    piece_bytes: int,
    bytes_per_s: float,
) -> None:
    """R12: half a second for a round trip, a byte at a time, or ten kilobytes a second."""
    seen = Recorder()
    async with Relay(redis_server.port) as relay:
        settings = replace(queue_settings, redis_url=relay.url, lock_s=3.0)
        queue, producer = BullQueue(settings, seen), BullProducer(queue_settings)
        await queue.open()
        relay.latency_s, relay.piece_bytes = latency_s, piece_bytes
        relay.bytes_per_s = bytes_per_s
        await producer.add(JobRequest(payload={"text": "lamp " * 200}))
        job = await leased(queue, within_s=20)
        lost = asyncio.create_task(queue.lease_lost(job))
        done, _ = await asyncio.wait({lost}, timeout=1.5 * settings.lock_s)
        assert not done
        lost.cancel()
        assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
        await queue.close()
    status = await producer.status(job.id)
    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    assert not seen.all_of(LeaseLost)
    assert not seen.all_of(JobsRecovered)
    await producer.close()


@pytest.mark.slow
async def test_ten_thousand_waiting_jobs_are_counted_at_once_and_taken_in_order(
    queue_settings: QueueSettings,
) -> None:
    """R17: counting asks for lengths, and no lease looks at more than one job."""
    queue, producer = BullQueue(queue_settings), BullProducer(queue_settings)
    for hundred in range(100):
        await asyncio.gather(
            *(
                producer.add(JobRequest(payload={}, job_id=f"j{hundred * 100 + number}"))
                for number in range(100)
            )
        )
    assert (await queue.counts()).waiting == 10_000
    times_s = []
    for _ in range(5):
        begin_s = time.monotonic()
        await queue.counts()
        times_s.append(time.monotonic() - begin_s)
    assert min(times_s) < 0.05
    taken = [await leased(queue) for _ in range(3)]
    assert [job.id for job in taken] == ["j0", "j1", "j2"]
    await queue.close()
    await producer.close()
