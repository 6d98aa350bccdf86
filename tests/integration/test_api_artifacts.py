"""Files of previews over HTTP: whole or in parts, kept where they may be, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from tests.api_server import KEYS, Counter, counter, publish
from tests.unit.artifacts.drafts import CONTENT

pytestmark = pytest.mark.anyio

VIDEO = "/api/v1/jobs/job-1/artifacts/preview.mp4"
BYTES = CONTENT["preview.mp4"]
ETAG = f'"{hashlib.sha256(BYTES).hexdigest()}"'


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server whose data folder holds one preview."""
    await publish(tmp_path)
    async with counter(queue_settings, tmp_path) as opened:
        yield opened


async def test_the_files_of_a_preview_are_listed(desk: Counter) -> None:
    """With addresses that lead to these very bytes."""
    told = (await desk.client.get("/api/v1/jobs/job-1/artifacts")).json()

    assert told["projectId"] == "project-1"
    by_name = {file["name"]: file for file in told["artifacts"]}
    assert {"preview.mp4", "poster.jpg", "preview-manifest.json"} <= set(by_name)
    answer = await desk.client.get(by_name["preview.mp4"]["url"])
    assert answer.content == BYTES
    assert "immutable" in answer.headers["cache-control"]


async def test_a_file_is_handed_out_whole(desk: Counter) -> None:
    """With its type, its size and a tag that names its content."""
    answer = await desk.client.get(VIDEO)

    assert answer.status_code == 200
    assert answer.content == BYTES
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(BYTES))
    assert answer.headers["etag"] == ETAG
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''preview.mp4"


async def test_the_video_has_a_name_whatever_its_container(desk: Counter) -> None:
    """Those who submit jobs need not know which one it became."""
    answer = await desk.client.get("/api/v1/jobs/job-1/artifacts/preview")

    assert answer.content == BYTES


async def test_a_head_tells_without_the_bytes(desk: Counter) -> None:
    """Players ask first."""
    answer = await desk.client.head(VIDEO)

    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(BYTES))
    assert answer.content == b""


@pytest.mark.parametrize("known", [ETAG, f'"other", {ETAG}', f"W/{ETAG}", "*"])
async def test_what_is_known_is_not_sent_again(desk: Counter, known: str) -> None:
    """The tag is the content's digest, so equal tags are equal bytes."""
    answer = await desk.client.get(VIDEO, headers={"if-none-match": known})

    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == ETAG


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, len(BYTES)),
        ("bytes=3-5", 3, 6),
        ("bytes=-4", len(BYTES) - 4, len(BYTES)),
        ("bytes=-999", 0, len(BYTES)),
        ("bytes=5-99999999999999999", 5, len(BYTES)),
    ],
)
async def test_a_part_is_handed_out(desk: Counter, asked: str, start: int, end: int) -> None:
    """That is how a player seeks."""
    answer = await desk.client.get(VIDEO, headers={"range": asked})

    assert answer.status_code == 206
    assert answer.content == BYTES[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(BYTES)}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,3-4",
        "bytes=" + "0-0," * 1000 + "0-0",
        "bytes=5-3",
        "bytes=-",
        "bytes=a-b",
        "bytes=٣-٤",
        "bytes=0-" + "9" * 400,
        "items=0-1",
        "bytes 0-1",
        "",
    ],
)
async def test_a_range_that_is_none_or_many_is_answered_with_the_whole(
    desk: Counter, asked: str
) -> None:
    """Adding up a thousand ranges is an old way to keep a server busy."""
    answer = await desk.client.get(VIDEO, headers=[(b"range", asked.encode())])

    assert answer.status_code == 200
    assert answer.content == BYTES


@pytest.mark.parametrize("asked", [f"bytes={len(BYTES)}-", "bytes=999-1000", "bytes=-0"])
async def test_a_part_behind_the_end_is_refused(desk: Counter, asked: str) -> None:
    """With the size, so that the one who asks knows better next time."""
    answer = await desk.client.get(VIDEO, headers={"range": asked})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(BYTES)}"


@pytest.mark.parametrize(("known", "status"), [(ETAG, 206), ('"older"', 200)])
async def test_a_part_of_another_version_is_answered_with_the_whole(
    desk: Counter, known: str, status: int
) -> None:
    """Nobody puts a video together of two."""
    answer = await desk.client.get(VIDEO, headers={"range": "bytes=0-3", "if-range": known})

    assert answer.status_code == status


async def test_an_address_of_other_bytes_leads_nowhere(desk: Counter) -> None:
    """It was given for a version that is gone."""
    answer = await desk.client.get(VIDEO, params={"v": "0" * 64})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "../preview-manifest.json",
        "..%2fpreview-manifest.json",
        "%2e%2e/%2e%2e/secret",
        "..%5c..%5csecret",
        "....//secret",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "preview.mp4%00.jpg",
        "%c0%ae%c0%ae/secret",
        "preview.mp4/",
        "%2e/preview.mp4",
        "x" * 401,
        "secret",
        "render.log",
    ],
)
async def test_only_files_of_the_manifest_are_found(
    desk: Counter, tmp_path: Path, path: str
) -> None:
    """A name is looked up in a list, never joined to a folder."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "previews/project-1/job-1/secret").write_text("secret")

    answer = await desk.client.get(f"/api/v1/jobs/job-1/artifacts/{path}")

    assert answer.status_code in (404, 422)
    assert b"secret" not in answer.content or b"requestId" in answer.content


async def test_a_link_in_the_place_of_a_file_is_not_followed(desk: Counter, tmp_path: Path) -> None:
    """Somebody may have put it there since."""
    (tmp_path / "secret").write_text("secret")
    video = tmp_path / "previews/project-1/job-1/preview.mp4"
    video.unlink()
    video.symlink_to(tmp_path / "secret")

    answer = await desk.client.get(VIDEO)

    assert answer.status_code == 404


async def test_a_preview_outlives_its_job_in_the_queue(desk: Counter) -> None:
    """BullMQ forgets finished jobs after an hour; their previews stay."""
    assert (await desk.client.get("/api/v1/jobs/job-1")).status_code == 404
    assert (await desk.client.get(VIDEO)).status_code == 200


async def test_the_older_spellings_lead_to_the_same_files(desk: Counter) -> None:
    """Earlier services named the static tree and a route for the video."""
    static = await desk.client.get("/previews/project-1/job-1/preview.mp4")
    route = await desk.client.get("/api/preview/job-1/artifact", follow_redirects=True)
    other = await desk.client.get("/previews/project-2/job-1/preview.mp4")

    assert static.content == route.content == BYTES
    assert other.status_code == 404


async def test_a_key_for_one_project_finds_no_files_of_another(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """For it they do not exist, by whatever name."""
    await publish(tmp_path)
    keys = f"{KEYS},paul:operate:project-01234567@p-2"
    async with counter(queue_settings, tmp_path, keys=keys, secret="project-01234567") as desk:
        for path in (
            "/api/v1/jobs/job-1/artifacts",
            VIDEO,
            "/previews/project-1/job-1/preview.mp4",
            "/api/preview/job-1/artifact",
        ):
            assert (await desk.client.get(path)).status_code == 404
        no_key = await desk.client.get(VIDEO, headers={"x-mobius-api-key": "nobody"})
        assert no_key.status_code == 401


async def test_a_preview_plays_while_it_is_rendered(desk: Counter, tmp_path: Path) -> None:
    """The playlist grows, so nobody may keep it."""
    await desk.submit(jobId="growing", projectId="p")
    folder = tmp_path / "live/p/growing/2"
    folder.mkdir(parents=True)
    (folder / "index.m3u8").write_text("#EXTM3U\n")
    (folder / "00001.m4s").write_bytes(b"piece")

    playlist = await desk.client.get("/api/v1/jobs/growing/live/index.m3u8")
    piece = await desk.client.get("/api/v1/jobs/growing/live/00001.m4s")
    missing = await desk.client.get("/api/v1/jobs/growing/live/00002.m4s")
    outside = await desk.client.get("/api/v1/jobs/growing/live/..%2f..%2fx")

    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert playlist.headers["cache-control"] == "no-store"
    assert piece.content == b"piece"
    assert (missing.status_code, outside.status_code) == (404, 404)
