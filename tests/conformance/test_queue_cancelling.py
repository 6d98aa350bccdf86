"""What cancelling a job promises, wherever the job is, in memory and in Redis."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from preview_worker.queue import (
    CancelAnswer,
    Cancelled,
    Completed,
    ControlRefusedError,
    HandedBack,
    JobQueue,
    JobState,
    LeasedJob,
    Outcome,
    Retry,
)
from tests.conformance.yard import REQUEST, Yard, leased, state_of
from tests.tries import tries

pytestmark = pytest.mark.anyio

REASON = "The rulebook was withdrawn"


@pytest.mark.parametrize("changes", [{}, {"priority": 3}, {"delay_ms": 60_000}])
async def test_a_job_that_waits_fails_at_once(yard: Yard, changes: dict[str, int]) -> None:
    """It is neither run nor gone: its producer finds it failed, with the reason."""
    request = replace(REQUEST, **changes)  # type: ignore[arg-type]  # all of them are integers
    added = await yard.producer.add(request)
    assert await yard.controls.cancel(added.id, REASON) is CancelAnswer.CANCELLED
    status = await yard.producer.status(added.id)
    assert status is not None
    assert (status.state, status.failed_reason) == (JobState.FAILED, REASON)
    assert await yard.worker().lease() is None


async def test_a_running_job_is_told_to_its_worker(yard: Yard) -> None:
    """Well within a second, and only to the one that runs it."""
    queue = await yard.open_worker()
    await yard.producer.add(REQUEST)
    spared = asyncio.create_task(queue.cancelled(await leased(queue)))
    for attempt in tries():
        await yard.producer.add(REQUEST)
        job = await leased(queue)
        meant = asyncio.create_task(queue.cancelled(job))
        began_s = time.monotonic()
        assert await yard.controls.cancel(job.id, REASON) is CancelAnswer.REQUESTED
        assert await asyncio.wait_for(meant, 20) == REASON
        took_s = time.monotonic() - began_s
        assert not spared.done()
        with attempt:
            assert took_s < 1
    spared.cancel()


async def test_a_cancelled_job_fails_whatever_attempts_are_left(yard: Yard) -> None:
    """Nobody tries it again."""
    queue = await yard.open_worker()
    added = await yard.producer.add(replace(REQUEST, attempts=5))
    job = await leased(queue)
    await yard.controls.cancel(job.id, REASON)
    reason = await asyncio.wait_for(queue.cancelled(job), 20)
    assert (await queue.settle(job, Cancelled(reason))).state is JobState.FAILED
    status = await yard.producer.status(added.id)
    assert status is not None
    assert status.failed_reason == REASON
    assert await queue.lease() is None


async def test_a_request_outlives_the_worker_that_ran_the_job(yard: Yard) -> None:
    """Whoever takes the job next is told at once."""
    added = await yard.producer.add(REQUEST)
    await leased(yard.worker())
    assert await yard.controls.cancel(added.id, REASON) is CancelAnswer.REQUESTED
    heir = await yard.open_worker()
    job = await leased(heir)
    assert await asyncio.wait_for(heir.cancelled(job), 20) == REASON


async def test_a_job_whose_end_was_asked_for_before_it_is_put_aside_fails(yard: Yard) -> None:
    """Nobody runs it for a while then, so nobody would be told."""
    yard.settings = replace(yard.settings, project_max_active=1)
    queue = await yard.open_worker()
    for _ in range(2):
        await yard.producer.add(replace(REQUEST, priority=2))
    seated, job = await leased(queue), await leased(queue)
    assert await queue.claim(seated, "lighthouse") is None
    await _ask_and_be_heard(yard, queue, job, seated)
    assert await queue.claim(job, "lighthouse") is not None
    status = await yard.producer.status(job.id)
    assert status is not None
    assert (status.state, status.failed_reason) == (JobState.FAILED, REASON)


@pytest.mark.parametrize("outcome", [Retry("transient.render", "crashed"), HandedBack()])
async def test_a_job_whose_end_was_asked_for_before_it_goes_back_fails(
    yard: Yard, outcome: Outcome
) -> None:
    """Its next attempt may be hours away."""
    queue = await yard.open_worker()
    await yard.producer.add(REQUEST)
    await yard.producer.add(replace(REQUEST, backoff_ms=3_600_000))
    other, job = await leased(queue), await leased(queue)
    await _ask_and_be_heard(yard, queue, job, other)
    await queue.settle(job, outcome)
    status = await yard.producer.status(job.id)
    assert status is not None
    assert (status.state, status.failed_reason) == (JobState.FAILED, REASON)


async def _ask_and_be_heard(yard: Yard, queue: JobQueue, job: LeasedJob, later: LeasedJob) -> None:
    """Ask for the end of a job that nobody watches; return when its worker has heard of it.

    Requests are heard in turn, so ``later``, a job of the same worker, is asked for as well.
    """
    assert await yard.controls.cancel(job.id, REASON) is CancelAnswer.REQUESTED
    told = asyncio.create_task(queue.cancelled(later))
    await yard.controls.cancel(later.id, REASON)
    await asyncio.wait_for(told, 10)


async def test_a_request_is_done_with_when_the_job_has_ended(yard: Yard) -> None:
    """A job that is retried on purpose afterwards runs, on whatever worker."""
    queue, other = await yard.open_worker(), await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    job = await leased(queue)
    await yard.controls.cancel(added.id, REASON)
    await queue.settle(job, Cancelled(await asyncio.wait_for(queue.cancelled(job), 20)))
    await yard.controls.retry(added.id)
    again = await leased(other)
    told = asyncio.create_task(other.cancelled(again))
    done, _ = await asyncio.wait({told}, timeout=0.3)
    told.cancel()
    assert not done
    assert (await other.settle(again, Completed({}))).state is JobState.COMPLETED


async def test_a_job_that_has_ended_cannot_be_cancelled(yard: Yard) -> None:
    """Nor one that does not exist; nothing changes."""
    queue = yard.worker()
    added = await yard.producer.add(REQUEST)
    await queue.settle(await leased(queue), Completed({}))
    with pytest.raises(ControlRefusedError, match=f"Job {added.id} is completed already"):
        await yard.controls.cancel(added.id)
    with pytest.raises(ControlRefusedError, match="Job nobody not found"):
        await yard.controls.cancel("nobody")
    assert await state_of(yard, added.id) is JobState.COMPLETED


async def test_a_job_that_waits_can_be_cancelled_while_the_queue_is_paused(yard: Yard) -> None:
    """A pause keeps workers away, not operators."""
    added = await yard.producer.add(REQUEST)
    await yard.controls.pause()
    assert await yard.controls.cancel(added.id, REASON) is CancelAnswer.CANCELLED
    counts = await yard.controls.counts()
    assert (counts.failed, counts.ready, counts.active, counts.paused) == (1, 0, 0, True)
