"""Redis goes away, comes back, forgets its scripts or loses a reply; no job suffers for it."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.queue import (
    Completed,
    HandedBack,
    JobRequest,
    JobState,
    LeasedJob,
    LeaseLostError,
    QueueSettings,
    QueueUnavailableError,
    Retry,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.scripts import Script
from tests.redis_server import quick_settings
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


async def command(settings: QueueSettings, *words: str | int) -> None:
    """Send one command over a connection of its own."""
    link = RedisLink(settings, client_name="test")
    await link.call(*words)
    await link.close()


async def leased(queue: BullQueue, *, within_s: float = 5) -> LeasedJob:
    """Lease a job, however often the queue cannot be reached before the deadline."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        try:
            job = await queue.lease()
        except QueueUnavailableError:
            continue
        if job is not None:
            return job
    pytest.fail("no job came in time")


async def test_an_absent_server_is_told_in_one_sentence_without_secrets() -> None:
    """Opening neither waits nor fails; leasing says where nothing answers."""
    queue = BullQueue(QueueSettings(redis_url="redis://user:hunter2@127.0.0.1:1/0"))
    await queue.open()
    with pytest.raises(QueueUnavailableError, match="nothing listens there") as caught:
        await queue.lease()
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:1" in str(caught.value)
    await queue.close()


async def test_a_wrong_password_is_told(mortal_server: EmbeddedRedis) -> None:
    """The reason names the password, not a protocol error."""
    settings, secret = quick_settings(mortal_server.url), uuid.uuid4().hex
    await command(settings, "CONFIG", "SET", "requirepass", secret)
    queue = BullQueue(replace(settings, redis_password=f"not {secret}"))
    with pytest.raises(QueueUnavailableError, match="refused the password"):
        await queue.lease()
    await queue.close()
    right = BullQueue(replace(settings, redis_password=secret))
    await right.ping()
    await right.close()


async def test_a_job_is_taken_within_a_second_of_the_servers_start(
    mortal_server: EmbeddedRedis,
) -> None:
    """A worker that was there first needs no restart."""
    settings = quick_settings(mortal_server.url)
    producer = BullProducer(settings)
    await producer.add(REQUEST)
    mortal_server.stop()
    queue = BullQueue(settings)
    await queue.open()
    leasing = asyncio.create_task(leased(queue, within_s=20))
    await asyncio.wait({leasing}, timeout=1.5)
    await asyncio.to_thread(mortal_server.start)
    begin_s = time.monotonic()
    await leasing
    assert time.monotonic() - begin_s < 1
    await queue.close()
    await producer.close()


async def test_an_idle_worker_survives_a_crash_of_the_server(mortal_server: EmbeddedRedis) -> None:
    """Its next job is picked up soon after the server is back."""
    settings = quick_settings(mortal_server.url)
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    assert await queue.lease() is None
    leasing = asyncio.create_task(leased(queue, within_s=20))
    await asyncio.wait({leasing}, timeout=0.2)
    await asyncio.to_thread(mortal_server.kill)
    await asyncio.wait({leasing}, timeout=0.5)
    await asyncio.to_thread(mortal_server.start)
    begin_s = time.monotonic()
    await producer.add(REQUEST)
    await leasing
    assert time.monotonic() - begin_s < 1
    await queue.close()
    await producer.close()


async def test_a_finished_job_outlives_a_short_outage(mortal_server: EmbeddedRedis) -> None:
    """Settling waits for the server as long as the lock lives, and no attempt is counted twice."""
    settings = replace(quick_settings(mortal_server.url), lock_s=8, renew_s=0.2)
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    added = await producer.add(REQUEST)
    job = await leased(queue)
    await asyncio.to_thread(mortal_server.kill)
    settling = asyncio.create_task(queue.settle(job, Completed({"ok": True})))
    await asyncio.wait({settling}, timeout=0.5)
    await asyncio.to_thread(mortal_server.start)
    assert (await settling).state is JobState.COMPLETED
    status = await producer.status(added.id)
    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    await queue.close()
    await producer.close()


async def test_a_lock_that_cannot_be_renewed_is_given_up_in_time(
    mortal_server: EmbeddedRedis,
) -> None:
    """The worker stops before Redis would let another one in."""
    settings = quick_settings(mortal_server.url)
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    await producer.add(REQUEST)
    job = await leased(queue)
    await asyncio.to_thread(mortal_server.kill)
    begin_s = time.monotonic()
    await asyncio.wait_for(queue.lease_lost(job), 5)
    assert time.monotonic() - begin_s <= settings.lock_s
    with pytest.raises(LeaseLostError):
        await queue.settle(job, Completed({}))
    await queue.close()
    await producer.close()


async def test_a_blackholed_server_costs_the_lock_but_not_the_worker(
    mortal_server: EmbeddedRedis,
) -> None:
    """Half-open connections are noticed by time, and the job is taken again afterwards."""
    async with Relay(mortal_server.port) as relay:
        settings = replace(quick_settings(relay.url), reply_timeout_s=0.3)
        queue = BullQueue(settings)
        producer = BullProducer(replace(settings, redis_url=mortal_server.url))
        await queue.open()
        await producer.add(REQUEST)
        job = await leased(queue)
        relay.silence()
        await asyncio.wait_for(queue.lease_lost(job), 5)
        relay.resume()
        assert (await leased(queue)).id == job.id
        await queue.close()
        await producer.close()


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


async def test_memory_that_is_full_fails_no_job(mortal_server: EmbeddedRedis) -> None:
    """Leasing says why nothing is leased, and goes on when there is room again."""
    settings = quick_settings(mortal_server.url)
    queue, producer = BullQueue(settings), BullProducer(settings)
    added = await producer.add(REQUEST)
    await command(settings, "CONFIG", "SET", "maxmemory", 1)
    with pytest.raises(QueueUnavailableError, match="out of memory"):
        await queue.lease()
    with pytest.raises(QueueUnavailableError, match="out of memory"):
        await producer.add(REQUEST)
    await command(settings, "CONFIG", "SET", "maxmemory", 0)
    job = await leased(queue)
    assert (job.id, job.stalled_count) == (added.id, 0)
    await queue.close()
    await producer.close()


async def test_a_replica_that_is_read_only_fails_no_job(mortal_server: EmbeddedRedis) -> None:
    """A settlement waits until the server takes writes again."""
    settings = replace(quick_settings(mortal_server.url), lock_s=8, renew_s=0.2)
    queue, producer = BullQueue(settings), BullProducer(settings)
    added = await producer.add(REQUEST)
    job = await leased(queue)
    await command(settings, "REPLICAOF", "127.0.0.1", 1)
    settling = asyncio.create_task(queue.settle(job, Completed({})))
    done, _ = await asyncio.wait({settling}, timeout=0.5)
    assert not done
    await command(settings, "REPLICAOF", "NO", "ONE")
    assert (await settling).state is JobState.COMPLETED
    status = await producer.status(added.id)
    assert status is not None
    assert status.state is JobState.COMPLETED
    await queue.close()
    await producer.close()
