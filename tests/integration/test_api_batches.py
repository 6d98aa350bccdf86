"""Batches over HTTP: added once, with all their parts, and told how far they are."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from preview_worker.contract import PART_NAME, read_part
from preview_worker.queue import Completed, Failed, JobState, QueueSettings
from tests.api_server import KEYS, SECRETS, Counter, counter
from tests.fakes.payloads import a_payload
from tests.redis_server import leased

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server without keys."""
    async with counter(queue_settings, tmp_path) as opened:
        yield opened


async def _submit(desk: Counter, headers: Any = None, **wanted: object) -> httpx.Response:
    body = {"job": a_payload(jobId="b-1"), "parts": 3, **wanted}
    return await desk.client.post("/api/v1/batches", json=body, headers=headers)


async def _told(desk: Counter, job_id: str = "b-1") -> Any:
    answer = await desk.client.get(f"/api/v1/batches/{job_id}")
    assert answer.status_code == 200
    return answer.json()


async def test_a_batch_becomes_a_job_that_waits_for_its_parts(desk: Counter) -> None:
    """Every part says which it is, and nothing of the preview."""
    answer = await _submit(desk)

    assert answer.status_code == 202
    assert answer.headers["location"] == answer.json()["batch"] == "/api/v1/batches/b-1"
    assert answer.json()["links"]["self"] == "/api/v1/jobs/b-1"
    jobs = [await leased(desk.queue) for _ in range(3)]
    assert {job.name for job in jobs} == {PART_NAME}
    parts = [read_part(job.payload) for job in jobs]
    assert [(part.number, part.count, part.project_id) for part in parts] == [
        (number, 3, "lighthouse") for number in (1, 2, 3)
    ]
    assert (await _told(desk))["state"] == "waiting-children"


async def test_it_is_told_how_far_a_batch_is(desk: Counter) -> None:
    """A part that fails is counted and kept, and the whole is rendered all the same."""
    await _submit(desk)
    first, second, third = [await leased(desk.queue) for _ in range(3)]
    await desk.queue.settle(first, Completed({}))
    await desk.queue.settle(second, Failed("permanent.x", "no"))

    told = await _told(desk)
    assert told["parts"] == {"total": 3, "open": 1, "completed": 1, "failed": 1}
    assert told["status"] == "queued"

    await desk.queue.settle(third, Completed({}))
    counts = await desk.services.controls.counts()
    assert (counts.completed, counts.failed) == (0, 1)
    assert (await leased(desk.queue)).id == "b-1"
    assert (await _told(desk))["status"] == "running"


async def test_a_batch_fails_with_its_part_where_that_is_wanted(desk: Counter) -> None:
    """The others are not waited for."""
    await _submit(desk, onFailure="fail", parts=2)
    await desk.queue.settle(await leased(desk.queue), Failed("permanent.x", "no"))
    await leased(desk.queue)
    assert await desk.queue.lease() is None

    told = await _told(desk)
    assert (told["status"], told["parts"]["failed"]) == ("failed", 1)


@pytest.mark.parametrize("headers", [None, {"idempotency-key": "order-7"}])
async def test_a_batch_that_wants_placeholders_says_so_to_whoever_renders_it(
    desk: Counter, headers: Any
) -> None:
    """The same again is that batch all the same; its scenes that are lacking are told of."""
    await _submit(desk, headers, onFailure="placeholder", parts=1)
    assert (await _submit(desk, headers, onFailure="placeholder", parts=1)).status_code == 200
    await desk.queue.settle(await leased(desk.queue), Failed("permanent.x", "no"))
    whole = await leased(desk.queue)
    assert json.loads(whole.payload)["onPartFailure"] == "placeholder"
    assert (await _told(desk))["placeholders"] == []

    await desk.queue.settle(whole, Completed({"placeholders": ["step-2"]}))
    told = await _told(desk)
    assert (told["status"], told["placeholders"]) == ("success", ["step-2"])


@pytest.mark.parametrize("headers", [None, {"idempotency-key": "order-7"}])
async def test_the_same_batch_again_is_that_batch(desk: Counter, headers: Any) -> None:
    """No part is added twice."""
    await _submit(desk, headers)
    again = await _submit(desk, headers)

    assert again.status_code == 200
    assert again.headers["idempotent-replay"] == "true"
    assert again.json()["duplicate"] is True
    assert (await desk.services.controls.counts()).ready == 3


async def test_another_plan_under_the_same_key_is_refused(desk: Counter) -> None:
    """As another payload is."""
    headers = {"idempotency-key": "order-7"}
    await _submit(desk, headers)
    assert (await _submit(desk, headers, parts=2)).status_code == 409


async def test_a_job_that_was_added_alone_is_no_batch(desk: Counter) -> None:
    """It is not made one, and not shown as one."""
    payload = a_payload(jobId="b-1")
    request = {**payload["previewRequest"], "options": {"live": True}}
    await desk.client.post("/api/v1/jobs", json={**payload, "previewRequest": request})

    assert (await _submit(desk, job={**payload, "previewRequest": request})).status_code == 409
    assert (await desk.client.get("/api/v1/batches/b-1")).status_code == 404
    assert (await desk.client.get("/api/v1/batches/nobody")).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        ({"parts": 0}, "/parts"),
        ({"parts": 21}, "/parts"),
        ({"parts": "3"}, "/parts"),
        ({"onFailure": "forget"}, "/onFailure"),
        ({"job": None}, "/job"),
        ({"jobs": []}, "/jobs"),
        ({"job": {"jobId": "x"}}, "/projectId"),
    ],
)
async def test_what_cannot_be_a_batch_is_refused(
    desk: Counter, wanted: dict[str, object], pointer: str
) -> None:
    """The answer points at what is wrong. More parts than may wait could never be added."""
    answer = await _submit(desk, **wanted)
    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]
    assert (await desk.services.controls.counts()).total == 0


async def test_a_dry_run_is_no_batch(desk: Counter) -> None:
    """It films nothing."""
    answer = await _submit(desk, job=a_payload(jobId="b-1", dryRun=True))
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid.payload"


async def test_a_batch_that_is_refused_leaves_its_key_to_a_better_one(desk: Counter) -> None:
    """As a single job does."""
    headers = {"idempotency-key": "order-7"}
    refused = await _submit(desk, headers, job=a_payload(jobId="b-1", dryRun=True))
    taken = await _submit(desk, headers)

    assert (refused.status_code, taken.status_code) == (422, 202)


async def test_a_batch_that_does_not_fit_is_refused_whole(desk: Counter) -> None:
    """Nothing of it is in the queue afterwards."""
    for number in range(18):
        await desk.submit(jobId=f"j-{number}")

    answer = await _submit(desk)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert (await desk.services.controls.counts()).total == 18


async def test_cancelling_a_batch_cancels_its_parts(desk: Counter) -> None:
    """By its job."""
    await _submit(desk)
    answer = await desk.client.post("/api/v1/jobs/b-1/cancel")
    assert answer.json()["result"] == "cancelled"
    counts = await desk.services.controls.counts()
    assert (counts.ready, counts.waiting_children, counts.failed) == (0, 0, 4)


async def test_parts_are_told_from_previews_in_lists(desk: Counter) -> None:
    """By their titles."""
    await _submit(desk)
    for part in [await leased(desk.queue) for _ in range(3)]:
        await desk.until_known(part.id, JobState.ACTIVE)
    listed = (await desk.client.get("/api/v1/jobs")).json()["jobs"]
    titles = {"Part 1 of 3", "Part 2 of 3", "Part 3 of 3", "Lighthouse Keepers"}
    assert {job["title"] for job in listed} == titles


async def test_a_key_for_other_projects_sees_no_batch(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Nor adds one."""
    keys = f"{KEYS},harbour:submit:harbour-0123456789@harbour"
    async with counter(queue_settings, tmp_path, keys=keys, secret=SECRETS["submit"]) as desk:
        assert (await _submit(desk)).status_code == 202
        stranger = {"x-mobius-api-key": "harbour-0123456789"}
        shown = await desk.client.get("/api/v1/batches/b-1", headers=stranger)
        assert shown.status_code == 404
        assert (await _submit(desk, stranger)).status_code == 403
        reader = {"x-mobius-api-key": SECRETS["read"]}
        assert (await _submit(desk, reader)).status_code == 403
