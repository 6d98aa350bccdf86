"""What every queue promises on leasing, in memory and in Redis."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from dataclasses import replace

import pytest

from preview_worker.queue import (
    Completed,
    Failed,
    JobState,
)
from tests.conformance.yard import EARLY_S, LONG_S, REQUEST, Yard, leased, state_of
from tests.tries import tries

pytestmark = pytest.mark.anyio


async def test_a_lease_ends_with_nothing_after_the_block_time(yard: Yard) -> None:
    """An empty queue gives no job, and says so in time."""
    queue = await yard.open_worker()
    begin_s = time.monotonic()
    assert await queue.lease() is None
    assert 0.4 < time.monotonic() - begin_s < 1.5


async def test_a_leased_job_is_what_was_added(yard: Yard) -> None:
    """Payload, name and options arrive as the producer gave them."""
    queue = await yard.open_worker()
    before_ms = time.time_ns() // 1_000_000
    added = await yard.producer.add(replace(REQUEST, priority=2, job_id="job-1"))
    job = await leased(queue)
    assert (added.id, added.duplicate) == ("job-1", False)
    assert (job.id, job.name, job.priority) == ("job-1", "render-preview", 2)
    assert json.loads(job.payload) == {"jobId": "a", "text": "é"}
    assert (job.attempts_made, job.attempts_started, job.max_attempts) == (0, 1, 5)
    assert before_ms <= job.added_at_ms <= time.time_ns() // 1_000_000


async def test_jobs_come_by_priority_and_age(yard: Yard) -> None:
    """No priority comes first, then the smaller number, and the older of equals."""
    queue = await yard.open_worker()
    for job_id, priority in [("c", 2), ("d", 2), ("b", 1), ("a", 0)]:
        await yard.producer.add(replace(REQUEST, job_id=job_id, priority=priority))
    assert [(await leased(queue)).id for _ in range(4)] == ["a", "b", "c", "d"]


async def test_a_waiting_lease_gets_a_job_that_is_added(yard: Yard) -> None:
    """A worker that waits is woken up at once."""
    queue = await yard.open_worker(block_s=LONG_S)
    for attempt in tries():
        waiting = asyncio.create_task(queue.lease())
        await asyncio.wait({waiting}, timeout=0.1)
        begin_s = time.monotonic()
        await yard.producer.add(REQUEST)
        job = await waiting
        took_s = time.monotonic() - begin_s
        assert job is not None
        with attempt:
            assert took_s < 0.2


async def test_every_waiting_slot_gets_a_job(yard: Yard) -> None:
    """Several leases may wait at once, and each gets a job of its own."""
    queue = await yard.open_worker()
    waiting = [asyncio.create_task(leased(queue)) for _ in range(3)]
    await asyncio.wait(waiting, timeout=0.1)
    for _ in waiting:
        await yard.producer.add(REQUEST)
    assert len({(await task).id for task in waiting}) == 3


async def test_settling_brings_the_next_job(yard: Yard) -> None:
    """One call ends a job and begins the next; the last one brings none."""
    queue = await yard.open_worker()
    for job_id in ("a", "b"):
        await yard.producer.add(replace(REQUEST, job_id=job_id))
    first = await queue.settle(await leased(queue), Completed({}), lease_next=True)
    assert first.next_job is not None
    assert first.next_job.id == "b"
    second = await queue.settle(first.next_job, Completed({}), lease_next=True)
    assert second.next_job is None


async def test_a_delayed_job_comes_when_it_is_due(yard: Yard) -> None:
    """Never before, and not much later."""
    queue = await yard.open_worker()
    for attempt in tries():
        begin_s = time.monotonic()
        added = await yard.producer.add(replace(REQUEST, delay_ms=700))
        assert await state_of(yard, added.id) is JobState.DELAYED
        assert (await leased(queue)).id == added.id
        took_s = time.monotonic() - begin_s
        assert took_s > 0.7 - EARLY_S
        with attempt:
            assert took_s < 0.9


async def test_a_job_is_leased_by_one_worker_only(yard: Yard) -> None:
    """Two workers share the queue without sharing a job."""
    queues = [await yard.open_worker(), await yard.open_worker()]
    for number in range(20):
        await yard.producer.add(replace(REQUEST, job_id=f"job-{number}"))
    pairs = itertools.islice(itertools.cycle(queues), 20)
    jobs = await asyncio.gather(*(leased(queue) for queue in pairs))
    assert len({job.id for job in jobs}) == 20


async def test_counts_tell_every_state(yard: Yard) -> None:
    """Prioritized jobs count as ready like waiting ones."""
    queue = await yard.open_worker()
    await yard.producer.add(REQUEST)
    await queue.settle(await leased(queue), Completed({}))
    await yard.producer.add(REQUEST)
    await queue.settle(await leased(queue), Failed("invalid.payload", "no"))
    await yard.producer.add(REQUEST)
    await leased(queue)
    await yard.producer.add(REQUEST)
    await yard.producer.add(replace(REQUEST, priority=1))
    await yard.producer.add(replace(REQUEST, delay_ms=60_000))
    counts = await queue.counts()
    assert (counts.waiting, counts.prioritized, counts.ready) == (1, 1, 2)
    assert (counts.active, counts.delayed, counts.completed, counts.failed) == (1, 1, 1, 1)
    assert counts.total == 6


async def test_opening_and_closing_twice_does_no_harm(yard: Yard) -> None:
    """A worker that stops in a hurry may do either more than once."""
    queue = await yard.open_worker()
    await queue.open()
    await queue.ping()
    await queue.close()
    await queue.close()
