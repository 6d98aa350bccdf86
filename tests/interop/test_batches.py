"""Batches that Node's ``FlowProducer`` adds, rendered by whole workers of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from preview_worker.contract import PART_NAME
from preview_worker.queue import QueueSettings
from tests.fakes.payloads import a_payload, a_request
from tests.interop.node import NodeClient
from tests.workers import WorkerUnderTest, a_worker

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

STEPS = [{"text": f"Step {n}.", "durationSec": 0.5} for n in range(4)]
REQUEST = a_request(steps=STEPS, options={"resolution": "160x90"})


@pytest.fixture
async def worker(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[WorkerUnderTest]:
    """A worker process on the test's own queue, that does one job after the other."""
    running = a_worker(queue_settings, tmp_path, PREVIEW_WORKER_CONCURRENCY="1")
    yield await asyncio.to_thread(running.__enter__)
    running.__exit__(None, None, None)


def a_flow(queue_name: str, flag: str, *counts: object) -> dict[str, object]:
    """Return a batch as Node adds one; each of ``counts`` is what a part says there are."""
    ids = {"projectId": "lighthouse", "requestId": "req-1", "dryRun": False}
    children = [
        {
            "name": PART_NAME,
            "queueName": queue_name,
            "data": {"jobId": f"part-{n}", **ids, "part": {"number": n, "count": count}},
            "opts": {"attempts": 5, flag: True},
        }
        for n, count in enumerate(counts, start=1)
    ]
    return {
        "name": "render-preview",
        "queueName": queue_name,
        "data": a_payload(previewRequest=REQUEST),
        "opts": {"jobId": "job-1", "attempts": 5},
        "children": children,
    }


async def _ended(node: NodeClient, worker: WorkerUnderTest) -> Any:
    await asyncio.to_thread(worker.wait_for, "job.settled", job_id="job-1")
    return await node("job", id="job-1")


def _events(worker: WorkerUnderTest, name: str) -> list[dict[str, Any]]:
    return [line for line in worker.lines if line["event"] == name]


async def test_nodes_batch_is_filmed_in_parts_and_published_once(
    node: NodeClient, worker: WorkerUnderTest
) -> None:
    """Node finds what each part returned, and the preview as that of any job."""
    await node("listen")
    await node("addFlow", flow=a_flow(node.queue_name, "failParentOnFailure", 2, 2))
    told = await _ended(node, worker)

    assert told["state"] == "completed"
    assert told["job"]["returnvalue"]["status"] == "success"
    values = (await node("childrenValues", id="job-1")).values()
    assert sorted((value["part"], value["status"]) for value in values) == [
        (1, "filmed"),
        (2, "filmed"),
    ]
    assert len(_events(worker, "preview.published")) == 1
    heard = [event for event in await node("heard") if event["event"] == "progress"]
    assert [event["data"] for event in heard if event["jobId"] == "job-1"][:2] == [45, 90]


async def test_node_can_ask_for_placeholders(
    node: NodeClient, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """In the payload of the parent; what it returns names the scenes that are lacking."""
    (tmp_path / "bad.png").write_bytes(b"<html>")
    steps = [*STEPS, {"id": "bad", "image": "bad.png", "durationSec": 0.5}]
    request = a_request(steps=steps, options={"resolution": "160x90"})
    flow = a_flow(node.queue_name, "ignoreDependencyOnFailure", 2, 2)
    flow["data"] = a_payload(previewRequest=request, onPartFailure="placeholder")
    with a_worker(queue_settings, tmp_path, PREVIEW_ASSET_ROOTS=str(tmp_path)) as worker:
        await node("addFlow", flow=flow)
        told = await _ended(node, worker)

    assert told["state"] == "completed"
    assert told["job"]["returnvalue"]["placeholders"] == ["bad"]


async def test_a_whole_is_rendered_without_a_part_that_nobody_can_read(
    node: NodeClient, worker: WorkerUnderTest
) -> None:
    """Where Node says that such a failure is to be ignored."""
    await node("addFlow", flow=a_flow(node.queue_name, "ignoreDependencyOnFailure", 1, "two"))
    assert (await _ended(node, worker))["state"] == "completed"
    (failed,) = [line for line in _events(worker, "job.settled") if line["result"] == "failed"]
    assert failed["job_id"] != "job-1"
    assert failed["code"] == "invalid.payload"
    assert len(_events(worker, "preview.published")) == 1
