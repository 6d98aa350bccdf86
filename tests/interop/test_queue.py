"""Jobs that Node adds and we run, jobs that we add and Node runs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from preview_worker.queue import (
    Completed,
    Failed,
    HandedBack,
    JobRequest,
    JobState,
    LeasedJob,
    QueueSettings,
    Retry,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.producer import BullProducer
from tests.interop.node import NodeClient

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

UPSTREAM: dict[str, Any] = {
    "attempts": 5,
    "backoff": {"type": "exponential", "delay": 1000},
    "removeOnComplete": {"age": 3600, "count": 100},
    "removeOnFail": {"age": 86400, "count": 100},
}
"""The options with which the upstream client adds its jobs, besides id and priority."""

DATA = {"jobId": "job-1", "projectId": "gems", "title": "Käse ☃ 💎", "n": 1.5, "none": None}


@pytest.fixture
async def queue(queue_settings: QueueSettings) -> AsyncIterator[BullQueue]:
    """Our side of the queue."""
    queue = BullQueue(queue_settings)
    await queue.open()
    yield queue
    await queue.close()


@pytest.fixture
async def producer(queue_settings: QueueSettings) -> AsyncIterator[BullProducer]:
    """Our producer."""
    producer = BullProducer(queue_settings)
    yield producer
    await producer.close()


async def leased(queue: BullQueue) -> LeasedJob:
    """Lease a job that must come within a few seconds."""
    async with asyncio.timeout(8):
        while (job := await queue.lease()) is None:
            pass
        return job


async def until(
    ask: Callable[[], Awaitable[Any]], fits: Callable[[Any], bool], within_s: float = 8
) -> Any:  # noqa: ANN401 -- JSON
    """Ask until the answer fits; each question is a round trip through Node."""
    deadline_s = time.monotonic() + within_s
    while not fits(answer := await ask()):
        if time.monotonic() > deadline_s:
            pytest.fail(f"still {answer}")
    return answer


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
    opts = {**UPSTREAM, "backoff": backoff, "priority": 2, "jobId": "again"}
    await node("add", name="render-preview", data=DATA, opts=opts)
    for attempt, pause_s in [(1, 0.2), (2, 0.4)]:
        await queue.settle(await leased(queue), Retry("transient.disk", f"failure {attempt}"))
        told = await node("job", id="again")
        assert told["state"] == "delayed"
        assert told["job"]["attemptsMade"] == attempt
        assert told["job"]["failedReason"] == f"failure {attempt}"
        begin_s = time.monotonic()
        await queue.settle(await leased(queue), HandedBack())
        assert time.monotonic() - begin_s < pause_s + 0.2
    await queue.settle(await leased(queue), Completed({}))
    told = await node("job", id="again")
    assert (told["state"], told["job"]["attemptsMade"]) == ("completed", 3)
    assert len(told["job"]["stacktrace"]) == 2


async def test_priorities_and_delays_of_node_are_kept(node: NodeClient, queue: BullQueue) -> None:
    """Urgent jobs come first, a delayed job when it is due."""
    await node("add", name="x", data={}, opts={"jobId": "late", "delay": 600, "priority": 1})
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
    late = await leased(queue)
    assert late.id == "late"
    assert 0 <= time.time() * 1000 - late.added_at_ms - 600 < 150


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
    await node("pause")
    await node("add", name="x", data={}, opts={"priority": 1})
    assert await queue.lease() is None
    counts = await queue.counts()
    assert (counts.paused, counts.ready) == (True, 1)
    await node("resume")
    begin_s = time.monotonic()
    await leased(queue)
    assert time.monotonic() - begin_s < 0.3


async def test_node_finds_our_worker(node: NodeClient, queue: BullQueue) -> None:
    """One worker, one entry, however many connections it has."""
    assert await queue.lease() is None
    names = await until(lambda: node("workers"), lambda names: len(names) == 1)
    assert names[0].endswith(":w:preview-worker")


@pytest.mark.parametrize("request_", [JobRequest(DATA), JobRequest(DATA, priority=2, job_id="j")])
async def test_our_jobs_are_stored_as_nodes_are(
    node: NodeClient, producer: BullProducer, request_: JobRequest
) -> None:
    """Data, options and state cannot be told from those of a job that Node added."""
    ours = await producer.add(request_)
    opts = dict(UPSTREAM)
    if request_.priority:
        opts["priority"] = request_.priority
    if request_.job_id:
        opts["jobId"] = "theirs"
    theirs = await node("add", name="render-preview", data=DATA, opts=opts)
    told, model = await node("job", id=ours.id), await node("job", id=theirs["id"])
    assert told["state"] == model["state"]
    assert told["job"]["data"] == model["job"]["data"]
    told["job"]["opts"].pop("jobId", None)
    model["job"]["opts"].pop("jobId", None)
    assert told["job"]["opts"] == model["job"]["opts"]
    assert told["job"]["priority"] == model["job"]["priority"]
    assert abs(told["job"]["timestamp"] - model["job"]["timestamp"]) < 5000


@pytest.mark.parametrize(
    ("processor", "state", "reason", "attempts"),
    [("echo", "completed", None, 1), ("refuse", "failed", "it cannot work", 1)],
)
async def test_node_runs_our_jobs(
    node: NodeClient,
    producer: BullProducer,
    processor: str,
    state: str,
    reason: str | None,
    attempts: int,
) -> None:
    """A Node worker takes them, and we see how they end."""
    added = await producer.add(JobRequest(DATA, priority=1, job_id="ours"))
    await node("work", processor=processor, concurrency=1)
    async with asyncio.timeout(8):
        told = [status async for status in producer.watch(added.id)]
    assert told[-1].state == state
    assert told[-1].failed_reason == reason
    assert told[-1].attempts_made == attempts
    if processor == "echo":
        assert told[-1].return_value == {"echoed": DATA}


async def test_our_delayed_job_is_run_by_node_when_it_is_due(
    node: NodeClient, producer: BullProducer
) -> None:
    """Delay and retries of our jobs follow Node's own rules."""
    added = await producer.add(
        JobRequest(DATA, delay_ms=300, attempts=2, backoff_ms=50, job_id="ours")
    )
    await node("work", processor="fail", concurrency=1)
    begin_s = time.monotonic()
    async with asyncio.timeout(8):
        told = [status async for status in producer.watch(added.id)]
    assert time.monotonic() - begin_s > 0.2
    assert (told[-1].state, told[-1].attempts_made) == (JobState.FAILED, 2)


async def test_node_and_we_share_a_queue(node: NodeClient, queue: BullQueue) -> None:
    """Each job runs once, whoever takes it."""
    await node("addMany", count=200, name="x", data={}, opts={"attempts": 1})
    await node("work", processor="echo", concurrency=2)
    mine = 0
    job = await queue.lease()
    while job is not None:
        mine += 1
        settlement = await queue.settle(job, Completed({}), lease_next=True)
        job = settlement.next_job
    theirs = await until(lambda: node("worked"), lambda worked: len(worked) + mine >= 200)
    assert len({done["id"] for done in theirs}) == len(theirs)
    counts = await node("counts")
    assert (counts["completed"], counts["failed"], counts["active"]) == (200, 0, 0)
    assert mine
