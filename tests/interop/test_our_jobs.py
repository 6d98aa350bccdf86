"""Jobs that we add and Node reads or runs."""

from __future__ import annotations

import asyncio
import time

import pytest

from preview_worker.queue import (
    JobRequest,
    JobState,
)
from preview_worker.queue.producer import BullProducer
from tests.conformance.yard import EARLY_S
from tests.interop.node import DATA, UPSTREAM, NodeClient

pytestmark = [pytest.mark.anyio, pytest.mark.interop]


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
    async with asyncio.timeout(60):
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
    await node("work", processor="fail", concurrency=1)
    begin_s = time.monotonic()
    added = await producer.add(
        JobRequest(DATA, delay_ms=300, attempts=2, backoff_ms=50, job_id="ours")
    )
    async with asyncio.timeout(60):
        told = [status async for status in producer.watch(added.id)]
    assert time.monotonic() - begin_s > 0.35 - EARLY_S
    assert (told[-1].state, told[-1].attempts_made) == (JobState.FAILED, 2)
