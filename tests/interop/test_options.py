"""Whatever options Node gives to a job, we run it as Node would; and Node reads ours."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from preview_worker.queue import Completed, JobRequest, Retry
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.producer import BullProducer
from tests.interop.node import DATA, NodeClient, leased, until

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


@pytest.mark.parametrize(
    "opts",
    [
        {},
        {"priority": 3},
        {"delay": 20},
        {"delay": 20.5},
        {"delay": 20, "priority": 3},
        {"lifo": True},
        {"attempts": 2.5},
        {"attempts": 0},
        {"timestamp": 1_700_000_000_000.5},
        {"jobId": "é-☃"},
        {"keepLogs": 1},
        {"sizeLimit": 100_000},
        {"stackTraceLimit": 1},
        {"removeOnComplete": False, "removeOnFail": {"age": 60, "count": 2}},
        {"deduplication": {"id": "d", "ttl": 1000}},
        {"telemetry": {"metadata": json.dumps(TRACE)}},
        {"unheardOf": {"deep": [1, None]}},
    ],
    ids=str,
)
async def test_a_job_with_any_options_is_run_once(
    node: NodeClient, queue: BullQueue, opts: dict[str, Any]
) -> None:
    """And completed, with its data and options as they were."""
    added = await node("add", name="x", data=DATA, opts=opts)
    before = (await node("job", id=added["id"]))["job"]["opts"]
    job = await leased(queue)
    assert (job.id, json.loads(job.payload)) == (added["id"], DATA)
    await queue.settle(job, Completed({"n": 1}))
    told = await node("job", id=added["id"])
    assert (told["state"], told["job"]["attemptsMade"]) == ("completed", 1)
    assert told["job"]["opts"] == before


@pytest.mark.parametrize("data", [[1, "two"], "text", None, 7, {}, {"é": "\u2028💎"}], ids=repr)
async def test_data_of_any_shape_arrives(node: NodeClient, queue: BullQueue, data: object) -> None:
    """What it means is not the queue's business."""
    await node("add", name="x", data=data, opts={})
    assert json.loads((await leased(queue)).payload) == data


@pytest.mark.parametrize(
    ("backoff", "pauses_ms"),
    [
        (None, [(0, 0), (0, 0), (0, 0)]),
        (5000, [(5000, 5000)] * 3),
        ({"type": "fixed", "delay": 7000}, [(7000, 7000)] * 3),
        ({"type": "exponential", "delay": 1000}, [(1000, 1000), (2000, 2000), (4000, 4000)]),
        ({"type": "fixed", "delay": 8000, "jitter": 0.5}, [(4000, 8000)] * 3),
        ({"type": "exponential", "delay": 1000, "jitter": 1}, [(0, 1000), (0, 2000), (0, 4000)]),
        ({"type": "theirs", "delay": 1000}, [(1000, 1000), (2000, 2000), (4000, 4000)]),
    ],
    ids=str,
)
async def test_retries_wait_as_node_asked(
    node: NodeClient, queue: BullQueue, backoff: object, pauses_ms: list[tuple[int, int]]
) -> None:
    """Fixed, exponential, with jitter, or by a rule that only Node's own worker has."""
    opts = {"attempts": 4, "jobId": "again", **({"backoff": backoff} if backoff else {})}
    await node("add", name="x", data={}, opts=opts)
    for failures, (shortest_ms, longest_ms) in enumerate(pauses_ms, start=1):
        await queue.settle(await leased(queue), Retry("transient.disk", "full"))
        told = await node("job", id="again")
        assert shortest_ms <= told["job"]["delay"] <= longest_ms
        assert told["job"]["attemptsMade"] == failures
        if told["state"] == "delayed":
            await node("promote", id="again")
    await queue.settle(await leased(queue), Retry("transient.disk", "full"))
    told = await node("job", id="again")
    assert (told["state"], told["job"]["attemptsMade"]) == ("failed", 4)


async def test_a_deduplicated_job_is_added_once_until_it_is_done(
    node: NodeClient, queue: BullQueue
) -> None:
    """Completing it frees its deduplication id, so that Node may add the next."""
    opts = {"deduplication": {"id": "same"}}
    first = await node("add", name="x", data={}, opts=opts)
    assert await node("add", name="x", data={}, opts=opts) == first
    await queue.settle(await leased(queue), Completed({}))
    second = await node("add", name="x", data={}, opts=opts)
    assert second != first
    assert (await leased(queue)).id == second["id"]


async def test_a_throttled_job_is_added_again_after_its_time(
    node: NodeClient, queue: BullQueue
) -> None:
    """With a time to live the id is kept for that long, done or not."""
    opts = {"deduplication": {"id": "same", "ttl": 1000}}
    began_s = time.monotonic()
    first = await node("add", name="x", data={}, opts=opts)
    await queue.settle(await leased(queue), Completed({}))
    await until(lambda: node("add", name="x", data={}, opts=opts), lambda added: added != first, 20)
    assert time.monotonic() - began_s > 0.95


async def test_a_debounced_job_is_run_with_what_was_said_last(
    node: NodeClient, queue: BullQueue
) -> None:
    """A delayed job that is replaced runs once."""
    opts = {"deduplication": {"id": "same", "ttl": 10_000, "replace": True, "extend": True}}
    for number in range(3):
        await node("add", name="x", data={"n": number}, opts={**opts, "delay": 300})
    job = await leased(queue)
    assert json.loads(job.payload) == {"n": 2}
    await queue.settle(job, Completed({}))
    assert await queue.lease() is None


async def test_we_find_the_trace_that_node_left(node: NodeClient, queue: BullQueue) -> None:
    """A producer with telemetry keeps the W3C headers in the job's options."""
    await node("add", name="x", data={}, opts={"telemetry": {"metadata": json.dumps(TRACE)}})
    assert (await leased(queue)).trace_context == TRACE


async def test_node_finds_the_trace_that_we_leave(
    node: NodeClient, queue: BullQueue, producer: BullProducer
) -> None:
    """Where its own telemetry would look; and so do we."""
    await producer.add(JobRequest(DATA, job_id="traced", trace_context=TRACE))
    told = await node("job", id="traced")
    assert json.loads(told["job"]["opts"]["telemetry"]["metadata"]) == TRACE
    assert (await leased(queue)).trace_context == TRACE
