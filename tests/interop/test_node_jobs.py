"""Jobs that Node adds and we run."""

from __future__ import annotations

import json
import time

import pytest

from preview_worker.queue import (
    Completed,
    Failed,
    HandedBack,
    LeasedJob,
    Retry,
)
from preview_worker.queue.bullmq import BullQueue
from tests.conformance.yard import EARLY_S
from tests.interop.node import DATA, UPSTREAM, NodeClient, leased, until
from tests.tries import tries

pytestmark = [pytest.mark.anyio, pytest.mark.interop]


@pytest.mark.parametrize("priority", [1, 2])
async def test_node_sees_its_job_completed(
    node: NodeClient, queue: BullQueue, priority: int
) -> None:
    """State, numeric progress, result and log are where a Node client looks for them."""
    opts = {**UPSTREAM, "priority": priority, "jobId": "job-1"}
    await node("add", name="render-preview", data=DATA, opts=opts)
    job = await leased(queue)
    assert json.loads(job.payload) == DATA
    assert (job.priority, job.max_attempts) == (priority, 5)
    await queue.progress(job, 57)
    await queue.log(job, "painted")
    result = {"status": "success", "dryRun": False, "jobId": "job-1", "artifacts": ["preview.mp4"]}
    await queue.settle(job, Completed(result))
    told = await node("job", id="job-1")
    assert told["state"] == "completed"
    assert told["job"]["progress"] == 57
    assert told["job"]["returnvalue"] == result
    assert told["job"]["attemptsMade"] == 1
    assert told["job"]["processedBy"] == "preview-worker"
    assert (await node("logs", id="job-1"))["logs"] == ["painted"]


async def test_a_refused_job_fails_once(node: NodeClient, queue: BullQueue) -> None:
    """Attempts are left over, and the reason is the exact string."""
    reason = "Invalid preview payload: jobId must be a string, projectId is required"
    await node("add", name="render-preview", data={}, opts={**UPSTREAM, "jobId": "bad"})
    await queue.settle(await leased(queue), Failed("invalid.payload", reason))
    told = await node("job", id="bad")
    assert told["state"] == "failed"
    assert told["job"]["failedReason"] == reason
    assert told["job"]["attemptsMade"] == 1
    assert told["job"]["stacktrace"] == [f"invalid.payload: {reason}"]
    assert await queue.lease() is None


async def test_retries_are_seen_by_node(node: NodeClient, queue: BullQueue) -> None:
    """The job waits as the producer asked, counts its attempts, and completes in the end."""
    backoff = {"type": "exponential", "delay": 200}
    opts = {**UPSTREAM, "backoff": backoff, "priority": 2}
    for attempt in tries():
        job_id = (await node("add", name="render-preview", data=DATA, opts=opts))["id"]
        late_s = []
        for failures, pause_s in [(1, 0.2), (2, 0.4)]:
            job = await leased(queue)
            begin_s = time.monotonic()
            await queue.settle(job, Retry("transient.disk", f"failure {failures}"))
            told = await node("job", id=job_id)
            assert told["state"] == "delayed"
            assert told["job"]["attemptsMade"] == failures
            assert told["job"]["failedReason"] == f"failure {failures}"
            job = await leased(queue)
            late_s.append(time.monotonic() - begin_s - pause_s)
            await queue.settle(job, HandedBack())
        await queue.settle(await leased(queue), Completed({}))
        told = await node("job", id=job_id)
        assert (told["state"], told["job"]["attemptsMade"]) == ("completed", 3)
        assert len(told["job"]["stacktrace"]) == 2
        assert min(late_s) > -EARLY_S
        with attempt:
            assert max(late_s) < 0.2


async def test_a_delayed_job_of_node_comes_when_it_is_due(
    node: NodeClient, queue: BullQueue
) -> None:
    """Never before, and within 150 ms."""
    for attempt in tries():
        added = await node("add", name="x", data={}, opts={"delay": 600, "priority": 1})
        job = await leased(queue)
        late_ms = time.time_ns() / 1e6 - job.added_at_ms - 600
        assert job.id == added["id"]
        assert late_ms >= 0
        with attempt:
            assert late_ms < 150


async def test_priorities_and_delays_of_node_are_kept(node: NodeClient, queue: BullQueue) -> None:
    """Urgent jobs come first, and the most urgent one not while it is delayed."""
    await node("add", name="x", data={}, opts={"jobId": "late", "delay": 60_000, "priority": 1})
    for job_id, priority in [("low", 2), ("high", 1)]:
        await node("add", name="x", data={}, opts={"jobId": job_id, "priority": priority})
    await node("add", name="x", data={}, opts={"jobId": "lifo-1", "lifo": True})
    await node("add", name="x", data={}, opts={"jobId": "lifo-2", "lifo": True})
    order = []
    job: LeasedJob | None = await leased(queue)
    while job is not None:
        order.append(job.id)
        job = (await queue.settle(job, Completed({}), lease_next=True)).next_job
    assert order == ["lifo-2", "lifo-1", "high", "low"]
    await node("promote", id="late")
    assert (await leased(queue)).id == "late"


async def test_node_hears_of_progress_and_completion(node: NodeClient, queue: BullQueue) -> None:
    """The queue's stream of events tells what a Node worker would."""
    await node("listen")
    await node("add", name="x", data={}, opts={**UPSTREAM, "jobId": "loud"})
    job = await leased(queue)
    await queue.progress(job, 10)
    await queue.settle(job, Completed({"ok": True}))
    heard = await until(
        lambda: node("heard"), lambda events: any(e["event"] == "completed" for e in events)
    )
    assert [e["event"] for e in heard] == ["active", "progress", "completed"]
    assert heard[1]["data"] == 10
    assert heard[2]["returnvalue"] == {"ok": True}


@pytest.mark.parametrize(
    ("option", "kept"),
    [
        (True, 0),
        (False, 3),
        (2, 2),
        ({"count": 1}, 1),
        ({"age": 60}, 3),
        ({"age": 60, "count": 2}, 2),
        (0, 0),
    ],
)
async def test_every_shape_of_removal_is_followed(
    node: NodeClient, queue: BullQueue, option: object, kept: int
) -> None:
    """As many completed jobs are left as a Node worker would leave."""
    opts = {"removeOnComplete": option, "removeOnFail": option}
    for _ in range(3):
        await node("add", name="x", data={}, opts=opts)
        await queue.settle(await leased(queue), Completed({}))
        await node("add", name="x", data={}, opts=opts)
        await queue.settle(await leased(queue), Failed("permanent.render_failed", "no"))
    counts = await node("counts")
    assert (counts["completed"], counts["failed"]) == (kept, kept)
