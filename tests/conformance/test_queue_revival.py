"""What every queue promises of a family that is retried, in memory and in Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from preview_worker.queue import (
    ChildCounts,
    Completed,
    DeadLetters,
    Failed,
    JobQueue,
    JobState,
    Replay,
)
from tests.conformance.test_queue_flows import a_flow
from tests.conformance.yard import Yard, leased, state_of

pytestmark = pytest.mark.anyio

CRASH = Failed("permanent.render_crash", "it crashed")


@pytest.fixture
async def queue(yard: Yard) -> JobQueue:
    """A worker's queue."""
    return await yard.open_worker()


@pytest.fixture
async def dead(yard: Yard) -> AsyncIterator[DeadLetters]:
    """The dead letters of the yard's queue."""
    letters = yard.make_dead(yard.settings)
    yield letters
    await letters.close()


async def _settled(queue: JobQueue, *outcomes: Failed | Completed) -> Sequence[str]:
    """Run as many jobs as there are outcomes; return their ids."""
    ids = []
    for outcome in outcomes:
        job = await leased(queue)
        await queue.settle(job, outcome)
        ids.append(job.id)
    return ids


async def _failed_with_its_child(yard: Yard, queue: JobQueue) -> None:
    """Add a flow of three of which the first child fails, and the parent with it."""
    await yard.producer.add_flow(a_flow(3, "fail"))
    assert await _settled(queue, CRASH) == ["child-0"]
    await _settled(queue, Completed({}), Completed({}))
    assert await queue.lease() is None
    assert await state_of(yard, "parent") is JobState.FAILED


@pytest.mark.parametrize("job_id", ["parent", "child-0"])
@pytest.mark.parametrize("fresh", [False, True])
async def test_a_parent_is_retried_with_the_child_that_it_failed_with(
    yard: Yard, queue: JobQueue, job_id: str, *, fresh: bool
) -> None:
    """Whichever of the two is asked for; then both run to their end."""
    await _failed_with_its_child(yard, queue)
    await yard.controls.retry(job_id, fresh=fresh)

    assert await state_of(yard, "parent") is JobState.WAITING_CHILDREN
    assert await state_of(yard, "child-0") is JobState.PRIORITIZED
    assert await yard.producer.children("parent") == ChildCounts(1, 2, 0, 0)
    assert await _settled(queue, Completed({}), Completed({})) == ["child-0", "parent"]
    assert await state_of(yard, "parent") is JobState.COMPLETED


async def test_it_fails_again_with_a_child_that_fails_again(yard: Yard, queue: JobQueue) -> None:
    """A retry changes nothing of what they are to each other."""
    await _failed_with_its_child(yard, queue)
    await yard.controls.retry("parent")
    assert await _settled(queue, CRASH) == ["child-0"]
    assert await queue.lease() is None
    assert await state_of(yard, "parent") is JobState.FAILED


async def test_all_of_a_family_are_retried_once(yard: Yard, queue: JobQueue) -> None:
    """In whatever order they failed, the parent runs last, and each of them once."""
    await _failed_with_its_child(yard, queue)
    assert await yard.controls.retry_all() == 2
    assert await _settled(queue, Completed({}), Completed({})) == ["child-0", "parent"]
    assert await queue.lease() is None
    assert await yard.controls.retry_all() == 0


async def test_a_parent_is_retried_with_failures_that_it_ignored(
    yard: Yard, queue: JobQueue
) -> None:
    """It failed itself, perhaps for the want of them."""
    await yard.producer.add_flow(a_flow(2))
    await _settled(queue, CRASH, Completed({}), CRASH)
    assert await state_of(yard, "parent") is JobState.FAILED
    await yard.controls.retry("parent")

    assert await _settled(queue, Completed({}), Completed({})) == ["child-0", "parent"]
    assert await yard.producer.children("parent") == ChildCounts(0, 2, 0, 0)


async def test_a_child_that_was_removed_is_not_waited_for(yard: Yard, queue: JobQueue) -> None:
    """Nor does its name keep the parent from being completed."""
    flow = a_flow(1, "fail")
    children = tuple(replace(child, keep_failed=(0, 0)) for child in flow.children)
    await yard.producer.add_flow(replace(flow, children=children))
    await _settled(queue, CRASH)
    assert await queue.lease() is None
    assert await yard.producer.status("child-0") is None
    await yard.controls.retry("parent")
    assert await _settled(queue, Completed({})) == ["parent"]
    assert await state_of(yard, "parent") is JobState.COMPLETED


async def test_a_cancelled_parent_is_retried_with_its_children(yard: Yard, queue: JobQueue) -> None:
    """All were cancelled with it, and all come back."""
    await yard.producer.add_flow(a_flow(2))
    await yard.controls.cancel("parent")
    await yard.controls.retry("parent")
    ids = await _settled(queue, Completed({}), Completed({}), Completed({}))
    assert set(ids[:2]) == {"child-0", "child-1"}
    assert ids[2] == "parent"
    assert await state_of(yard, "parent") is JobState.COMPLETED


async def test_a_child_is_retried_while_its_parent_waits_for_others(
    yard: Yard, queue: JobQueue
) -> None:
    """The parent waits for it as well."""
    await yard.producer.add_flow(a_flow(2))
    await _settled(queue, CRASH)
    await yard.controls.retry("child-0")
    assert await yard.producer.children("parent") == ChildCounts(2, 0, 0, 0)
    assert set(await _settled(queue, Completed({}), Completed({}))) == {"child-0", "child-1"}
    assert await _settled(queue, Completed({})) == ["parent"]


async def test_a_parent_that_runs_does_not_wait_for_a_child_that_is_retried(
    yard: Yard, queue: JobQueue
) -> None:
    """It is completed; the child runs for itself."""
    await yard.producer.add_flow(a_flow(1))
    await _settled(queue, CRASH)
    parent = await leased(queue)
    await yard.controls.retry("child-0")
    await queue.settle(parent, Completed({}))
    assert await state_of(yard, "parent") is JobState.COMPLETED
    assert await _settled(queue, Completed({})) == ["child-0"]
    assert await queue.lease() is None


@pytest.mark.parametrize("which", [0, -1])
async def test_a_family_is_replayed_together(
    yard: Yard, queue: JobQueue, dead: DeadLetters, which: int
) -> None:
    """Whichever letter is replayed, that of the other goes, too."""
    await _failed_with_its_child(yard, queue)
    letters = [letter.id async for letter in dead.letters()]
    assert await dead.replay(letters[which]) is Replay.REPLAYED
    assert [letter.id async for letter in dead.letters()] == []
    assert await state_of(yard, "parent") is JobState.WAITING_CHILDREN
    child = await leased(queue)
    assert (child.id, child.attempts_made) == ("child-0", 0)
    await queue.settle(child, Completed({}))
    assert await _settled(queue, Completed({})) == ["parent"]
    assert await state_of(yard, "parent") is JobState.COMPLETED
