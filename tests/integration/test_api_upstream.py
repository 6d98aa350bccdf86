"""What earlier services of Mobius asked for over HTTP, in their spelling: each answer is true."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from preview_worker.queue import Completed, Failed, JobState, QueueSettings
from tests.api_server import KEYS, SECRETS, Counter, counter
from tests.fakes.payloads import a_payload
from tests.integration.older import CHAPTER_REQUEST, CHAPTERS_REQUEST, desk, payload_of, publish
from tests.redis_server import leased
from tests.unit.artifacts.drafts import CONTENT

if TYPE_CHECKING:
    import httpx

__all__ = ["desk"]

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/api/preview/job", "/api/preview/jobs"])
async def test_a_job_is_accepted_in_either_spelling(desk: Counter, path: str) -> None:
    """With the id that it has in the queue."""
    answer = await desk.client.post(path, json=a_payload(jobId="j-1"))

    assert (answer.status_code, answer.json()) == (202, {"jobId": "j-1", "status": "queued"})
    assert answer.headers["x-api-version"] == "v1"
    assert (await payload_of(desk, "j-1"))["projectId"] == "lighthouse"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"[]", "JSON object"),
        (b"{", "JSON"),
        (b'{"jobId": "j", "dryRun": false}', "Invalid job payload: projectId (string) required, "),
        (json.dumps(a_payload(jobId="a:b")).encode(), "a:b"),
    ],
)
async def test_a_payload_that_cannot_be_rendered_is_a_bad_request(
    desk: Counter, body: bytes, told: str
) -> None:
    """In the words of the upstream client, which callers may compare."""
    headers = {"content-type": "application/json"}
    answer = await desk.client.post("/api/preview/job", content=body, headers=headers)

    assert answer.status_code == 400
    assert told in answer.json()["error"]


async def test_a_full_queue_is_told_as_upstream_told_it(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The message begins as its callers know it, and they learn how long to wait."""
    async with counter(queue_settings, tmp_path, preview_queue_max=1) as desk:
        await desk.submit(jobId="j-1")
        older = await desk.client.post("/api/preview/job", json=a_payload(jobId="j-2"))
        chapter = await desk.client.post("/api/preview", json=CHAPTER_REQUEST)

    for answer in (older, chapter):
        assert answer.status_code == 429
        assert answer.json()["error"].startswith("Queue is full (max 1 jobs).")
        assert int(answer.headers["retry-after"]) >= 1


async def test_an_absent_queue_is_said_to_be_unavailable(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """503 with Retry-After, and a sentence instead of a stack."""
    away = QueueSettings(redis_url="redis://127.0.0.1:1", queue_name=queue_settings.queue_name)
    async with counter(away, tmp_path) as desk:
        for answer in (
            await desk.client.post("/api/preview", json=CHAPTER_REQUEST),
            await desk.client.get("/api/preview/queue/metrics"),
        ):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.json()["code"] == "queue.unavailable"
            assert answer.json()["error"]


STATUS = ("job/{}/status", "jobs/{}/status", "status/{}", "{}/status")


@pytest.mark.parametrize(
    ("spelling", "waiting", "done"),
    [
        ("job/{}/status", "prioritized", "completed"),
        ("jobs/{}/status", "prioritized", "completed"),
        ("status/{}", "queued", "success"),
        ("{}/status", "queued", "success"),
    ],
)
async def test_status_is_told_in_the_words_that_its_spelling_promises(
    desk: Counter, spelling: str, waiting: str, done: str
) -> None:
    """Those of the client have BullMQ's word, those of the later proposal its own."""
    await desk.submit(jobId="j-1")
    path = f"/api/preview/{spelling.format('j-1')}"

    first = (await desk.client.get(path)).json()
    await desk.queue.settle(await leased(desk.queue), Completed({"status": "success"}))
    last = (await desk.client.get(path)).json()

    assert (first["status"], first["state"], first["outcome"]) == (waiting, "prioritized", "queued")
    assert (last["status"], last["state"], last["outcome"]) == (done, "completed", "success")
    assert last["jobId"] == "j-1"
    assert last["attemptsMade"] == 1
    assert last["createdAt"] <= last["processedOn"] <= last["finishedOn"]


async def test_why_a_job_failed_is_told(desk: Counter) -> None:
    """As BullMQ has it, for those who show it to people."""
    await desk.submit(jobId="j-1")
    await desk.queue.settle(await leased(desk.queue), Failed("permanent.timeout", "too slow"))

    told = (await desk.client.get("/api/preview/status/j-1")).json()

    assert (told["status"], told["state"]) == ("failed", "failed")
    assert "too slow" in told["failedReason"]


@pytest.mark.parametrize("spelling", STATUS)
async def test_a_job_that_is_not_there_is_not_found_in_upstreams_words(
    desk: Counter, spelling: str
) -> None:
    """Callers know the sentence."""
    answer = await desk.client.get(f"/api/preview/{spelling.format('nobody')}")

    assert answer.status_code == 404
    assert answer.json()["error"] == "Job nobody not found"


async def test_artifacts_are_promised_when_they_are_there(desk: Counter, tmp_path: Path) -> None:
    """Upstream gave an address from the start; behind it there was nothing."""
    await desk.submit(jobId="job-1", projectId="project-1")
    before = (await desk.client.get("/api/preview/status/job-1")).json()
    nowhere = await desk.client.get("/api/preview/job/job-1/artifact")
    await publish(tmp_path)
    after = (await desk.client.get("/api/preview/status/job-1")).json()

    assert before["artifactUrls"] == []
    assert nowhere.status_code == 404
    assert (await desk.client.get(before["logs_url"])).json()["logs"] == []
    for url in after["artifactUrls"]:
        assert (await desk.client.get(url)).status_code == 200
    assert any(url.endswith("/preview.mp4") for url in after["artifactUrls"])


async def test_the_address_of_the_video_is_told_and_leads_to_it(
    desk: Counter, tmp_path: Path
) -> None:
    """One spelling answers ``{url}``, the other the video itself, in parts if asked."""
    await publish(tmp_path)

    url = (await desk.client.get("/api/preview/job/job-1/artifact")).json()["url"]
    whole = await desk.client.get(url)
    part = await desk.client.get(url, headers={"range": "bytes=0-5"})
    head = await desk.client.head(url)

    assert url == "/api/preview/job-1/artifact"
    assert whole.content == CONTENT["preview.mp4"]
    assert whole.headers["content-type"] == "video/mp4"
    assert (part.status_code, part.content) == (206, CONTENT["preview.mp4"][:6])
    assert head.headers["content-length"] == str(len(whole.content))


async def test_the_static_tree_has_the_names_that_are_on_the_disk(
    desk: Counter, tmp_path: Path
) -> None:
    """An id that could harm a path has another folder; a result's paths lead there as well."""
    await publish(tmp_path, "../a b", "job 1")
    folder = next((tmp_path / "previews").iterdir())
    place = next(folder.iterdir()).relative_to(tmp_path).as_posix()

    answer = await desk.client.get(f"/{place}/preview.mp4")

    assert answer.content == CONTENT["preview.mp4"]
    assert "~" in place


async def test_metrics_count_what_waits_by_either_road(desk: Counter) -> None:
    """The upstream client gives every job a priority, and then did not count it as waiting."""
    for number in range(3):
        await desk.submit(jobId=f"j-{number}")
    await leased(desk.queue)

    told = (await desk.client.get("/api/preview/queue/metrics")).json()

    assert told == {
        "waiting": 2,
        "active": 1,
        "completed": 0,
        "failed": 0,
        "delayed": 0,
        "total": 3,
    }


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/api/preview", "submit"),
        ("POST", "/api/preview/job", "submit"),
        ("POST", "/preview", "submit"),
        ("GET", "/preview/job-1", "read"),
        ("GET", "/api/preview/status/job-1", "read"),
        ("GET", "/api/preview/job/job-1/artifact", "read"),
        ("GET", "/api/preview/job-1/artifact", "read"),
        ("GET", "/previews/project-1/job-1/preview.mp4", "read"),
        ("POST", "/api/projects/project-1/export", "read"),
        ("GET", f"/api/projects/project-1/export/{'0' * 32}.zip", "read"),
    ],
)
async def test_older_routes_have_the_same_gate(
    queue_settings: QueueSettings, tmp_path: Path, method: str, path: str, role: str
) -> None:
    """No key 401, too small a role 403, both in the older spelling."""
    async with counter(queue_settings, tmp_path, keys=KEYS) as desk:

        async def ask(*, key: str = "") -> httpx.Response:
            headers = {"x-mobius-api-key": key} if key else {}
            return await desk.client.request(method, path, headers=headers)

        nobody = await ask()
        reader = await ask(key=SECRETS["read"])
        meant = await ask(key=SECRETS[role])

    assert nobody.status_code == 401
    assert nobody.json()["ok"] is False
    assert (reader.status_code == 403) is (role != "read")
    assert meant.status_code not in (401, 403)


async def test_a_key_for_one_project_has_no_part_in_others(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """By none of the older routes; what names no project is of its own."""
    await publish(tmp_path)
    secret = "project-01234567"
    keys = f"{KEYS},paul:operate:{secret}@p-2"
    async with counter(queue_settings, tmp_path, keys=keys, secret=SECRETS["submit"]) as desk:
        await desk.submit(jobId="job-1", projectId="project-1")
        desk.client.headers["x-mobius-api-key"] = secret
        for path in (
            "/preview/job-1",
            "/api/preview/status/job-1",
            "/api/preview/job/job-1/status",
            "/api/preview/job/job-1/artifact",
            "/api/preview/job-1/artifact",
            "/previews/project-1/job-1/preview.mp4",
        ):
            assert (await desk.client.get(path)).status_code == 404
        export = await desk.client.post("/api/projects/project-1/export")
        theirs = await desk.client.post("/api/preview", json=CHAPTER_REQUEST)
        own = (await desk.client.post("/preview", json=CHAPTERS_REQUEST)).json()

        assert export.status_code == 404
        assert theirs.status_code == 403
        await desk.until_known(own["previewId"], JobState.PRIORITIZED)
        assert (await payload_of(desk, own["previewId"]))["projectId"] == "p-2"
