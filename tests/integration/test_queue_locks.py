"""Locks that run out or are taken away: no work is wasted, and none is settled twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.events import LeaseLost, LeaseRegained
from preview_worker.queue import (
    Completed,
    JobRequest,
    JobState,
    JobStatus,
    LeasedJob,
    LeaseLostError,
    QueueSettings,
    Retry,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.producer import BullProducer
from tests.conformance.yard import Notes
from tests.redis_server import command, leased, quick_settings
from tests.relay import Relay

pytestmark = pytest.mark.anyio

REQUEST = JobRequest(payload={"a": 1}, priority=2)


@pytest.fixture
def mortal_server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A server that the test may kill and start again with its data."""
    server = EmbeddedRedis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def at_work(
    settings: QueueSettings, notes: Notes | None = None
) -> AsyncIterator[tuple[BullQueue, LeasedJob]]:
    """An open queue that holds one job."""
    queue, producer = BullQueue(settings, notes), BullProducer(settings)
    await queue.open()
    await producer.add(REQUEST)
    job = await leased(queue)
    try:
        yield queue, job
    finally:
        await queue.close()
        await producer.close()


async def status_of(settings: QueueSettings, job_id: str) -> JobStatus:
    """Return the status of a job that must exist."""
    producer = BullProducer(settings)
    status = await producer.status(job_id)
    await producer.close()
    assert status is not None
    return status


async def kill_for(server: EmbeddedRedis, seconds: float) -> None:
    """Kill the server and start it again with its data."""
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(time.sleep, seconds)
    await asyncio.to_thread(server.start)


async def test_a_lock_that_ran_out_in_an_outage_is_taken_again(
    mortal_server: EmbeddedRedis,
) -> None:
    """The job goes on where it was: the outage costs neither an attempt nor a stall."""
    notes = Notes()
    settings = quick_settings(mortal_server.url)
    async with at_work(settings, notes) as (queue, job):
        await asyncio.sleep(1.2)  # the append-only file is written out each second
        await kill_for(mortal_server, 2.5 * settings.lock_s)
        assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
        assert LeaseRegained(job_id=job.id) in notes.events
        assert await queue.lease() is None
    assert (await status_of(settings, job.id)).attempts_made == 1
    assert LeaseLost(job_id=job.id) not in notes.events


@pytest.mark.parametrize("outcome", [Completed({}), Retry("transient.disk", "full")])
async def test_a_settlement_takes_the_lock_again_that_ran_out_meanwhile(
    mortal_server: EmbeddedRedis, outcome: Completed | Retry
) -> None:
    """A render that ended while Redis was away is settled when it is back."""
    settings = quick_settings(mortal_server.url)
    async with at_work(settings) as (queue, job):
        await asyncio.sleep(1.2)
        await asyncio.to_thread(mortal_server.kill)
        settling = asyncio.create_task(queue.settle(job, outcome))
        await asyncio.to_thread(time.sleep, 2 * settings.lock_s)
        await asyncio.to_thread(mortal_server.start)
        settlement = await asyncio.wait_for(settling, 5)
        told = await status_of(settings, job.id)
    assert settlement.state is (
        JobState.COMPLETED if isinstance(outcome, Completed) else JobState.DELAYED
    )
    assert (told.state, told.attempts_made) == (settlement.state, 1)


async def test_a_job_that_another_took_during_a_partition_is_given_up_on_return(
    mortal_server: EmbeddedRedis,
) -> None:
    """The partitioned worker learns of it with its first renewal, and can settle nothing."""
    async with Relay(mortal_server.port) as relay:
        direct = quick_settings(mortal_server.url)
        apart = replace(direct, redis_url=relay.url, reply_timeout_s=0.3)
        other = BullQueue(direct)
        await other.open()
        async with at_work(apart) as (queue, job):
            losing = asyncio.create_task(queue.lease_lost(job))
            relay.silence()
            taken = await leased(other)
            assert taken.id == job.id
            assert not losing.done()
            relay.resume()
            await asyncio.wait_for(losing, 1)
            with pytest.raises(LeaseLostError):
                await queue.settle(job, Completed({}))
            assert (await other.settle(taken, Completed({}))).state is JobState.COMPLETED
        await other.close()


async def test_a_partition_that_nobody_used_costs_nothing(mortal_server: EmbeddedRedis) -> None:
    """Half-open connections are noticed by time, and the job is still ours afterwards."""
    async with Relay(mortal_server.port) as relay:
        settings = replace(quick_settings(relay.url), reply_timeout_s=0.3)
        async with at_work(settings) as (queue, job):
            losing = asyncio.create_task(queue.lease_lost(job))
            relay.silence()
            done, _ = await asyncio.wait({losing}, timeout=2 * settings.lock_s)
            relay.resume()
            assert not done
            assert await queue.confirm(job)
            assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
            losing.cancel()


async def test_patience_with_an_outage_ends(mortal_server: EmbeddedRedis) -> None:
    """A lock that could not be renewed for too long is given up, and nothing is settled."""
    settings = replace(quick_settings(mortal_server.url), outage_patience_s=1.5)
    async with at_work(settings) as (queue, job):
        await asyncio.to_thread(mortal_server.kill)
        begin_s = time.monotonic()
        await asyncio.wait_for(queue.lease_lost(job), 5)
        assert 1 < time.monotonic() - begin_s < 2.5
        with pytest.raises(LeaseLostError):
            await queue.settle(job, Completed({}))


@pytest.mark.parametrize("taker", ["nobody", "another"])
async def test_a_lock_that_is_taken_away_is_lost_within_a_second(
    queue_settings: QueueSettings, taker: str
) -> None:
    """Whoever removed it meant it: Redis was there all the time, so it did not just run out."""
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    async with at_work(queue_settings) as (queue, job):
        assert await queue.confirm(job)
        if taker == "nobody":
            await command(queue_settings, "DEL", str(keys.lock(job.id)))
        else:
            await command(queue_settings, "SET", str(keys.lock(job.id)), "theirs")
        await asyncio.wait_for(queue.lease_lost(job), 1)
        assert not await queue.confirm(job)


async def test_an_attempt_that_began_after_ours_is_not_taken_over(
    mortal_server: EmbeddedRedis,
) -> None:
    """Even when its lock is gone as well: the job's count of starts tells them apart."""
    async with Relay(mortal_server.port) as relay:
        direct = quick_settings(mortal_server.url)
        apart = replace(direct, redis_url=relay.url, reply_timeout_s=0.3)
        keys = QueueKeys(direct.prefix, direct.queue_name)
        other = BullQueue(direct)
        await other.open()
        async with at_work(apart) as (queue, job):
            relay.silence()
            taken = await leased(other)
            await other.close()
            await command(direct, "DEL", str(keys.lock(taken.id)), keys.stalled)
            relay.resume()
            await asyncio.wait_for(queue.lease_lost(job), 1)
