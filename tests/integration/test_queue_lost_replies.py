"""A reply is lost, a script forgotten, a caller gone: nothing is done twice or left undone."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from preview_worker.queue import (
    Completed,
    HandedBack,
    JobRequest,
    JobState,
    QueueSettings,
    Retry,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.places import claim_script
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.scripts import Script
from tests.redis_server import command, leased
from tests.relay import Relay
from tests.tries import tries

pytestmark = pytest.mark.anyio

REQUEST = JobRequest(payload={"a": 1}, priority=2)


async def test_scripts_that_the_server_forgot_are_loaded_again(
    queue_settings: QueueSettings,
) -> None:
    """SCRIPT FLUSH between any two steps changes nothing."""
    queue, producer = BullQueue(queue_settings), BullProducer(queue_settings)
    added = await producer.add(replace(REQUEST, job_id="a"))
    job = await leased(queue)
    await command(queue_settings, "SCRIPT", "FLUSH")
    await queue.progress(job, 10)
    await command(queue_settings, "SCRIPT", "FLUSH")
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
    await command(queue_settings, "SCRIPT", "FLUSH")
    assert (await producer.add(replace(REQUEST, job_id="a"))).duplicate
    status = await producer.status(added.id)
    assert status is not None
    assert status.state is JobState.COMPLETED
    await queue.close()
    await producer.close()


async def test_a_lost_reply_to_a_lease_costs_no_stall(
    redis_server: EmbeddedRedis, queue_settings: QueueSettings
) -> None:
    """The job that was locked unheard is found by its token."""
    async with Relay(redis_server.port) as relay:
        queue = BullQueue(replace(queue_settings, redis_url=relay.url))
        producer = BullProducer(queue_settings)
        await producer.add(REQUEST)
        await queue.ping()
        await command(queue_settings, "SCRIPT", "LOAD", Script.MOVE_TO_ACTIVE.body.decode())
        relay.lose_reply_to(Script.MOVE_TO_ACTIVE.sha1)
        job = await leased(queue)
        assert relay.lost.is_set()
        assert (job.attempts_started, job.stalled_count) == (1, 0)
        assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
        await queue.close()
        await producer.close()


@pytest.mark.parametrize(
    ("outcome", "script", "state"),
    [
        (Completed({"n": 1}), Script.MOVE_TO_FINISHED, JobState.COMPLETED),
        (Retry("transient.disk", "full"), Script.MOVE_TO_DELAYED, JobState.DELAYED),
        (HandedBack(), Script.MOVE_ACTIVE_TO_WAIT, JobState.PRIORITIZED),
    ],
)
async def test_a_lost_reply_to_a_settlement_is_no_failure(
    redis_server: EmbeddedRedis,
    queue_settings: QueueSettings,
    outcome: Completed | Retry | HandedBack,
    script: Script,
    state: JobState,
) -> None:
    """What had been carried out is recognised as ours and not done twice."""
    async with Relay(redis_server.port) as relay:
        queue = BullQueue(replace(queue_settings, redis_url=relay.url))
        producer = BullProducer(queue_settings)
        added = await producer.add(replace(REQUEST, backoff_ms=60_000))
        job = await leased(queue)
        await command(queue_settings, "SCRIPT", "LOAD", script.body.decode())
        relay.lose_reply_to(script.sha1)
        assert (await queue.settle(job, outcome)).state is state
        assert relay.lost.is_set()
        status = await producer.status(added.id)
        assert status is not None
        assert status.state is state
        assert status.attempts_made == (0 if isinstance(outcome, HandedBack) else 1)
        await queue.close()
        await producer.close()


async def test_a_lost_reply_to_a_claim_neither_takes_two_places_nor_forgets_a_job(
    redis_server: EmbeddedRedis, queue_settings: QueueSettings
) -> None:
    """Who has a place has it still, and who was put aside is known to be; the next is taken up."""
    async with Relay(redis_server.port) as relay:
        queue = BullQueue(replace(queue_settings, redis_url=relay.url, project_max_active=1))
        producer = BullProducer(queue_settings)
        for job_id in ("a", "b", "c"):
            await producer.add(replace(REQUEST, job_id=job_id))
        first = await leased(queue)
        await command(queue_settings, "SCRIPT", "LOAD", claim_script().body.decode())
        relay.lose_reply_to(claim_script().sha1)
        assert await queue.claim(first, "lighthouse") is None
        assert relay.lost.is_set()
        second = await leased(queue)
        relay.lose_reply_to(claim_script().sha1)
        refusal = await queue.claim(second, "lighthouse", lease_next=True)
        assert refusal is not None
        assert relay.lost.is_set()
        assert (refusal.state, refusal.next_job and refusal.next_job.id) == (JobState.DELAYED, "c")
        await queue.settle(first, Completed({}))
        status = await producer.status("b")
        assert status is not None
        assert status.state is JobState.PRIORITIZED
        await queue.close()
        await producer.close()


async def test_the_next_job_of_a_lost_reply_is_taken_up(
    redis_server: EmbeddedRedis, queue_settings: QueueSettings
) -> None:
    """It was locked together with the settlement, so it must not wait for a stall."""
    async with Relay(redis_server.port) as relay:
        queue = BullQueue(replace(queue_settings, redis_url=relay.url))
        producer = BullProducer(queue_settings)
        for job_id in ("a", "b"):
            await producer.add(replace(REQUEST, job_id=job_id))
        job = await leased(queue)
        await command(queue_settings, "SCRIPT", "LOAD", Script.MOVE_TO_FINISHED.body.decode())
        relay.lose_reply_to(Script.MOVE_TO_FINISHED.sha1)
        settlement = await queue.settle(job, Completed({}), lease_next=True)
        assert settlement.next_job is not None
        assert settlement.next_job.id == "b"
        await queue.close()
        await producer.close()


async def test_a_lost_reply_to_an_addition_adds_once(
    redis_server: EmbeddedRedis, queue_settings: QueueSettings
) -> None:
    """With an id of its own a job is added exactly once, and not called a duplicate."""
    async with Relay(redis_server.port) as relay:
        producer = BullProducer(replace(queue_settings, redis_url=relay.url))
        await producer.status("none")
        await command(queue_settings, "SCRIPT", "LOAD", Script.ADD_PRIORITIZED.body.decode())
        relay.lose_reply_to(Script.ADD_PRIORITIZED.sha1)
        added = await producer.add(replace(REQUEST, job_id="mine"))
        assert relay.lost.is_set()
        assert not added.duplicate
        await producer.close()


@pytest.mark.parametrize("moment", ["waiting", "fetching"])
async def test_a_lease_that_is_cancelled_locks_nothing(
    redis_server: EmbeddedRedis, queue_settings: QueueSettings, moment: str
) -> None:
    """A job that was locked for a caller who left is given back at once."""
    async with Relay(redis_server.port) as relay:
        queue = BullQueue(replace(queue_settings, redis_url=relay.url))
        producer = BullProducer(queue_settings)
        if moment == "waiting":
            assert await queue.lease() is None
        else:
            await queue.ping()
            relay.silence()
            await producer.add(replace(REQUEST, job_id="a"))
        leasing = asyncio.create_task(queue.lease())
        await asyncio.wait({leasing}, timeout=0.1)
        leasing.cancel()
        await asyncio.gather(leasing, return_exceptions=True)
        relay.resume()
        await queue.close()
        if moment == "waiting":
            await producer.add(replace(REQUEST, job_id="a"))
        other = BullQueue(queue_settings)
        assert (await leased(other, within_s=0.4)).stalled_count == 0
        await other.close()
        await producer.close()


async def test_a_settlement_that_is_cancelled_strands_no_job(
    redis_server: EmbeddedRedis, queue_settings: QueueSettings
) -> None:
    """What it ended is ended, and what it locked for a caller who left is given back."""
    async with Relay(redis_server.port) as relay:
        queue = BullQueue(replace(queue_settings, redis_url=relay.url))
        producer = BullProducer(queue_settings)
        for job_id in ("a", "b"):
            await producer.add(replace(REQUEST, job_id=job_id))
        job = await leased(queue)
        relay.silence()
        settling = asyncio.create_task(queue.settle(job, Completed({}), lease_next=True))
        await asyncio.wait({settling}, timeout=0.1)
        settling.cancel()
        await asyncio.gather(settling, return_exceptions=True)
        relay.resume()
        await queue.close()
        status = await producer.status("a")
        assert status is not None
        assert status.state is JobState.COMPLETED
        other = BullQueue(queue_settings)
        next_job = await leased(other, within_s=0.4)
        assert (next_job.id, next_job.stalled_count) == ("b", 0)
        await other.close()
        await producer.close()


@pytest.mark.parametrize("end", ["busy", "closed"])
async def test_a_wake_up_that_nobody_answers_goes_to_another_worker(
    queue_settings: QueueSettings, end: str
) -> None:
    """A worker that stopped leasing, or has no free slot, does not keep it to itself."""
    patient = replace(queue_settings, block_s=20, reply_timeout_s=30)
    for attempt in tries():
        first, second, producer = BullQueue(patient), BullQueue(patient), BullProducer(patient)
        leasing = asyncio.create_task(first.lease())
        await asyncio.wait({leasing}, timeout=0.2)
        taking = asyncio.create_task(second.lease())
        await asyncio.wait({taking}, timeout=0.2)
        leasing.cancel()
        await asyncio.gather(leasing, return_exceptions=True)
        if end == "closed":
            await first.close()
        begin_s = time.monotonic()
        added = await producer.add(REQUEST)
        job = await taking
        took_s = time.monotonic() - begin_s
        assert job is not None
        assert job.id == added.id
        await second.settle(job, Completed({}))
        for client in (first, second, producer):
            await client.close()
        with attempt:
            assert took_s < 0.3
