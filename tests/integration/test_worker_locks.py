"""A worker process whose lock is taken away, or whose Redis is away longer than a lock lives."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from preview_worker.queue import JobState, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.jobs import LONG, add, ended, manifests
from tests.redis_server import command
from tests.workers import a_worker

OUTAGE_S = QueueSettings().lock_s + 2


@pytest.mark.parametrize("way", ["deleted", "taken"])
def test_a_render_whose_lock_is_lost_is_killed_within_a_second(
    queue_settings: QueueSettings, tmp_path: Path, way: str
) -> None:
    """Nothing of that attempt is published, and the job is done by the next."""
    lock = f"{queue_settings.prefix}:{queue_settings.queue_name}:job-1:lock"
    with a_worker(queue_settings, tmp_path, LOG_LEVEL="debug") as worker:
        add(queue_settings, LONG)
        worker.wait_for("job.progressed")
        words = ("DEL", lock) if way == "deleted" else ("SET", lock, "another", "PX", 1000)
        asyncio.run(command(queue_settings, *words))
        begin_s = time.monotonic()
        worker.wait_for("child.exited", status="signal:SIGTERM")
        assert time.monotonic() - begin_s < 1
        worker.wait_for("job.settled", result="lost")
        assert manifests(tmp_path) == []
        status = ended(queue_settings)
        settled = [line for line in worker.lines if line["event"] == "job.settled"]
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    assert [line["result"] for line in settled].count("completed") <= 1
    assert len(manifests(tmp_path)) == 1


@pytest.mark.slow
def test_an_outage_longer_than_a_lock_wastes_no_render(tmp_path: Path) -> None:
    """The attempt that was under way is the one that completes."""
    redis = EmbeddedRedis(tmp_path / "redis")
    redis.start()
    settings = QueueSettings(redis_url=redis.url, queue_name="outage")
    try:
        with a_worker(settings, tmp_path) as worker:
            add(settings, LONG)
            worker.wait_for("job.started")
            time.sleep(1.2)  # what was written in the last second before a crash is lost
            redis.kill()
            time.sleep(OUTAGE_S)
            redis.start()
            status = ended(settings)
            worker.wait_for("job.settled", result="completed")
            starts = [line for line in worker.lines if line["event"] == "job.started"]
    finally:
        redis.stop()
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    assert len(starts) == 1
