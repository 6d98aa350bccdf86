"""Redis goes away, comes back, forgets its scripts or loses a reply; no job suffers for it."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import replace
from typing import cast

import pytest

from preview_worker.queue import (
    Completed,
    JobRequest,
    JobState,
    LeasedJob,
    Outcome,
    QueueSettings,
    QueueUnavailableError,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.cancellations import CancelWatcher
from preview_worker.queue.keeper import LeaseKeeper
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.recovery import StallRecoverer
from preview_worker.worker.executor import Executor
from preview_worker.worker.runner import Runner
from preview_worker.worker.settings import WorkerSettings
from tests.conformance.yard import Notes
from tests.redis_server import MortalRedis, command, leased, quick_settings
from tests.tries import tries

pytestmark = pytest.mark.anyio

REQUEST = JobRequest(payload={"a": 1}, priority=2)


async def test_an_absent_server_is_told_in_one_sentence_without_secrets() -> None:
    """Opening neither waits nor fails; leasing says where nothing answers."""
    queue = BullQueue(QueueSettings(redis_url="redis://user:hunter2@127.0.0.1:1/0"))
    await queue.open()
    with pytest.raises(QueueUnavailableError, match="nothing listens there") as caught:
        await queue.lease()
    assert "hunter2" not in str(caught.value)
    assert "127.0.0.1:1" in str(caught.value)
    await queue.close()


async def test_a_wrong_password_is_told(mortal_server: MortalRedis) -> None:
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
    mortal_server: MortalRedis,
) -> None:
    """A worker that was there first needs no restart."""
    settings = quick_settings(mortal_server.url)
    producer = BullProducer(settings)
    for attempt in tries():
        await producer.add(REQUEST)
        await asyncio.to_thread(mortal_server.stop)
        queue = BullQueue(settings)
        await queue.open()
        leasing = asyncio.create_task(leased(queue, within_s=60))
        await asyncio.wait({leasing}, timeout=1.5)
        await asyncio.to_thread(mortal_server.start)
        begin_s = time.monotonic()
        job = await leasing
        took_s = time.monotonic() - begin_s
        await queue.settle(job, Completed({}))
        await queue.close()
        with attempt:
            assert took_s < 1
    await producer.close()


async def test_an_idle_worker_survives_a_crash_of_the_server(mortal_server: MortalRedis) -> None:
    """Its next job is picked up within a second of its submission to the server that is back."""
    settings = quick_settings(mortal_server.url)
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    assert await queue.lease() is None
    for attempt in tries():
        leasing = asyncio.create_task(leased(queue, within_s=60))
        await asyncio.wait({leasing}, timeout=0.2)
        await asyncio.to_thread(mortal_server.kill)
        await asyncio.wait({leasing}, timeout=0.5)
        await asyncio.to_thread(mortal_server.start)
        begin_s = time.monotonic()
        await producer.add(REQUEST)
        job = await leasing
        took_s = time.monotonic() - begin_s
        await queue.settle(job, Completed({}))
        with attempt:
            assert took_s < 1
    await queue.close()
    await producer.close()


async def test_a_finished_job_outlives_a_short_outage(mortal_server: MortalRedis) -> None:
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


async def test_memory_that_is_full_fails_no_job(mortal_server: MortalRedis) -> None:
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


async def test_a_replica_that_is_read_only_fails_no_job(mortal_server: MortalRedis) -> None:
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


async def test_a_worker_that_stops_in_an_outage_does_not_wait_for_its_end(
    mortal_server: MortalRedis,
) -> None:
    """What it held is recovered by others, or by itself after its next start."""
    settings = quick_settings(mortal_server.url)
    queue, producer = BullQueue(settings), BullProducer(settings)
    added = await producer.add(REQUEST)
    executing = asyncio.Event()

    class Endless:
        async def execute(self, job: LeasedJob, _trace: object) -> Outcome:
            executing.set()
            await asyncio.Event().wait()
            raise AssertionError(job)

    worker = WorkerSettings(concurrency=1, grace_s=0.2, kill_after_s=0.2)
    runner = Runner("q", queue, cast("Executor", Endless()), Notes(), worker)
    running = asyncio.create_task(runner.run())
    await asyncio.wait_for(executing.wait(), 20)
    await asyncio.to_thread(mortal_server.kill)
    runner.stop()
    await asyncio.wait_for(running, 30)  # there is no server again before that
    await asyncio.to_thread(mortal_server.start)
    other = BullQueue(settings)
    await other.open()
    job = await leased(other)
    assert (job.id, job.attempts_made) == (added.id, 0)
    await other.close()
    await producer.close()


@pytest.mark.parametrize("part", ["keeper", "recoverer", "canceller"])
async def test_background_work_that_ends_is_no_secret(
    queue_settings: QueueSettings, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """P14: without it a worker would run jobs and not keep their locks."""
    begun = asyncio.Event()

    async def stumble(_: object) -> None:
        begun.set()
        raise ZeroDivisionError

    loops = {"keeper": "_renew", "recoverer": "_check_for_ever", "canceller": "_read_for_ever"}
    kinds = {"keeper": LeaseKeeper, "recoverer": StallRecoverer, "canceller": CancelWatcher}
    monkeypatch.setattr(kinds[part], loops[part], stumble)
    queue = BullQueue(queue_settings)
    assert queue.trouble() is None
    await queue.open()
    await begun.wait()
    await asyncio.sleep(0)
    assert queue.trouble() is not None
    with pytest.raises(RuntimeError, match="does not go on"):
        await queue.lease()
    await queue.close()


async def test_an_outage_is_no_trouble_of_the_background_work(mortal_server: MortalRedis) -> None:
    """P14, R2: restarting the worker would not bring Redis back."""
    settings = quick_settings(mortal_server.url)
    queue = BullQueue(settings)
    await queue.open()
    await asyncio.to_thread(mortal_server.kill)
    with pytest.raises(QueueUnavailableError):
        await leased_or_raise(queue)
    assert queue.trouble() is None
    await queue.close()


async def leased_or_raise(queue: BullQueue) -> None:
    """Lease until the queue says that it cannot."""
    while True:
        await queue.lease()
