"""Taking jobs in over HTTP: once, however often they are sent, and only while there is room."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from preview_worker.queue import Completed, JobState, QueueSettings
from tests.api_server import counter
from tests.fakes.payloads import a_payload
from tests.redis_server import leased

pytestmark = pytest.mark.anyio


async def test_the_same_payload_sent_fifty_times_at_once_is_one_job(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """With an id of its own, and with a key instead of one."""
    async with counter(queue_settings, tmp_path) as desk:
        named = await asyncio.gather(*(desk.submit(jobId="j-1") for _ in range(50)))
        payload = a_payload()
        del payload["jobId"]
        keyed = await asyncio.gather(
            *(
                desk.client.post("/api/v1/jobs", json=payload, headers={"idempotency-key": "once"})
                for _ in range(50)
            )
        )
        counts = await desk.services.controls.counts()

    for answers in (named, keyed):
        assert sorted(answer.status_code for answer in answers) == [200] * 49 + [202]
        assert len({answer.json()["jobId"] for answer in answers}) == 1
    assert counts.total == 2


async def test_a_payload_that_is_refused_does_not_use_up_its_key(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Whoever mends it may send it under the same one."""
    async with counter(queue_settings, tmp_path) as desk:
        headers = {"idempotency-key": "once"}
        wrong = a_payload(previewRequest={"title": "No steps"})
        refused = await desk.client.post("/api/v1/jobs", json=wrong, headers=headers)
        mended = await desk.client.post("/api/v1/jobs", json=a_payload(), headers=headers)

    assert refused.status_code == 422
    assert mended.status_code == 202


async def test_a_full_queue_says_when_to_come_back(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """As its workers have worked in the last minutes; what is in it already is no refusal."""
    async with counter(queue_settings, tmp_path, preview_queue_max=3) as desk:
        for number in range(60):
            await desk.submit(jobId=f"done-{number}")
            job = await leased(desk.queue)
            await desk.queue.settle(job, Completed({"status": "success"}))
            await desk.until_known(job.id, JobState.COMPLETED)
        for number in range(3):
            await desk.submit(jobId=f"waits-{number}")
        refused = await desk.submit(jobId="one-too-many")
        again = await desk.submit(jobId="waits-0")

    assert refused.status_code == 429
    assert refused.json()["code"] == "queue.full"
    assert 1 <= int(refused.headers["retry-after"]) <= 2
    assert again.status_code == 200
