"""Chapters by the two older routes: each becomes a job, and what they promise comes true."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api_server import Counter
from tests.integration.older import (
    CHAPTER,
    CHAPTER_REQUEST,
    CHAPTERS_REQUEST,
    desk,
    payload_of,
    publish,
)
from tests.unit.artifacts.drafts import CONTENT

__all__ = ["desk"]

pytestmark = pytest.mark.anyio


async def test_a_chapter_becomes_a_job(desk: Counter) -> None:
    """Upstream wrote a file that said it was queued, and queued nothing."""
    headers = {"x-request-id": "req-chapter", "x-api-version": "v1"}
    answer = await desk.client.post("/api/preview", json=CHAPTER_REQUEST, headers=headers)
    told = answer.json()
    status = (await desk.client.get(f"/api/preview/status/{told['jobToken']}")).json()
    payload = await payload_of(desk, told["jobToken"])

    assert answer.status_code == 202
    assert answer.headers["x-request-id"] == "req-chapter"
    assert set(told) == {"status", "requestId", "jobToken", "previewPath"}
    assert (told["status"], told["requestId"]) == ("queued", "req-chapter")
    assert told["previewPath"] == f"previews/lighthouse/{told['jobToken']}/preview.json"
    assert status["status"] == "queued"
    assert (payload["requestId"], payload["dryRun"]) == ("req-chapter", False)
    assert payload["previewRequest"]["chapter"] == {"id": "setup", **CHAPTER}


@pytest.mark.parametrize(
    ("query", "headers", "dry"),
    [
        ("?dryRun=true", {}, True),
        ("?dryRun=1", {}, True),
        ("", {"x-mobius-dry-run": "1"}, True),
        ("?dryRun=false", {"x-mobius-dry-run": "0"}, False),
    ],
)
async def test_a_dry_run_is_asked_for_in_the_address_or_a_header(
    desk: Counter, query: str, headers: dict[str, str], *, dry: bool
) -> None:
    """It is a job too: planned, and not rendered."""
    answer = await desk.client.post(f"/api/preview{query}", json=CHAPTER_REQUEST, headers=headers)

    assert answer.json()["status"] == ("dry_run" if dry else "queued")
    assert (await payload_of(desk, answer.json()["jobToken"]))["dryRun"] is dry


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"projectId": ""}, 400, "projectId"),
        ({"chapterId": None}, 400, "chapterId"),
        ({"chapter": None}, 400, "chapter"),
        ({"chapter": "setup"}, 400, "chapter"),
        ({"projectId": 7}, 400, "strings"),
        ({"chapter": {"title": "Setting up", "steps": "none"}}, 422, "chapter.steps"),
        ({"chapter": {"title": "Setting up"}}, 422, "chapter.steps"),
    ],
)
async def test_a_chapter_that_is_not_whole_is_refused(
    desk: Counter, changes: dict[str, object], status: int, told: str
) -> None:
    """400 for what is missing, 422 for steps that are no array, as upstream had it."""
    answer = await desk.client.post("/api/preview", json={**CHAPTER_REQUEST, **changes})

    assert answer.status_code == status
    assert told in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "headers"), [("?dryRun=perhaps", {}), ("", {"x-api-version": "v2"})]
)
async def test_a_wish_that_is_not_understood_is_not_guessed_at(
    desk: Counter, query: str, headers: dict[str, str]
) -> None:
    """Rendering what should have been dry is worse than an error."""
    answer = await desk.client.post(f"/api/preview{query}", json=CHAPTER_REQUEST, headers=headers)

    assert answer.status_code == 400
    assert (await desk.services.controls.counts()).total == 0


async def test_one_of_several_chapters_becomes_a_job(desk: Counter) -> None:
    """Upstream wrote a line of text into a file named .mp4."""
    answer = await desk.client.post("/preview", json=CHAPTERS_REQUEST)
    told = answer.json()
    payload = await payload_of(desk, told["previewId"])

    assert answer.status_code == 200
    assert told.pop("generatedAt").endswith("Z")
    assert told == {
        "ok": True,
        "previewId": payload["jobId"],
        "chapterId": "setup",
        "chapterTitle": "Setting up",
        "previewPath": f"previews/default/{payload['jobId']}/preview.mp4",
        "estimatedDuration": 7,
    }
    assert payload["previewRequest"]["chapter"] == {"id": "setup", **CHAPTER}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"chapters": []}, 400),
        ({"chapterId": "setup"}, 400),
        ({**CHAPTERS_REQUEST, "projectId": ["p"]}, 400),
        ({**CHAPTERS_REQUEST, "chapterId": "end"}, 404),
    ],
)
async def test_a_chapter_that_cannot_be_told_is_refused(
    desk: Counter, body: dict[str, object], status: int
) -> None:
    """With ``ok: false``, for those who look at nothing else."""
    answer = await desk.client.post("/preview", json=body)

    assert answer.status_code == status
    assert answer.json()["ok"] is False


async def test_a_preview_is_looked_for_until_it_is_there(desk: Counter, tmp_path: Path) -> None:
    """Its size and its path are those of the file, which is where they say."""
    job_id = (await desk.client.post("/preview", json=CHAPTERS_REQUEST)).json()["previewId"]
    before = (await desk.client.get(f"/preview/{job_id}")).json()
    await publish(tmp_path, "default", job_id)
    after = (await desk.client.get(f"/preview/{job_id}")).json()
    nobody = await desk.client.get("/preview/nobody")

    assert (before["ok"], before["exists"], before["status"]) == (True, False, "queued")
    assert (after["ok"], after["exists"], after["status"]) == (True, True, "success")
    assert after["size"] == (tmp_path / after["path"]).stat().st_size
    assert (await desk.client.get(f"/{after['path']}")).content == CONTENT["preview.mp4"]
    assert (nobody.status_code, nobody.json()["error"]) == (404, "Job nobody not found")
