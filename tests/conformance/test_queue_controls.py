"""What operators may rely on when they steer a queue, in memory and in Redis."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.queue import (
    ControlRefusedError,
    Failed,
    JobState,
    QueueLimits,
    RateLimit,
    Retry,
)
from tests.conformance.yard import REQUEST, Yard, leased, state_of

pytestmark = pytest.mark.anyio


async def add(yard: Yard, count: int = 1, **changes: object) -> list[str]:
    """Add jobs that differ from the usual request by ``changes``; return their ids."""
    request = replace(REQUEST, **changes)  # type: ignore[arg-type]  # fields of many types
    return [(await yard.producer.add(request)).id for _ in range(count)]


async def fail(yard: Yard, count: int = 1, **changes: object) -> list[str]:
    """Add jobs and fail each of them; return their ids."""
    job_ids = await add(yard, count, **changes)
    queue = yard.worker()
    for _ in job_ids:
        await queue.settle(await leased(queue), Failed("permanent.test", "it broke"))
    return job_ids


async def test_counts_tell_every_state(yard: Yard) -> None:
    """Jobs with a priority are counted apart from those without, as BullMQ does."""
    await fail(yard)
    await add(yard, 2)
    await add(yard, 3, priority=7)
    await add(yard, 4, delay_ms=60_000)
    counts = await yard.controls.counts()
    assert (counts.waiting, counts.prioritized, counts.delayed, counts.failed) == (2, 3, 4, 1)
    assert (counts.ready, counts.total, counts.paused) == (5, 10, False)


async def test_a_paused_queue_gives_no_job(yard: Yard) -> None:
    """Neither those that waited nor those that are added meanwhile, until it is resumed."""
    queue = yard.worker()
    await add(yard)
    await yard.controls.pause()
    await add(yard, priority=1)
    assert (await yard.controls.counts()).paused
    assert await queue.lease() is None
    await yard.controls.resume()
    assert not (await yard.controls.counts()).paused
    assert {(await leased(queue)).priority for _ in range(2)} == {0, 1}


async def test_pausing_and_resuming_twice_is_the_same_as_once(yard: Yard) -> None:
    """An operator who is not sure may ask again."""
    await add(yard)
    for _ in range(2):
        await yard.controls.pause()
    assert (await yard.controls.counts()).ready == 1
    for _ in range(2):
        await yard.controls.resume()
    assert await yard.worker().lease() is not None


async def test_draining_removes_what_waits(yard: Yard) -> None:
    """Running, delayed and finished jobs stay; it tells how many went."""
    await fail(yard)
    running = (await add(yard))[0]
    await leased(yard.worker())
    await add(yard, 2)
    await add(yard, 1, priority=3)
    delayed = (await add(yard, delay_ms=60_000))[0]
    assert await yard.controls.drain() == 3
    counts = await yard.controls.counts()
    assert (counts.ready, counts.failed) == (0, 1)
    assert await state_of(yard, running) is JobState.ACTIVE
    assert await state_of(yard, delayed) is JobState.DELAYED


async def test_draining_takes_delayed_jobs_along_when_asked(yard: Yard) -> None:
    """They count as well."""
    await add(yard, 2)
    await add(yard, 3, delay_ms=60_000)
    assert await yard.controls.drain(delayed=True) == 5
    assert (await yard.controls.counts()).total == 0


@pytest.mark.parametrize(
    ("state", "changes"),
    [("waiting", {}), ("prioritized", {"priority": 2}), ("delayed", {"delay_ms": 60_000})],
)
async def test_cleaning_removes_one_state(yard: Yard, state: str, changes: dict[str, int]) -> None:
    """The ids that went are told; other states are left alone."""
    failed = await fail(yard)
    gone = await add(yard, 3, **changes)
    removed = await yard.controls.clean(state)  # type: ignore[arg-type]  # one of the names
    assert sorted(removed) == sorted(gone)
    assert await yard.producer.status(gone[0]) is None
    assert await state_of(yard, failed[0]) is JobState.FAILED


async def test_cleaning_heeds_age_and_limit(yard: Yard) -> None:
    """Jobs younger than the age stay, and no more go than the limit allows."""
    failed = await fail(yard, 3)
    assert await yard.controls.clean("failed", older_than_ms=60_000) == ()
    assert len(await yard.controls.clean("failed", limit=2)) == 2
    assert (await yard.controls.counts()).failed == 1
    assert await yard.controls.clean("failed") != ()
    assert await yard.producer.status(failed[0]) is None


async def test_obliterating_leaves_nothing(yard: Yard) -> None:
    """Jobs, limits and the pause itself are gone, and the queue can be used anew."""
    await fail(yard)
    await add(yard, 2, priority=1)
    await yard.controls.limit_concurrency(1)
    await yard.controls.obliterate()
    assert (await yard.controls.counts()).total == 0
    assert await yard.controls.limits() == QueueLimits()
    await add(yard)
    assert await yard.worker().lease() is not None


async def test_obliterating_is_refused_while_jobs_run(yard: Yard) -> None:
    """And then all is as it was: the queue is not left paused."""
    job_ids = await add(yard, 2)
    queue = yard.worker()
    first = await leased(queue)
    with pytest.raises(ControlRefusedError, match="running"):
        await yard.controls.obliterate()
    counts = await yard.controls.counts()
    assert (counts.active, counts.waiting, counts.paused) == (1, 1, False)
    assert {first.id, (await leased(queue)).id} == set(job_ids)


async def test_force_obliterates_running_jobs(yard: Yard) -> None:
    """Whoever runs one learns that its lock is gone."""
    await add(yard)
    queue = await yard.open_worker()
    job = await leased(queue)
    await yard.controls.obliterate(force=True)
    assert (await yard.controls.counts()).total == 0
    assert not await queue.confirm(job)


async def test_a_failed_job_is_retried(yard: Yard) -> None:
    """It waits again, with the attempts that it had, and keeps its priority."""
    job_id = (await fail(yard, priority=4))[0]
    await yard.controls.retry(job_id)
    assert await state_of(yard, job_id) is JobState.PRIORITIZED
    job = await leased(yard.worker())
    assert (job.id, job.attempts_made, job.priority) == (job_id, 1, 4)


async def test_a_fresh_retry_forgets_the_attempts(yard: Yard) -> None:
    """All attempts that its producer granted are there again."""
    job_id = (await fail(yard))[0]
    await yard.controls.retry(job_id, fresh=True)
    queue = yard.worker()
    job = await leased(queue)
    assert (job.id, job.attempts_made, job.attempts_started) == (job_id, 0, 1)
    settled = await queue.settle(job, Retry("transient.test", "again"))
    assert settled.state is JobState.DELAYED


async def test_all_failed_jobs_are_retried(yard: Yard) -> None:
    """Oldest first when there is a limit, and each in its own line."""
    plain = await fail(yard, 2)
    urgent = await fail(yard, priority=2)
    assert await yard.controls.retry_all(limit=1) == 1
    assert await yard.controls.retry_all() == 2
    assert await state_of(yard, plain[0]) is JobState.WAITING
    assert await state_of(yard, urgent[0]) is JobState.PRIORITIZED
    assert await yard.controls.retry_all() == 0


async def test_delayed_jobs_are_promoted(yard: Yard) -> None:
    """One by its id or all of them; they can be leased at once."""
    one, *others = await add(yard, 3, delay_ms=60_000)
    await yard.controls.promote(one)
    assert await state_of(yard, one) is JobState.WAITING
    assert await yard.controls.promote_all() == 2
    queue = yard.worker()
    assert {(await leased(queue)).id for _ in range(3)} == {one, *others}


async def test_what_cannot_be_done_is_refused_with_the_reason(yard: Yard) -> None:
    """The message names the job and the state that it is in."""
    waiting = (await add(yard))[0]
    with pytest.raises(ControlRefusedError, match=f"Job {waiting} is .*, not failed"):
        await yard.controls.retry(waiting)
    with pytest.raises(ControlRefusedError, match=f"Job {waiting} is .*, not delayed"):
        await yard.controls.promote(waiting)
    with pytest.raises(ControlRefusedError, match="Job nobody not found"):
        await yard.controls.retry("nobody")


async def test_limits_are_told_as_they_were_set(yard: Yard) -> None:
    """Each can be lifted without the other."""
    assert await yard.controls.limits() == QueueLimits()
    await yard.controls.limit_concurrency(3)
    await yard.controls.limit_rate(RateLimit(10, 60_000))
    assert await yard.controls.limits() == QueueLimits(3, RateLimit(10, 60_000))
    await yard.controls.limit_concurrency(None)
    assert await yard.controls.limits() == QueueLimits(None, RateLimit(10, 60_000))
    await yard.controls.limit_rate(None)
    assert await yard.controls.limits() == QueueLimits()


async def test_a_limit_below_one_is_refused(yard: Yard) -> None:
    """It would stop the queue without anybody seeing a pause."""
    with pytest.raises(ValueError, match="at least 1"):
        await yard.controls.limit_concurrency(0)
    with pytest.raises(ValueError, match="at least 1"):
        RateLimit(0, 1000)
