"""Jobs over HTTP: added once, found again, listed, steered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preview_worker.queue import Completed, Failed, JobState, QueueSettings
from tests.api_server import Counter, counter
from tests.fakes.payloads import a_payload
from tests.redis_server import leased

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server without keys."""
    async with counter(queue_settings, tmp_path) as opened:
        yield opened


async def test_a_payload_becomes_a_job(desk: Counter) -> None:
    """It is accepted, and the answer says where everything about it is found."""
    answer = await desk.submit(jobId="j-1")

    assert answer.status_code == 202
    assert answer.headers["location"] == "/api/v1/jobs/j-1"
    assert answer.json()["jobId"] == "j-1"
    assert answer.json()["status"] == "queued"
    assert (await leased(desk.queue)).id == "j-1"


async def test_the_same_payload_again_is_the_same_job(desk: Counter) -> None:
    """Whoever did not hear the answer may send it again."""
    await desk.submit(jobId="j-1")

    again = await desk.submit(jobId="j-1")

    assert again.status_code == 200
    assert again.headers["idempotent-replay"] == "true"
    assert again.json()["duplicate"] is True
    assert (await desk.services.controls.counts()).ready == 1


async def test_another_payload_under_the_same_id_is_refused(desk: Counter) -> None:
    """Nobody's preview takes the place of somebody else's."""
    await desk.submit(jobId="j-1")

    answer = await desk.submit(jobId="j-1", projectId="another")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "request.conflict"


async def test_an_idempotency_key_finds_its_job_again(desk: Counter) -> None:
    """A payload that names no id gets one that is made of the key."""
    payload = {name: value for name, value in a_payload().items() if name != "jobId"}
    headers = {"idempotency-key": "order-7"}

    first = await desk.client.post("/api/v1/jobs", json=payload, headers=headers)
    again = await desk.client.post("/api/v1/jobs", json=payload, headers=headers)
    other = await desk.client.post(
        "/api/v1/jobs", json={**payload, "projectId": "other"}, headers=headers
    )

    assert (first.status_code, again.status_code, other.status_code) == (202, 200, 409)
    assert first.json()["jobId"] == again.json()["jobId"]


async def test_a_payload_without_id_or_key_gets_an_id(desk: Counter) -> None:
    """Two of them are two jobs."""
    payload = {name: value for name, value in a_payload().items() if name != "jobId"}

    ids = {(await desk.client.post("/api/v1/jobs", json=payload)).json()["jobId"] for _ in range(2)}

    assert len(ids) == 2


async def test_a_refused_payload_says_what_is_wrong_and_where(desk: Counter) -> None:
    """Each complaint points at its field."""
    answer = await desk.client.post(
        "/api/v1/jobs", json={"jobId": "j", "projectId": "p", "previewRequest": {"assets": []}}
    )

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "/problems/invalid.payload"
    pointers = {fault["pointer"] for fault in problem["errors"]}
    assert {"/dryRun", "/previewRequest/steps"} <= pointers
    assert (await desk.client.get(problem["type"])).json()["status"] == 422


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b"\xff", {}, 400),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"{}", {"content-encoding": "gzip"}, 415),
        (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", {}, 422),
    ],
)
async def test_a_body_that_is_no_payload_is_refused(
    desk: Counter, body: bytes, headers: dict[str, str], status: int
) -> None:
    """Bad input is told from good before anything is made of it."""
    answer = await desk.client.post(
        "/api/v1/jobs", content=body, headers={"content-type": "application/json", **headers}
    )

    assert answer.status_code == status
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


async def test_a_full_queue_says_when_to_come_back(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The limit is that of the upstream client."""
    async with counter(queue_settings, tmp_path, preview_queue_max=1) as desk:
        await desk.submit(jobId="j-1")

        answer = await desk.submit(jobId="j-2")

        assert answer.status_code == 429
        assert answer.json()["code"] == "queue.full"
        assert 1 <= int(answer.headers["retry-after"]) <= 72


async def test_a_batch_answers_for_each_of_its_jobs(desk: Counter) -> None:
    """One bad payload does not keep the others out."""
    answer = await desk.client.post(
        "/api/v1/jobs/batch", json={"jobs": [a_payload(jobId="a"), {"jobId": "b"}, 7]}
    )

    results = answer.json()["results"]
    assert [entry["status"] for entry in results] == [202, 422, 422]
    assert results[0]["jobId"] == "a"
    assert results[1]["code"] == "invalid.payload"


async def test_jobs_play_while_they_are_rendered_unless_told_otherwise(desk: Counter) -> None:
    """Somebody is watching, as far as we know."""
    await desk.submit(jobId="watched")
    await desk.submit(
        jobId="other",
        previewRequest={"steps": [], "assets": [], "audio": {}, "options": {"live": False}},
    )

    found = await desk.services.catalogue.find(["watched", "other"])

    assert b'"live":true' in found["watched"].payload
    assert b'"live":false' in found["other"].payload


async def test_a_job_is_told_in_full(desk: Counter) -> None:
    """Its page needs the payload, the log and how attempts ended."""
    await desk.submit(jobId="j-1")
    job = await leased(desk.queue)
    await desk.queue.log(job, "a line")
    await desk.queue.settle(job, Failed("invalid.asset_missing", "no such picture"))

    told = (await desk.client.get("/api/v1/jobs/j-1")).json()

    assert (told["state"], told["status"], told["code"]) == (
        "failed",
        "failed",
        "invalid.asset_missing",
    )
    assert told["reason"] == "no such picture"
    assert told["logs"] == ["a line"]
    assert told["payload"]["jobId"] == "j-1"


async def test_an_unknown_job_is_not_found(desk: Counter) -> None:
    """The problem says so in JSON."""
    answer = await desk.client.get("/api/v1/jobs/nowhere")

    assert answer.status_code == 404
    assert answer.json()["code"] == "request.not_found"


async def test_jobs_are_listed_with_the_newest_first(desk: Counter) -> None:
    """Pages follow each other without a gap."""
    ids = [f"j-{number}" for number in range(7)]
    for job_id in ids:
        await desk.submit(jobId=job_id)
        await desk.until_known(job_id)

    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await desk.client.get("/api/v1/jobs", params=query)).json()
        seen += [job["id"] for job in page["jobs"]]
        assert page["total"] == 7
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "failed"}, ["bad"]),
        ({"status": "success"}, ["good"]),
        ({"status": ["queued", "failed"]}, ["new", "bad"]),
        ({"q": "ZANZIBAR"}, ["good"]),
        ({"q": "picture"}, ["bad"]),
        ({"projectId": "p-new"}, ["new"]),
        ({"requestId": "r-bad"}, ["bad"]),
        ({"code": "invalid.*"}, ["bad"]),
        ({"code": "permanent.*"}, []),
        ({"until": "0"}, []),
    ],
)
async def test_jobs_are_found_by_what_people_know_of_them(
    desk: Counter, query: dict[str, str], found: list[str]
) -> None:
    """State, project, request, title, code and reason."""
    request: dict[str, object] = {"steps": [], "assets": [], "audio": {}, "title": "Zanzibar"}
    await desk.submit(jobId="good", previewRequest=request)
    await desk.queue.settle(await leased(desk.queue), Completed({"status": "success"}))
    await desk.submit(jobId="bad", requestId="r-bad")
    await desk.queue.settle(
        await leased(desk.queue), Failed("invalid.asset_missing", "no such picture")
    )
    await desk.submit(jobId="new", projectId="p-new")
    await desk.until_known("good", JobState.COMPLETED)
    await desk.until_known("bad", JobState.FAILED)
    await desk.until_known("new")

    answer = await desk.client.get("/api/v1/jobs", params=query)

    assert [job["id"] for job in answer.json()["jobs"]] == found


async def test_a_waiting_job_can_be_cancelled(desk: Counter) -> None:
    """It has failed then, for a reason that says who did it."""
    await desk.submit(jobId="j-1")

    answer = await desk.client.post("/api/v1/jobs/j-1/cancel")

    assert answer.status_code == 202
    assert answer.json()["result"] == "cancelled"
    told = (await desk.client.get("/api/v1/jobs/j-1")).json()
    assert told["state"] == "failed"
    assert told["reason"] == "Cancelled by anybody"


async def test_a_failed_job_can_run_again_and_no_other(desk: Counter) -> None:
    """A retry gives it all its attempts back."""
    await desk.submit(jobId="j-1")
    early = await desk.client.post("/api/v1/jobs/j-1/retry")
    await desk.queue.settle(await leased(desk.queue), Failed("permanent.timeout", "too slow"))

    answer = await desk.client.post("/api/v1/jobs/j-1/retry")

    assert (early.status_code, answer.status_code) == (409, 202)
    assert (await leased(desk.queue)).attempts_made == 0
