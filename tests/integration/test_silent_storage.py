"""What a worker and its visitors see of an object storage that takes requests and never answers."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from preview_worker.queue import Completed, JobState, QueueSettings
from tests.api_server import counter
from tests.fakes.payloads import a_payload
from tests.jobs import SHORT, add, status_of
from tests.redis_server import leased
from tests.small_storage import SmallStorage, small_storage
from tests.workers import a_worker

READERS = 100
"""More than there are threads."""
PROMPT_S = 8
"""Each of those readers has to wait longer, twice; a busy machine is allowed for."""


def test_a_worker_whose_upload_is_not_answered_ends_with_its_grace(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Its job is handed back and costs no attempt, long before the request would be given up."""
    with (
        small_storage(SmallStorage(silent_about="preview.mp4")) as storage,
        a_worker(
            queue_settings,
            tmp_path,
            PREVIEW_STORAGE_TIMEOUT_S="300",
            PREVIEW_SHUTDOWN_GRACE_S="1",
            **storage.environment(),
        ) as worker,
    ):
        add(queue_settings, SHORT)
        storage.wait_until_asked("preview.mp4")
        assert worker.stop(signal.SIGTERM) == 0
        worker.wait_for("job.settled", result="handed_back")
    told = asyncio.run(status_of(queue_settings))
    assert (told.state, told.attempts_made) == (JobState.PRIORITIZED, 0)


@pytest.mark.anyio
async def test_readers_of_a_silent_storage_hold_up_nobody_else(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Probes are answered and jobs are added, and the readers are told to come again."""
    with (
        small_storage(SmallStorage(silent_about="jobs/")) as storage,
        a_worker(
            queue_settings,
            tmp_path,
            ("-m", "preview_worker", "serve"),
            "probes.serving",
            **storage.environment(),
        ) as server,
    ):
        many = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=server.probes, timeout=40, limits=many) as client:
            reading = [
                asyncio.create_task(client.get(f"/api/v1/jobs/{number}/artifacts"))
                for number in range(READERS)
            ]
            await asyncio.to_thread(storage.wait_until_asked, "jobs/")
            first, *_ = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
            times_s = [
                await _time(client, "GET", "/healthz"),
                await _time(client, "GET", "/readyz"),
                await _time(client, "POST", "/api/v1/jobs", json=a_payload()),
            ]
            storage.resumed.set()
            answers = await asyncio.gather(*reading)

    refused = first.pop().result()
    assert (refused.status_code, refused.json()["code"]) == (503, "transient.storage")
    assert int(refused.headers["retry-after"]) > 0
    assert max(times_s) < PROMPT_S
    assert {answer.status_code for answer in answers} <= {404, 503}


@pytest.mark.anyio
async def test_the_page_of_a_job_is_shown_while_the_storage_is_away(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Whoever looks for what went wrong sees what the queue knows, and that the storage is away."""
    chosen: dict[str, Any] = {
        "preview_storage_url": "s3://previews",
        "preview_storage_endpoint": "http://127.0.0.1:1",
        "preview_storage_allow_http": True,
        "preview_storage_access_key_id": "a",
        "preview_storage_secret_access_key": "b",
    }
    async with counter(queue_settings, tmp_path, **chosen) as desk:
        job_id = (await desk.submit()).json()["jobId"]
        await desk.queue.settle(await leased(desk.queue), Completed({"status": "success"}))
        shown = await desk.client.get(f"/jobs/{job_id}")
        files = await desk.client.get(f"/api/v1/jobs/{job_id}/artifacts")

    assert shown.status_code == 200
    assert "it cannot be reached" in shown.text
    assert files.status_code == 503


async def _time(client: httpx.AsyncClient, method: str, path: str, **more: Any) -> float:
    begin_s = time.monotonic()
    answer = await client.request(method, path, **more)
    assert answer.is_success, answer.text
    return time.monotonic() - begin_s
