"""Every job that ends is counted once in Redis, whoever ends it and however."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from preview_worker.queue import Completed, Failed, HandedBack, JobRequest, QueueSettings, Retry
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.controller import BullControls
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.tally import QueueTally

pytestmark = pytest.mark.anyio

DEAD = Failed("permanent.render", "it cannot be rendered")


@pytest.fixture
async def queue(queue_settings: QueueSettings) -> AsyncIterator[BullQueue]:
    """A queue of its own for each test."""
    queue = BullQueue(queue_settings)
    await queue.open()
    yield queue
    await queue.close()


@pytest.fixture
async def producer(queue_settings: QueueSettings) -> AsyncIterator[BullProducer]:
    """Whoever adds the jobs."""
    producer = BullProducer(queue_settings)
    yield producer
    await producer.close()


async def test_a_new_queue_has_counted_nothing(queue: BullQueue) -> None:
    """Keys that are not there are zeros."""
    assert await queue.tally() == QueueTally(completed=0, failed=0, dead_letters=0)


async def test_the_end_of_a_job_counts_and_its_attempts_do_not(
    queue: BullQueue, producer: BullProducer
) -> None:
    """Handed back, tried again, completed: that is one completed job."""
    await producer.add(JobRequest(payload={}, backoff_ms=0))
    for outcome in (HandedBack(), Retry("transient.disk", "full"), Completed({})):
        job = await queue.lease()
        assert job is not None
        await queue.settle(job, outcome)

    assert await queue.tally() == QueueTally(completed=1, failed=0, dead_letters=0)


async def test_a_dead_job_counts_as_failed_and_as_a_letter(
    queue: BullQueue, producer: BullProducer
) -> None:
    """The letter may be dropped; that the job failed stays true."""
    await producer.add(JobRequest(payload={}))
    job = await queue.lease()
    assert job is not None
    await queue.settle(job, DEAD)

    assert await queue.tally() == QueueTally(completed=0, failed=1, dead_letters=1)


async def test_a_job_that_is_cancelled_while_it_waits_counts_as_failed(
    queue_settings: QueueSettings, producer: BullProducer
) -> None:
    """No worker ran it, and it has ended all the same."""
    added = await producer.add(JobRequest(payload={}))
    controls = BullControls(queue_settings)
    await controls.cancel(added.id, "not wanted")
    tally = await controls.tally()
    await controls.close()

    assert (tally.completed, tally.failed) == (0, 1)


async def test_a_job_that_nobody_can_read_counts_as_failed(
    queue: BullQueue, producer: BullProducer, queue_settings: QueueSettings
) -> None:
    """It is failed on the way to the next job."""
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    link = RedisLink(queue_settings, client_name="test")
    await link.call("HSET", keys.job("odd"), "name", "x", "data", "{}", "opts", "no JSON")
    await link.call("LPUSH", keys.wait, "odd")
    await link.close()
    good = await producer.add(JobRequest(payload={}))
    job = await queue.lease()

    assert job is not None
    assert job.id == good.id
    assert (await queue.tally()).failed == 1


async def test_obliterating_the_queue_begins_the_count_anew(
    queue: BullQueue, producer: BullProducer, queue_settings: QueueSettings
) -> None:
    """Prometheus takes that for a counter that was reset, which it is."""
    await producer.add(JobRequest(payload={}))
    job = await queue.lease()
    assert job is not None
    await queue.settle(job, Completed({}))
    controls = BullControls(queue_settings)
    await controls.obliterate(force=True)
    await controls.close()

    assert (await queue.tally()).completed == 0


async def test_the_age_of_locks_is_that_of_the_one_renewed_least_recently(
    queue_settings: QueueSettings, producer: BullProducer
) -> None:
    """A lock that is renewed does not hide another that is not; without locks there is no age."""
    queue = BullQueue(replace(queue_settings, lock_s=60, renew_s=50))
    await queue.open()
    none_held_s = queue.lock_age_s()
    for _ in range(2):
        await producer.add(JobRequest(payload={}))
    first = await queue.lease()
    leased_s = time.monotonic()
    second = await queue.lease()
    assert first is not None
    assert second is not None
    await queue.confirm(second)
    least_s, age_s = time.monotonic() - leased_s, queue.lock_age_s()
    began_s = time.monotonic()
    await queue.confirm(first)
    await queue.confirm(second)
    renewed_s, most_s = queue.lock_age_s(), time.monotonic() - began_s
    await queue.close()

    assert none_held_s == 0
    assert age_s >= least_s
    assert 0 < renewed_s <= most_s
