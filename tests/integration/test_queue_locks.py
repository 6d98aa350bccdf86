"""Locks that run out or are taken away: no work is wasted, and none is settled twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

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
    QueueUnavailableError,
    Retry,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.protocol import BullProtocol
from tests.conformance.yard import Notes
from tests.redis_server import MortalRedis, command, leased, quick_settings
from tests.relay import Relay
from tests.tries import tries

pytestmark = pytest.mark.anyio

REQUEST = JobRequest(payload={"a": 1}, priority=2)
_SOON_S = 0.6
"""After how long without a reply a connection counts as broken: well before a lock runs out."""


@asynccontextmanager
async def at_work(
    settings: QueueSettings, notes: Notes | None = None
) -> AsyncIterator[tuple[BullQueue, LeasedJob]]:
    """An open queue that holds one job."""
    queue = BullQueue(settings, notes)
    producer = BullProducer(replace(settings, reply_timeout_s=20))
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


async def confirmed(queue: BullQueue, job: LeasedJob) -> bool:
    """Tell whether the lock of a job is held, as soon as the server can be reached."""
    async with asyncio.timeout(20):
        while True:
            with suppress(QueueUnavailableError):
                return await queue.confirm(job) is not None


async def kill_for(server: MortalRedis, seconds: float) -> None:
    """Kill the server and start it again with its data."""
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(time.sleep, seconds)
    await asyncio.to_thread(server.start)


def refused_renewals(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Return a list that grows with each renewal that is answered by refusing locks of jobs."""
    renew, refusals = BullProtocol.extend_locks, list[set[str]]()

    async def note(protocol: BullProtocol, ids: list[str], tokens: list[str]) -> set[str]:
        refused = await renew(protocol, ids, tokens)
        if refused:
            refusals.append(refused)
        return refused

    monkeypatch.setattr(BullProtocol, "extend_locks", note)
    return refusals


async def test_a_lock_that_ran_out_in_an_outage_is_taken_again(
    mortal_server: MortalRedis,
) -> None:
    """The job goes on where it was: the outage costs neither an attempt nor a stall."""
    notes = Notes()
    settings = quick_settings(mortal_server.url)
    async with at_work(settings, notes) as (queue, job):
        await kill_for(mortal_server, 2.5 * settings.lock_s)
        assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
        assert LeaseRegained(job_id=job.id) in notes.events
        assert await queue.lease() is None
    assert (await status_of(settings, job.id)).attempts_made == 1
    assert LeaseLost(job_id=job.id) not in notes.events


@pytest.mark.parametrize("outcome", [Completed({}), Retry("transient.disk", "full")])
async def test_a_settlement_takes_the_lock_again_that_ran_out_meanwhile(
    mortal_server: MortalRedis, outcome: Completed | Retry
) -> None:
    """A render that ended while Redis was away is settled when it is back."""
    settings = quick_settings(mortal_server.url)
    async with at_work(settings) as (queue, job):
        await asyncio.to_thread(mortal_server.kill)
        settling = asyncio.create_task(queue.settle(job, outcome))
        await asyncio.to_thread(time.sleep, 2 * settings.lock_s)
        await asyncio.to_thread(mortal_server.start)
        settlement = await asyncio.wait_for(settling, 20)
        told = await status_of(settings, job.id)
    assert settlement.state is (
        JobState.COMPLETED if isinstance(outcome, Completed) else JobState.DELAYED
    )
    assert (told.state, told.attempts_made) == (settlement.state, 1)


async def test_a_job_that_another_took_during_a_partition_is_given_up_on_return(
    mortal_server: MortalRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partitioned worker learns of it with the first renewal that is answered again."""
    refused = refused_renewals(monkeypatch)
    async with Relay(mortal_server.port) as relay:
        direct = quick_settings(mortal_server.url)
        apart = replace(direct, redis_url=relay.url, reply_timeout_s=_SOON_S)
        other = BullQueue(direct)
        await other.open()
        async with at_work(apart) as (queue, job):
            losing = asyncio.create_task(queue.lease_lost(job))
            relay.silence()
            taken = await leased(other)
            assert taken.id == job.id
            assert not losing.done()
            refused.clear()
            relay.resume()
            await asyncio.wait_for(losing, 20)
            assert refused == [{job.id}]
            with pytest.raises(LeaseLostError):
                await queue.settle(job, Completed({}))
            assert (await other.settle(taken, Completed({}))).state is JobState.COMPLETED
        await other.close()


async def test_a_partition_that_nobody_used_costs_nothing(mortal_server: MortalRedis) -> None:
    """Half-open connections are noticed by time, and the job is still ours afterwards."""
    async with Relay(mortal_server.port) as relay:
        settings = replace(quick_settings(relay.url), reply_timeout_s=_SOON_S)
        async with at_work(settings) as (queue, job):
            losing = asyncio.create_task(queue.lease_lost(job))
            relay.silence()
            done, _ = await asyncio.wait({losing}, timeout=2 * settings.lock_s)
            relay.resume()
            assert not done
            assert await confirmed(queue, job)
            assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
            losing.cancel()


async def test_patience_with_an_outage_ends(mortal_server: MortalRedis) -> None:
    """A lock that could not be renewed for too long is given up, and nothing is settled."""
    settings = replace(quick_settings(mortal_server.url), outage_patience_s=1.5)
    async with at_work(settings) as (queue, job):
        renewed_at_s = time.monotonic() - queue.lock_age_s()
        await asyncio.to_thread(mortal_server.kill)
        await asyncio.wait_for(queue.lease_lost(job), 20)
        assert time.monotonic() - renewed_at_s >= settings.outage_patience_s
        with pytest.raises(LeaseLostError):
            await queue.settle(job, Completed({}))


@pytest.mark.parametrize("taker", ["nobody", "another"])
async def test_a_lock_that_is_taken_away_is_lost_within_a_second(
    queue_settings: QueueSettings, taker: str
) -> None:
    """Whoever removed it meant it: Redis was there all the time, so it did not just run out."""
    for attempt in tries():
        settings = replace(quick_settings(queue_settings.redis_url), lock_s=20)
        keys = QueueKeys(settings.prefix, settings.queue_name)
        async with at_work(settings) as (queue, job):
            assert await queue.confirm(job)
            lock = str(keys.lock(job.id))
            words = ("DEL", lock) if taker == "nobody" else ("SET", lock, "theirs")
            await command(settings, *words)
            begin_s = time.monotonic()
            await asyncio.wait_for(queue.lease_lost(job), 20)
            took_s = time.monotonic() - begin_s
            assert not await queue.confirm(job)
        with attempt:
            assert took_s < 1


async def test_an_attempt_that_began_after_ours_is_not_taken_over(
    mortal_server: MortalRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when its lock is gone as well: the job's count of starts tells them apart."""
    refused = refused_renewals(monkeypatch)
    async with Relay(mortal_server.port) as relay:
        direct = quick_settings(mortal_server.url)
        apart = replace(direct, redis_url=relay.url, reply_timeout_s=_SOON_S)
        keys = QueueKeys(direct.prefix, direct.queue_name)
        other = BullQueue(direct)
        await other.open()
        async with at_work(apart) as (queue, job):
            relay.silence()
            taken = await leased(other)
            await other.close()
            await command(direct, "DEL", str(keys.lock(taken.id)), keys.stalled)
            refused.clear()
            relay.resume()
            await asyncio.wait_for(queue.lease_lost(job), 20)
            assert refused == [{job.id}]


async def test_a_worker_that_leases_its_own_recovered_job_keeps_the_new_lease(
    queue_settings: QueueSettings,
) -> None:
    """The old one is lost at once, and renewal of it does not take the new one along."""
    settings = replace(queue_settings, lock_s=8, renew_s=1)
    keys = QueueKeys(settings.prefix, settings.queue_name)
    async with at_work(settings) as (queue, old):
        await command(settings, "DEL", str(keys.lock(old.id)))
        await command(settings, "SADD", keys.stalled, old.id)
        new = await leased(queue, within_s=30)
        assert (new.id, new.attempts_started) == (old.id, old.attempts_started + 1)
        losing = asyncio.create_task(queue.lease_lost(new))
        await asyncio.wait_for(queue.lease_lost(old), 30)
        done, _ = await asyncio.wait({losing}, timeout=2.5 * settings.renew_s)
        assert not done
        assert (await queue.settle(new, Completed({}))).state is JobState.COMPLETED
        losing.cancel()
