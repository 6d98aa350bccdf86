"""What every queue promises on settling, in memory and in Redis."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from preview_worker.queue import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    JobState,
    Retry,
)
from tests.conformance.yard import EARLY_S, LONG_S, REQUEST, Yard, leased, state_of
from tests.tries import tries

pytestmark = pytest.mark.anyio


async def test_a_completed_job_keeps_its_result(yard: Yard) -> None:
    """The result is there for the producer to read, as one attempt."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    settlement = await queue.settle(await leased(queue), Completed({"status": "success"}))
    status = await yard.producer.status(added.id)
    assert settlement.state is JobState.COMPLETED
    assert settlement.next_job is None
    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    assert status.return_value == {"status": "success"}
    assert status.finished_on_ms is not None


async def test_a_retry_waits_for_the_backoff(yard: Yard) -> None:
    """A failed attempt is counted and the job comes again when its pause is over."""
    queue = await yard.open_worker()
    for attempt in tries():
        added = await yard.producer.add(replace(REQUEST, backoff_ms=300))
        job = await leased(queue)
        begin_s = time.monotonic()
        settlement = await queue.settle(job, Retry("transient.disk", "no space"))
        assert settlement.state is JobState.DELAYED
        assert await state_of(yard, added.id) is JobState.DELAYED
        again = await leased(queue)
        took_s = time.monotonic() - begin_s
        assert (again.id, again.attempts_made, again.attempts_started) == (job.id, 1, 2)
        assert took_s > 0.3 - EARLY_S
        with attempt:
            assert took_s < 1.0


async def test_a_retry_without_backoff_is_ready_at_once(yard: Yard) -> None:
    """A producer that asked for no pause gets none."""
    queue = await yard.open_worker()
    await yard.producer.add(replace(REQUEST, backoff_ms=0, priority=1))
    settlement = await queue.settle(await leased(queue), Retry("transient.disk", "no space"))
    assert settlement.state is JobState.PRIORITIZED
    assert (await leased(queue)).attempts_made == 1


async def test_a_retry_of_the_last_attempt_fails(yard: Yard) -> None:
    """When all attempts are used up the job fails with the last reason."""
    queue = await yard.open_worker()
    added = await yard.producer.add(replace(REQUEST, attempts=2))
    await queue.settle(await leased(queue), Retry("transient.disk", "first"))
    settlement = await queue.settle(await leased(queue), Retry("transient.disk", "second"))
    status = await yard.producer.status(added.id)
    assert settlement.state is JobState.FAILED
    assert status is not None
    assert (status.failed_reason, status.attempts_made) == ("second", 2)


@pytest.mark.parametrize("outcome", [Failed("invalid.payload", "Bad: x"), Cancelled("Bad: x")])
async def test_a_failure_is_final_and_keeps_its_exact_reason(
    yard: Yard, outcome: Failed | Cancelled
) -> None:
    """Attempts that are left are not used, and the reason is stored as it was given."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    settlement = await queue.settle(await leased(queue), outcome)
    status = await yard.producer.status(added.id)
    assert settlement.state is JobState.FAILED
    assert status is not None
    assert (status.state, status.failed_reason) == (JobState.FAILED, "Bad: x")
    assert await queue.lease() is None


async def test_a_job_that_is_handed_back_costs_nothing(yard: Yard) -> None:
    """It waits again in front of its equals, with all its attempts."""
    queue = await yard.open_worker()
    for job_id in ("a", "b"):
        await yard.producer.add(replace(REQUEST, job_id=job_id, priority=2))
    settlement = await queue.settle(await leased(queue), HandedBack())
    assert settlement.state is JobState.PRIORITIZED
    again = await leased(queue)
    assert (again.id, again.attempts_made, again.stalled_count) == ("a", 0, 0)
    assert again.attempts_started == 2


@pytest.mark.parametrize("priority", [0, 2])
async def test_a_job_that_is_handed_back_wakes_another_worker(yard: Yard, priority: int) -> None:
    """A worker that waits takes it at once."""
    first, second = await yard.open_worker(), await yard.open_worker(block_s=LONG_S)
    for attempt in tries():
        await yard.producer.add(replace(REQUEST, priority=priority))
        job = await leased(first)
        waiting = asyncio.create_task(leased(second))
        await asyncio.wait({waiting}, timeout=0.1)
        begin_s = time.monotonic()
        await first.settle(job, HandedBack())
        assert (await waiting).id == job.id
        took_s = time.monotonic() - begin_s
        with attempt:
            assert took_s < 0.2


async def test_progress_is_seen_by_the_producer(yard: Yard) -> None:
    """A number from 0 to 100."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    job = await leased(queue)
    await queue.progress(job, 42)
    await queue.log(job, "painting")
    status = await yard.producer.status(added.id)
    assert status is not None
    assert status.progress == 42


async def test_a_job_whose_producer_keeps_nothing_is_gone_when_done(yard: Yard) -> None:
    """A count of 0 removes it at once."""
    queue = await yard.open_worker()
    added = await yard.producer.add(replace(REQUEST, keep_completed=(3600, 0)))
    settlement = await queue.settle(await leased(queue), Completed({}))
    assert settlement.state is JobState.COMPLETED
    assert await yard.producer.status(added.id) is None


async def test_only_so_many_completed_jobs_are_kept(yard: Yard) -> None:
    """The oldest are forgotten when more than the count are there."""
    queue = await yard.open_worker()
    for _ in range(4):
        await yard.producer.add(replace(REQUEST, keep_completed=(3600, 2)))
        await queue.settle(await leased(queue), Completed({}))
    assert (await queue.counts()).completed == 2


async def test_a_result_that_is_no_json_leaves_the_job_leased(yard: Yard) -> None:
    """The mistake is the worker's, so the job must not pay for it."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    job = await leased(queue)
    with pytest.raises((TypeError, ValueError)):
        await queue.settle(job, Completed({"x": float("nan")}))
    assert await state_of(yard, added.id) is JobState.ACTIVE
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
