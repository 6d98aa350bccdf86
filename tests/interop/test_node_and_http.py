"""The upstream client in Node and the HTTP interface, side by side: they tell the same truth."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue import Completed, Failed, JobState, QueueSettings, Retry
from preview_worker.queue.bullmq import BullQueue
from tests.api_server import Counter, counter
from tests.fakes.payloads import a_payload
from tests.interop.node import NodeClient, leased, until

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

Told = dict[str, Any]
RESULT = {"status": "success", "dryRun": False, "jobId": "j-1", "artifactPath": "/d/preview.json"}
FIELDS = {
    "jobId",
    "status",
    "progress",
    "attemptsMade",
    "createdAt",
    "processedOn",
    "finishedOn",
    "failedReason",
}


@pytest.fixture
def queue_settings(queue_settings: QueueSettings) -> QueueSettings:
    """A queue whose locks last while both sides are asked, however busy the machine is."""
    return replace(queue_settings, lock_s=60.0, renew_s=5.0, stall_check_s=30.0)


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server on the queue that Node uses."""
    async with counter(queue_settings, tmp_path) as opened:
        yield opened


async def client(node: NodeClient, name: str, *given: object, most: int = 20) -> Any:
    """Call a function of the Node client; return what it told, or the message that it threw."""
    answer = await node("client", name=name, most=most, given=list(given))
    return answer["thrown"] if "thrown" in answer else answer["told"]


async def both(node: NodeClient, desk: Counter, job_id: str) -> Told:
    """Return what Node's client tells of a job, after HTTP has told the very same."""
    theirs = await client(node, "getJobStatus", job_id)
    ours = (await desk.client.get(f"/api/preview/job/{job_id}/status")).json()
    newer = (await desk.client.get(f"/api/v1/jobs/{job_id}")).json()
    # JSON leaves out what is undefined in JavaScript; it is null over HTTP.
    assert {name: ours[name] for name in FIELDS} == {**dict.fromkeys(FIELDS), **theirs}
    assert (newer["state"], newer["attemptsMade"]) == (theirs["status"], theirs["attemptsMade"])
    await desk.until_known(job_id, JobState(theirs["status"]))
    listed = (await desk.client.get("/api/v1/jobs", params={"q": job_id})).json()["jobs"]
    assert [(job["id"], job["state"]) for job in listed] == [(job_id, theirs["status"])]
    told: Told = theirs
    return told


@pytest.mark.parametrize("priority", ["high", "normal"])
async def test_a_job_that_node_enqueues_completes_alike_for_both(
    node: NodeClient, desk: Counter, queue: BullQueue, priority: str
) -> None:
    """Waiting, active with its progress, completed with its result."""
    data = a_payload(jobId="j-1", priority=priority)
    assert await client(node, "enqueuePreviewJob", data) == {"jobId": "j-1", "status": "queued"}
    waiting = await both(node, desk, "j-1")
    job = await leased(queue)
    active = await both(node, desk, "j-1")
    await queue.progress(job, 40)
    halfway = await both(node, desk, "j-1")
    await queue.settle(job, Completed(RESULT))
    completed = await both(node, desk, "j-1")

    assert waiting["status"] == "prioritized"
    assert (active["status"], active["progress"]) == ("active", 0)
    assert halfway["progress"] == 40
    assert completed["status"] == "completed"
    told = (await desk.client.get("/api/v1/jobs/j-1")).json()
    assert told["result"] == (await node("job", id="j-1"))["job"]["returnvalue"] == RESULT
    assert told["payload"] == data


async def test_a_job_that_fails_and_is_tried_again_is_alike_for_both(
    node: NodeClient, desk: Counter, queue: BullQueue
) -> None:
    """Delayed after a first attempt, and failed for good after a second, with the reason."""
    await client(node, "enqueuePreviewJob", a_payload(jobId="j-1"))
    await queue.settle(await leased(queue), Retry("transient.disk", "no room"))
    delayed = await both(node, desk, "j-1")
    await node("promote", id="j-1")
    await queue.settle(await leased(queue), Failed("permanent.timeout", "too slow"))
    failed = await both(node, desk, "j-1")

    assert (delayed["status"], delayed["attemptsMade"]) == ("delayed", 1)
    assert (failed["status"], failed["attemptsMade"]) == ("failed", 2)
    assert "too slow" in failed["failedReason"]


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/preview/job"])
@pytest.mark.parametrize(
    ("processor", "state", "reason"),
    [("echo", "completed", None), ("refuse", "failed", "it cannot work")],
)
async def test_a_job_submitted_over_http_is_nodes_as_well(
    node: NodeClient, desk: Counter, path: str, processor: str, state: str, reason: str | None
) -> None:
    """Node's client sees it wait, a worker of Node's runs it, and both see how it ends."""
    answer = await desk.client.post(path, json=a_payload(jobId="j-1"))
    waiting = await both(node, desk, "j-1")
    await node("work", processor=processor, concurrency=1)
    await until(
        lambda: client(node, "getJobStatus", "j-1"),
        lambda told: told["status"] in ("completed", "failed"),
        within_s=30,
    )
    ended = await both(node, desk, "j-1")

    assert (answer.status_code, waiting["status"]) == (202, "prioritized")
    assert (ended["status"], ended.get("failedReason")) == (state, reason)


async def test_a_job_has_the_same_options_from_either_side(node: NodeClient, desk: Counter) -> None:
    """Attempts, backoff, priority and how long it is kept are the client's."""
    for priority in ("high", "normal"):
        theirs, ours = f"theirs-{priority}", f"ours-{priority}"
        await client(node, "enqueuePreviewJob", a_payload(jobId=theirs, priority=priority))
        await desk.client.post("/api/preview/job", json=a_payload(jobId=ours, priority=priority))
        model, made = [(await node("job", id=one))["job"] for one in (theirs, ours)]
        assert made["opts"].pop("jobId") == ours
        assert model["opts"].pop("jobId") == theirs
        assert made["opts"] == model["opts"]
        assert made["name"] == model["name"]


async def test_what_http_steers_node_sees(node: NodeClient, desk: Counter) -> None:
    """A cancelled job is failed with its reason, a retried one waits again."""
    await client(node, "enqueuePreviewJob", a_payload(jobId="j-1"))
    await desk.client.post("/api/v1/jobs/j-1/cancel")
    cancelled = await both(node, desk, "j-1")
    await desk.client.post("/api/v1/jobs/j-1/retry")
    retried = await both(node, desk, "j-1")

    assert (cancelled["status"], retried["status"]) == ("failed", "prioritized")
    assert cancelled["failedReason"].startswith("Cancelled by")


async def test_metrics_agree(node: NodeClient, desk: Counter, queue: BullQueue) -> None:
    """Count by count; what the client leaves out, jobs with a priority, waits over HTTP."""
    for number in range(6):
        await client(node, "enqueuePreviewJob", a_payload(jobId=f"j-{number}"))
    for outcome in (Completed(RESULT), Failed("permanent.timeout", "slow"), Retry("x.y", "again")):
        await queue.settle(await leased(queue), outcome)
    await leased(queue)
    await node("add", name="render-preview", data=a_payload(jobId="plain"), opts={"jobId": "plain"})

    theirs = await client(node, "getQueueMetrics")
    left_out = (await node("counts"))["prioritized"]
    ours = (await desk.client.get("/api/preview/queue/metrics")).json()

    assert left_out == 2
    assert theirs == {
        "waiting": 1,
        "active": 1,
        "completed": 1,
        "failed": 1,
        "delayed": 1,
        "total": 5,
    }
    assert ours == {
        **theirs,
        "waiting": theirs["waiting"] + left_out,
        "total": theirs["total"] + left_out,
    }


@pytest.mark.parametrize(
    "broken",
    [{"jobId": ""}, {"projectId": 7, "dryRun": "no"}, {"previewRequest": {"steps": "none"}}],
)
async def test_both_refuse_a_payload_in_the_same_words(
    node: NodeClient, desk: Counter, broken: Told
) -> None:
    """Callers may match them."""
    payload = a_payload(**broken)

    thrown = await client(node, "enqueuePreviewJob", payload)
    answer = await desk.client.post("/api/preview/job", json=payload)

    assert (answer.status_code, answer.json()["error"]) == (400, thrown)


async def test_both_refuse_one_job_too_many(
    node: NodeClient, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Whoever added the others, and whichever road those wait on."""
    async with counter(queue_settings, tmp_path, preview_queue_max=2) as desk:
        await client(node, "enqueuePreviewJob", a_payload(jobId="j-1"), most=2)
        await desk.client.post("/api/preview/job", json=a_payload(jobId="j-2"))
        thrown = await client(node, "enqueuePreviewJob", a_payload(jobId="j-3"), most=2)
        answer = await desk.client.post("/api/preview/job", json=a_payload(jobId="j-3"))

    assert thrown == "Queue is full (max 2 jobs)."
    assert answer.status_code == 429
    assert answer.json()["error"].startswith(thrown)


async def test_both_miss_a_job_in_the_same_words(node: NodeClient, desk: Counter) -> None:
    """And point to the same place for the video of one."""
    thrown = await client(node, "getJobStatus", "nobody")
    answer = await desk.client.get("/api/preview/job/nobody/status")
    place = await client(node, "getJobArtifactUrl", "j-1")

    assert (answer.status_code, answer.json()["error"]) == (404, thrown)
    assert (await desk.client.get(place)).json()["error"] == "There is no preview of job j-1."
