"""Flows, pauses and workers, seen from both sides."""

from __future__ import annotations

import time

import pytest

from preview_worker.queue import (
    Completed,
    Failed,
    JobState,
    LeasedJob,
)
from preview_worker.queue.bullmq import BullQueue
from tests.interop.node import NodeClient, leased, until
from tests.tries import tries

pytestmark = [pytest.mark.anyio, pytest.mark.interop]


@pytest.mark.parametrize("fails", [False, True])
async def test_a_parent_hears_of_its_children(
    node: NodeClient, queue: BullQueue, *, fails: bool
) -> None:
    """A flow's parent waits for its child, and gets its result or learns of its failure."""
    name = node.queue_name
    flow = {
        "name": "parent",
        "queueName": name,
        "data": {},
        "children": [
            {
                "name": "child",
                "queueName": name,
                "data": {},
                "opts": {"ignoreDependencyOnFailure": True},
            }
        ],
    }
    parent = await node("addFlow", flow=flow)
    child = await leased(queue)
    assert child.name == "child"
    assert (await node("job", id=parent["id"]))["state"] == "waiting-children"
    await queue.settle(child, Failed("permanent.x", "no") if fails else Completed({"n": 7}))
    job = await leased(queue)
    assert job.name == "parent"
    values = await node("childrenValues", id=parent["id"])
    assert list(values.values()) == ([] if fails else [{"n": 7}])
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED


async def test_a_failing_child_fails_its_parent_when_asked_to(
    node: NodeClient, queue: BullQueue
) -> None:
    """``failParentOnFailure`` is obeyed; the parent is never given to a worker to run."""
    name = node.queue_name
    child = {"name": "child", "queueName": name, "data": {}, "opts": {"failParentOnFailure": True}}
    flow = {"name": "parent", "queueName": name, "data": {}, "children": [child]}
    parent = await node("addFlow", flow=flow)
    await queue.settle(await leased(queue), Failed("permanent.x", "no"))
    assert await queue.lease() is None
    told = await node("job", id=parent["id"])
    assert told["state"] == "failed"
    assert parent["children"][0] in told["job"]["failedReason"]


async def test_a_paused_queue_gives_nothing(node: NodeClient, queue: BullQueue) -> None:
    """Until Node resumes it; then the job comes at once."""
    for attempt in tries():
        await node("pause")
        await node("add", name="x", data={}, opts={"priority": 1})
        assert await queue.lease() is None
        counts = await queue.counts()
        assert (counts.paused, counts.ready) == (True, 1)
        await node("resume")
        begin_s = time.monotonic()
        job = await leased(queue)
        took_s = time.monotonic() - begin_s
        await queue.settle(job, Completed({}))
        with attempt:
            assert took_s < 0.3


async def test_node_finds_our_worker(node: NodeClient, queue: BullQueue) -> None:
    """One worker, one entry, however many connections it has."""
    assert await queue.lease() is None
    names = await until(lambda: node("workers"), lambda names: len(names) == 1)
    assert names[0].endswith(":w:preview-worker")


async def test_node_and_we_share_a_queue(node: NodeClient, queue: BullQueue) -> None:
    """Each job runs once, whoever takes it."""
    await node("addMany", count=200, name="x", data={}, opts={"attempts": 1})
    mine = 0
    job: LeasedJob | None = await leased(queue)
    await node("work", processor="echo", concurrency=2)
    while job is not None:
        mine += 1
        settlement = await queue.settle(job, Completed({}), lease_next=True)
        job = settlement.next_job
    theirs = await until(lambda: node("worked"), lambda worked: len(worked) + mine >= 200)
    assert len({done["id"] for done in theirs}) == len(theirs)
    counts = await node("counts")
    assert (counts["completed"], counts["failed"], counts["active"]) == (200, 0, 0)
