"""A batch that failed with its part, retried as operators do, on a real worker."""

from __future__ import annotations

import asyncio
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from preview_worker.queue.controller import BullControls
from tests.fakes.payloads import a_payload, a_request, encoded
from tests.integration.test_batches import ended, enqueue, stopped
from tests.unit.render.jobs import draw_picture
from tests.workers import a_worker


async def _retry(settings: QueueSettings) -> None:
    controls = BullControls(settings)
    await controls.retry("tutorial", fresh=True)
    await controls.close()


def test_a_batch_that_failed_is_retried_when_what_was_wrong_is_mended(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """What failed is filmed, and one preview is published."""
    assets, data_dir, payload = tmp_path / "assets", tmp_path / "data", tmp_path / "job.json"
    assets.mkdir()
    (assets / "bad.png").write_bytes(b"<html>")
    steps = [{"text": "One.", "durationSec": 0.4}, {"image": "bad.png", "durationSec": 0.4}]
    request = a_request(steps=steps, options={"resolution": "160x90"})
    payload.write_bytes(encoded(a_payload(jobId="tutorial", previewRequest=request)))
    # One at a time: each part asks for all pictures, and one that still ran could fail once more.
    env = {"PREVIEW_ASSET_ROOTS": str(assets), "PREVIEW_WORKER_CONCURRENCY": "1"}
    with a_worker(queue_settings, data_dir, **env) as worker:
        enqueue(queue_settings, data_dir, payload, 2, "--on-failure", "fail")
        failed = asyncio.run(ended(queue_settings))
        draw_picture(assets / "bad.png")
        asyncio.run(_retry(queue_settings))
        retried = asyncio.run(ended(queue_settings))
        lines = stopped([worker])
    assert (failed.state, retried.state) == (JobState.FAILED, JobState.COMPLETED)
    assert [line["event"] for line in lines].count("preview.published") == 1
    assert "part.filmed" in [line["event"] for line in lines]
