"""What every queue promises on locks, in memory and in Redis."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from preview_worker.events import JobsRecovered, LeaseLost
from preview_worker.queue import (
    Completed,
    JobState,
    LeaseLostError,
)
from tests.conformance.yard import REQUEST, Yard, leased, state_of
from tests.redis_server import OUTLASTING_LOCK_S

pytestmark = pytest.mark.anyio


async def test_a_lost_lock_refuses_the_settlement(yard: Yard) -> None:
    """Who does not hold the lock cannot tell how the job ended."""
    queue = yard.worker()
    added = await yard.producer.add(REQUEST)
    job = await leased(queue)
    await yard.break_lock(job)
    with pytest.raises(LeaseLostError, match=added.id):
        await queue.settle(job, Completed({}))
    assert await state_of(yard, added.id) is not JobState.COMPLETED


async def test_a_lost_lock_is_told(yard: Yard) -> None:
    """Whoever runs the job learns of it within a renewal or two."""
    queue = await yard.open_worker()
    await yard.producer.add(REQUEST)
    job = await leased(queue)
    await yard.break_lock(job)
    await asyncio.wait_for(queue.lease_lost(job), 2)
    assert LeaseLost(job_id=job.id) in yard.notes.events


async def test_a_lock_is_renewed_for_as_long_as_the_job_runs(yard: Yard) -> None:
    """A job that runs longer than a lock lives is neither lost nor given to another."""
    yard.settings = replace(yard.settings, lock_s=OUTLASTING_LOCK_S)
    queue, other = await yard.open_worker(), await yard.open_worker()
    await yard.producer.add(REQUEST)
    job = await leased(queue)
    lost = asyncio.create_task(queue.lease_lost(job))
    done, _ = await asyncio.wait({lost}, timeout=1.5 * OUTLASTING_LOCK_S)
    lost.cancel()
    assert not done
    assert await other.lease() is None
    assert await queue.confirm(job)
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED


async def test_confirming_tells_whose_lock_it_is(yard: Yard) -> None:
    """True while the lock is ours, False when it was lost."""
    queue = yard.worker()
    await yard.producer.add(REQUEST)
    job = await leased(queue)
    assert await queue.confirm(job)
    await yard.break_lock(job)
    assert not await queue.confirm(job)


async def test_the_job_of_a_silent_worker_is_recovered(yard: Yard) -> None:
    """Another worker takes it when its lock ran out; it counts as a stall, not as an attempt."""
    silent = yard.worker()
    added = await yard.producer.add(REQUEST)
    await leased(silent)
    job = await leased(await yard.open_worker())
    assert job.id == added.id
    assert (job.attempts_made, job.attempts_started, job.stalled_count) == (0, 2, 1)
    assert JobsRecovered(job_ids=(added.id,)) in yard.notes.events


async def test_a_job_that_outlives_too_many_workers_fails(yard: Yard) -> None:
    """It is not given to yet another worker."""
    yard.settings = replace(yard.settings, max_stalled=0)
    added = await yard.producer.add(REQUEST)
    await leased(yard.worker())
    queue = await yard.open_worker()
    for _ in range(10):
        assert await queue.lease() is None
        if await state_of(yard, added.id) is JobState.FAILED:
            break
    status = await yard.producer.status(added.id)
    assert status is not None
    assert status.failed_reason == "job stalled more than allowable limit"
