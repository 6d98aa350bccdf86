"""What every queue promises of a job that waits for its children, in memory and in Redis."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Literal

import pytest

from preview_worker.queue import (
    CancelAnswer,
    ChildCounts,
    Completed,
    Failed,
    FailedChild,
    FlowRequest,
    JobQueue,
    JobRefusedError,
    JobRequest,
    JobState,
    LeasedJob,
    QueueFullError,
)
from tests.conformance.yard import Yard, leased, state_of

pytestmark = pytest.mark.anyio


def a_flow(children: int = 2, on_failure: Literal["fail", "ignore"] = "ignore") -> FlowRequest:
    """Return a parent with so many children."""
    parent = JobRequest(payload={"of": "parent"}, job_id="parent", priority=2)
    few = tuple(
        JobRequest(payload={}, name="child", job_id=f"child-{n}", priority=2)
        for n in range(children)
    )
    return FlowRequest(parent, few, on_failure)


async def _completed(queue: JobQueue) -> LeasedJob:
    job = await leased(queue)
    await queue.settle(job, Completed({}))
    return job


async def _failed(queue: JobQueue) -> LeasedJob:
    job = await leased(queue)
    await queue.settle(job, Failed("permanent.x", "no"))
    return job


async def test_a_parent_runs_after_its_children(yard: Yard) -> None:
    """Not before the last of them."""
    added = await yard.producer.add_flow(a_flow())
    assert (added.id, added.duplicate) == ("parent", False)
    queue = await yard.open_worker()
    assert await state_of(yard, "parent") is JobState.WAITING_CHILDREN
    assert {(await _completed(queue)).id for _ in range(2)} == {"child-0", "child-1"}
    parent = await leased(queue)
    assert (parent.id, parent.payload) == ("parent", b'{"of":"parent"}')


async def test_children_know_their_parent(yard: Yard) -> None:
    """What it holds, and whether it waits for them still."""
    await yard.producer.add_flow(a_flow())
    queue = await yard.open_worker()
    child = await leased(queue)
    parent = await queue.parent_of(child)
    assert parent is not None
    assert (parent.id, parent.payload, parent.ended) == ("parent", b'{"of":"parent"}', False)
    await yard.controls.cancel("parent")
    parent = await queue.parent_of(child)
    assert parent is not None
    assert parent.ended


async def test_a_job_without_a_parent_has_none(yard: Yard) -> None:
    """And telling it of progress does nothing."""
    await yard.producer.add(JobRequest(payload={}, job_id="alone"))
    queue = await yard.open_worker()
    job = await leased(queue)
    assert await queue.parent_of(job) is None
    await queue.advance_parent(job, 90)
    assert job.parent_key is None


async def test_the_parents_progress_is_that_of_its_children(yard: Yard) -> None:
    """It goes up with each, however often that is told, and the first attempt begins with it."""
    await yard.producer.add_flow(a_flow(3))
    queue = await yard.open_worker()
    told = []
    for _ in range(3):
        child = await leased(queue)
        for _ in range(2):
            await queue.advance_parent(child, 90)
        status = await yard.producer.status("parent")
        assert status is not None
        told.append(status.progress)
        await queue.settle(child, Completed({}))
    assert told == [30, 60, 90]
    parent = await leased(queue)
    assert (parent.told_percent, parent.waited_for_parts) == (90, True)


async def test_a_parent_that_runs_is_told_nothing_by_a_child(yard: Yard) -> None:
    """One that was slow, and whose end the parent did not wait for."""
    await yard.producer.add_flow(a_flow(1))
    queue = await yard.open_worker()
    child = await _completed(queue)
    await leased(queue)
    await queue.advance_parent(child, 90)
    status = await yard.producer.status("parent")
    assert status is not None
    assert status.progress == 0


async def test_a_parent_that_ignores_failures_waits_for_the_others(yard: Yard) -> None:
    """And runs then."""
    await yard.producer.add_flow(a_flow())
    queue = await yard.open_worker()
    await _failed(queue)
    assert await yard.producer.children("parent") == ChildCounts(1, 0, 1, 0)
    await _completed(queue)
    assert (await leased(queue)).id == "parent"
    assert await yard.producer.children("parent") == ChildCounts(0, 1, 1, 0)


async def test_a_parent_can_ask_which_of_its_children_failed(yard: Yard) -> None:
    """What each was, and the code and the words of what it ended with."""
    await yard.producer.add_flow(a_flow(3))
    queue = await yard.open_worker()
    await queue.settle(await leased(queue), Completed({}))
    for reason in ("no lamp", "no oil"):
        await queue.settle(await leased(queue), Failed("permanent.x", reason))
    parent = await leased(queue)

    failed = await queue.failed_children(parent)
    assert sorted(failed, key=lambda child: child.reason) == [
        FailedChild(b"{}", "permanent.x", "no lamp"),
        FailedChild(b"{}", "permanent.x", "no oil"),
    ]


async def test_a_job_without_children_has_none_that_failed(yard: Yard) -> None:
    """Nor has one whose children are done."""
    await yard.producer.add_flow(a_flow(1))
    queue = await yard.open_worker()
    child = await _completed(queue)
    assert await queue.failed_children(child) == ()
    assert await queue.failed_children(await leased(queue)) == ()


async def test_a_parent_fails_with_its_child_where_it_is_to(yard: Yard) -> None:
    """Without being run."""
    await yard.producer.add_flow(a_flow(1, "fail"))
    queue = await yard.open_worker()
    await _failed(queue)
    assert await queue.lease() is None
    assert await state_of(yard, "parent") is JobState.FAILED
    assert await yard.producer.children("parent") == ChildCounts(0, 0, 0, 1)


async def test_a_flow_is_added_once(yard: Yard) -> None:
    """A parent that is there stays as it is, and gets no other children."""
    await yard.producer.add_flow(a_flow())
    more = replace(a_flow(4), children=tuple(replace(c, job_id=None) for c in a_flow(4).children))
    again = await yard.producer.add_flow(more)
    assert (again.id, again.duplicate) == ("parent", True)
    counts = await yard.producer.children("parent")
    assert counts is not None
    assert (counts.open, counts.total) == (2, 2)


async def test_a_flow_is_added_once_by_many_at_once(yard: Yard) -> None:
    """All of them look for the parent before any adds it; one adds it, the others find it."""
    flows = [
        replace(a_flow(), children=tuple(replace(c, job_id=f"{c.job_id}-{n}") for c in few))
        for n, few in enumerate([a_flow().children] * 20)
    ]
    added = await asyncio.gather(*map(yard.producer.add_flow, flows))
    assert sorted(one.duplicate for one in added) == [False, *[True] * 19]
    counts = await yard.producer.children("parent")
    assert counts is not None
    assert counts.total == 2
    assert (await yard.controls.counts()).ready == 2


async def test_a_flow_must_fit_into_the_queue_as_a_whole(yard: Yard) -> None:
    """Its parent waits aside and does not count; one that does not fit leaves nothing behind."""
    with pytest.raises(QueueFullError, match=r"^Queue is full \(max 2 jobs\)\."):
        await yard.producer.add_flow(a_flow(3), max_ready=2)
    assert await yard.producer.status("parent") is None
    assert await yard.producer.children("parent") is None
    await yard.producer.add_flow(a_flow(2), max_ready=2)


@pytest.mark.parametrize(
    "flow",
    [
        a_flow(0),
        replace(a_flow(), parent=JobRequest(payload={})),
        replace(a_flow(), children=(JobRequest(payload={}, job_id="12"),)),
        replace(a_flow(), children=(JobRequest(payload={"x": float("nan")}),)),
    ],
)
async def test_a_flow_that_cannot_be_added_is_refused(yard: Yard, flow: FlowRequest) -> None:
    """Before anything of it is stored."""
    with pytest.raises(JobRefusedError):
        await yard.producer.add_flow(flow)
    assert await yard.producer.status("parent") is None


async def test_cancelling_a_parent_cancels_its_children(yard: Yard) -> None:
    """Those that wait fail at once, and one that runs is asked to end."""
    await yard.producer.add_flow(a_flow(3))
    queue = await yard.open_worker()
    child = await leased(queue)
    assert await yard.controls.cancel("parent", "not wanted") is CancelAnswer.CANCELLED
    async with asyncio.timeout(30):
        assert await queue.cancelled(child) == "not wanted"
    others = {"child-0", "child-1", "child-2"} - {child.id}
    assert {await state_of(yard, other) for other in others} == {JobState.FAILED}
    assert await state_of(yard, "parent") is JobState.FAILED
