"""A worker is killed while a job of its own waits for the place of another one."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from preview_worker.queue.controller import BullControls
from tests.jobs import LONG, SHORT, add, ended
from tests.workers import a_worker


def test_who_waits_for_a_place_outlives_the_worker_that_had_it(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Another worker takes up both; the one that had it was cancelled meanwhile, to save time."""
    one_place = {"PREVIEW_PROJECT_MAX_ACTIVE": "1", "LOG_LEVEL": "debug"}
    with a_worker(queue_settings, tmp_path, PREVIEW_WORKER_CONCURRENCY="2", **one_place) as worker:
        add(queue_settings, LONG, jobId="long")
        worker.wait_for("job.started", job_id="long")
        add(queue_settings, SHORT, jobId="short")
        worker.wait_for("job.put_aside", job_id="short")
        worker.stop(signal.SIGKILL)
    asyncio.run(_cancel(queue_settings, "long"))
    with a_worker(queue_settings, tmp_path, **one_place) as worker:
        worker.wait_for("job.settled", job_id="long", result="cancelled")
        worker.wait_for("job.settled", job_id="short", result="completed")

    status = ended(queue_settings, "short")
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)


async def _cancel(settings: QueueSettings, job_id: str) -> None:
    controls = BullControls(settings)
    await controls.cancel(job_id)
    await controls.close()
