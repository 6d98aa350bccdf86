"""A worker process whose lock is taken away, or whose Redis is away longer than a lock lives."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from preview_worker.queue import JobState, QueueSettings
from tests.jobs import LONG, add, ended, manifests
from tests.redis_server import MortalRedis, command
from tests.tries import tries
from tests.workers import WorkerUnderTest, a_worker

OUTAGE_S = QueueSettings().lock_s + 2


@pytest.mark.timeout(400)
@pytest.mark.parametrize("way", ["deleted", "taken"])
def test_a_render_whose_lock_is_lost_is_killed_within_a_second(
    queue_settings: QueueSettings, tmp_path: Path, way: str
) -> None:
    """Nothing of that attempt is published, and the job is done by the next."""
    with a_worker(queue_settings, tmp_path, LOG_LEVEL="debug") as worker:
        for number, attempt in enumerate(tries(3), 1):
            job_id = f"job-{number}"
            lock = f"{queue_settings.prefix}:{queue_settings.queue_name}:{job_id}:lock"
            add(queue_settings, _long(job_id), jobId=job_id)
            worker.wait_for("job.progressed", job_id=job_id)
            words = ("DEL", lock) if way == "deleted" else ("SET", lock, "another", "PX", 1000)
            asyncio.run(command(queue_settings, *words))
            begin_s = time.monotonic()
            worker.wait_for("child.exited", job_id=job_id, status="signal:SIGTERM")
            took_s = time.monotonic() - begin_s
            worker.wait_for("job.settled", job_id=job_id, result="lost")
            assert len(manifests(tmp_path)) == number - 1
            status = ended(queue_settings, job_id)
            assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
            assert _results(worker, job_id).count("completed") <= 1
            assert len(manifests(tmp_path)) == number
            with attempt:
                assert took_s < 1


def _long(words: str) -> dict[str, object]:
    """Return a long request, no scene of which was rendered for a job with other words."""
    steps = [{"text": f"{words}, step {n}. " + "Draw a card. " * 16} for n in range(24)]
    return {**LONG, "steps": steps}


def _results(worker: WorkerUnderTest, job_id: str) -> list[object]:
    """Return how the attempts at a job were settled, as far as the log was read."""
    return [
        line["result"]
        for line in worker.lines
        if (line["event"], line.get("job_id")) == ("job.settled", job_id)
    ]


@pytest.mark.slow
def test_an_outage_longer_than_a_lock_wastes_no_render(
    mortal_server: MortalRedis, tmp_path: Path
) -> None:
    """The attempt that was under way is the one that completes."""
    settings = QueueSettings(redis_url=mortal_server.url, queue_name="outage")
    with a_worker(settings, tmp_path) as worker:
        add(settings, LONG)
        worker.wait_for("job.started")
        mortal_server.kill()
        time.sleep(OUTAGE_S)
        mortal_server.start()
        status = ended(settings)
        worker.wait_for("job.settled", result="completed")
        starts = [line for line in worker.lines if line["event"] == "job.started"]
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    assert len(starts) == 1
