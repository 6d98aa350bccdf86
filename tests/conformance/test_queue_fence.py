"""What every queue promises on the fence: who may publish, and in which order, in memory and Redis.

Each test of a job that is unlike the one before under the same id sees that it may publish still.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from preview_worker.queue import Completed, Failed, JobState, Retry
from tests.conformance.yard import REQUEST, Yard, leased, state_of
from tests.redis_server import OUTLASTING_LOCK_S

pytestmark = pytest.mark.anyio

NAMED = replace(REQUEST, job_id="the-job", keep_completed=(3600, 100))


async def test_numbers_only_grow(yard: Yard) -> None:
    """R19: of two publications of a job, the later one has the greater number."""
    queue = yard.worker()
    await yard.producer.add(NAMED)
    job = await leased(queue)
    numbers = [await queue.confirm(job) or 0 for _ in range(20)]
    assert all(before < after for before, after in pairwise([0, *numbers]))


async def test_a_number_exceeds_what_readers_see(yard: Yard) -> None:
    """However great the number of a preview that stands there, the job's holder gets past it."""
    queue = yard.worker()
    await yard.producer.add(NAMED)
    job = await leased(queue)
    standing = 2**52
    first = await queue.confirm(job, standing)
    second = await queue.confirm(job)
    assert first is not None
    assert second is not None
    assert standing < first < second < 2**53


async def test_who_lost_the_lock_gets_no_number(yard: Yard) -> None:
    """R19: a lock that somebody deleted is lost, and with it the right to publish."""
    queue = yard.worker()
    await yard.producer.add(NAMED)
    job = await leased(queue)
    await yard.break_lock(job)
    assert await queue.confirm(job) is None
    assert await queue.confirm(job) is None


async def test_the_attempt_after_a_lost_one_has_the_greater_number(yard: Yard) -> None:
    """P7: the attempt that was admitted before its lock ran out is the older one."""
    silent, other = yard.worker(), await yard.open_worker()
    await yard.producer.add(NAMED)
    frozen = await silent.confirm(await leased(silent))
    job = await leased(other)
    thawed = await other.confirm(job)
    assert frozen is not None
    assert thawed is not None
    assert frozen < thawed
    assert job.attempts_started == 2


async def test_a_retry_in_the_same_slot_has_the_greater_number(yard: Yard) -> None:
    """A slot keeps its token, so the count of starts has to tell its attempts apart."""
    queue = yard.worker()
    await yard.producer.add(NAMED)
    first = await leased(queue)
    before = await queue.confirm(first)
    await queue.settle(first, Retry("transient.disk", "full"))
    second = await leased(queue)
    after = await queue.confirm(second)
    assert before is not None
    assert after is not None
    assert before < after
    assert await queue.confirm(first) is None or first.token != second.token


async def test_a_job_that_was_removed_and_added_again_may_publish(yard: Yard) -> None:
    """R15: another job under the same id begins to count anew, and still comes after the first."""
    queue = yard.worker()
    await yard.producer.add(NAMED)
    job = await leased(queue)
    before = await queue.confirm(job)
    await queue.settle(job, Completed({}))
    await yard.controls.obliterate(force=True)
    await yard.producer.add(NAMED)
    again = await leased(queue)
    after = await queue.confirm(again)
    assert again.attempts_started == 1
    assert before is not None
    assert after is not None
    assert before < after


@pytest.mark.parametrize("fresh", [True, False])
async def test_a_job_that_is_retried_by_hand_may_publish(yard: Yard, *, fresh: bool) -> None:
    """Its counters may be reset or go on: it comes after what it published before."""
    queue = yard.worker()
    await yard.producer.add(NAMED)
    job = await leased(queue)
    before = await queue.confirm(job)
    await queue.settle(job, Failed("permanent.render", "no"))
    await yard.controls.retry("the-job", fresh=fresh)
    after = await queue.confirm(await leased(queue))
    assert before is not None
    assert after is not None
    assert before < after


async def test_a_dead_job_that_is_replayed_may_publish(yard: Yard) -> None:
    """Its count of starts goes on where it was."""
    queue = yard.worker()
    await yard.producer.add(NAMED)
    job = await leased(queue)
    before = await queue.confirm(job)
    await queue.settle(job, Failed("permanent.render", "no"))
    dead = yard.make_dead(yard.settings)
    await dead.replay("the-job")
    await dead.close()
    again = await leased(queue)
    after = await queue.confirm(again)
    assert before is not None
    assert after is not None
    assert before < after


async def test_confirming_keeps_the_job_from_being_taken_as_stalled(yard: Yard) -> None:
    """Whoever publishes has a whole lock's time before anybody else may take the job."""
    yard.settings = replace(yard.settings, lock_s=OUTLASTING_LOCK_S)
    queue, other = yard.worker(), await yard.open_worker()
    await yard.producer.add(NAMED)
    job = await leased(queue)
    for _ in range(7):
        await asyncio.sleep(OUTLASTING_LOCK_S / 5)
        assert await queue.confirm(job) is not None
    assert await other.lease() is None
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
    assert await state_of(yard, "the-job") is JobState.COMPLETED
