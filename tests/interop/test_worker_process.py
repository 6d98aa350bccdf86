"""A Node producer and the whole worker: what the services that exist would see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue import QueueSettings
from tests.fakes.payloads import a_payload, a_request
from tests.interop.node import NodeClient
from tests.workers import WorkerUnderTest, a_worker

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

SMALL = {"steps": [{"text": "Light the lamp."}], "options": {"resolution": "320x180"}}
UPSTREAM: dict[str, Any] = {
    "jobId": "job-1",
    "attempts": 5,
    "backoff": {"type": "exponential", "delay": 1000},
    "removeOnComplete": {"age": 3600, "count": 100},
    "removeOnFail": {"age": 86400, "count": 100},
}
"""The options with which the upstream client adds its jobs, besides the priority."""


@pytest.fixture
async def worker(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[WorkerUnderTest]:
    """A worker process on the test's own queue."""
    running = a_worker(queue_settings, tmp_path)
    yield await asyncio.to_thread(running.__enter__)
    running.__exit__(None, None, None)


async def run(
    node: NodeClient, worker: WorkerUnderTest, priority: int, **changes: object
) -> dict[str, Any]:
    """Add a job from Node and return what Node tells of it when the worker settled it."""
    data = a_payload(previewRequest=a_request(**SMALL), **changes)
    await node("add", name="render-preview", data=data, opts={**UPSTREAM, "priority": priority})
    await asyncio.to_thread(worker.wait_for, "job.settled")
    told: dict[str, Any] = await node("job", id="job-1")
    return told


@pytest.mark.parametrize("priority", [1, 2])
async def test_node_sees_its_job_completed(
    node: NodeClient, worker: WorkerUnderTest, priority: int
) -> None:
    """State, progress and return value are those that the upstream services read."""
    told = await run(node, worker, priority)
    assert told["state"] == "completed"
    assert told["job"]["progress"] == 100
    result = told["job"]["returnvalue"]
    assert (result["status"], result["dryRun"], result["jobId"]) == ("success", False, "job-1")
    assert _are_there(result, "artifactPath", "containerPath", "manifestPath")
    assert "preview.mp4" in {artifact["name"] for artifact in result["artifacts"]}


async def test_node_sees_a_dry_run_completed(node: NodeClient, worker: WorkerUnderTest) -> None:
    """It is a success like any other, and says that it was dry."""
    told = await run(node, worker, 2, dryRun=True)
    assert told["state"] == "completed"
    assert told["job"]["returnvalue"]["dryRun"] is True
    assert _are_there(told["job"]["returnvalue"], "manifestPath")


async def test_node_sees_an_invalid_payload_failed_once(
    node: NodeClient, worker: WorkerUnderTest
) -> None:
    """Five attempts are allowed and one is made; the reason is the one that producers match."""
    told = await run(node, worker, 1, dryRun="no", requestId=7)
    assert told["state"] == "failed"
    assert told["job"]["attemptsMade"] == 1
    assert told["job"]["failedReason"] == (
        "Invalid preview payload: requestId (string) required; dryRun must be boolean"
    )


async def test_node_reads_the_jobs_log(node: NodeClient, worker: WorkerUnderTest) -> None:
    """What happened is told where any BullMQ tool shows it."""
    await run(node, worker, 2)
    logs = (await node("logs", id="job-1"))["logs"]
    assert logs[0].startswith("start 1 by preview worker")
    assert logs[-1].startswith("published")


def _are_there(result: dict[str, Any], *keys: str) -> bool:
    return all(Path(result[key]).is_file() for key in keys)
