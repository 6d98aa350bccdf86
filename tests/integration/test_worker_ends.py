"""How a worker process ends when it is told to, and what it does when its queue is gone.

``python -m tests.integration.test_worker_ends 30`` measures the first: that many workers, each told
to stop while it renders.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import signal
import statistics
import sys
import tempfile
import time
from http import HTTPStatus
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.jobs import LONG, SHORT, add, ended, manifests, status_of
from tests.redis_server import command
from tests.workers import a_worker, fetch, wait_until_ready


def test_readiness_drops_at_once_and_a_second_signal_hands_back(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """P4, P6: 503 as soon as the log says so; then out within seconds, and no attempt is spent."""
    with a_worker(queue_settings, tmp_path, PREVIEW_SHUTDOWN_GRACE_S="600") as worker:
        wait_until_ready(worker)
        add(queue_settings, LONG)
        worker.wait_for("job.started")
        worker.process.send_signal(signal.SIGTERM)
        worker.wait_for("worker.draining")
        status, text = fetch(worker, "/readyz")
        assert (status, "draining" in text) == (503, True)
        assert fetch(worker, "/livez")[0] == 200
        begin_s = time.monotonic()
        assert worker.stop(signal.SIGTERM) == 0
        assert time.monotonic() - begin_s < 5
        worker.wait_for("job.settled", result="handed_back")
    told = asyncio.run(status_of(queue_settings))
    assert (told.state, told.attempts_made) == (JobState.PRIORITIZED, 0)
    assert manifests(tmp_path) == []


def test_a_queue_that_is_flushed_costs_the_render_and_nothing_else(tmp_path: Path) -> None:
    """R15: the result is thrown away, staging is clean, and the worker goes on."""
    redis = EmbeddedRedis(tmp_path / "redis", durable=False)
    redis.start()
    settings = QueueSettings(redis_url=redis.url, queue_name="flushed")
    try:
        with a_worker(settings, tmp_path, LOG_LEVEL="debug") as worker:
            add(settings, LONG)
            worker.wait_for("job.progressed")
            asyncio.run(command(settings, "FLUSHALL"))
            worker.wait_for("job.settled", result="lost")
            assert manifests(tmp_path) == []
            add(settings, SHORT, jobId="job-2")
            assert ended(settings, "job-2").state is JobState.COMPLETED
            staged = [path for path in (tmp_path / ".staging").glob("*/*") if path.is_dir()]
            assert staged == []
            assert worker.process.poll() is None
    finally:
        redis.stop()


def time_to_end(settings: QueueSettings, data_dir: Path, name: str) -> tuple[float, float]:
    """Stop a worker that renders; return the seconds to its first 503, and to its end.

    The first are counted from the first signal, the second from the second.
    """
    with a_worker(settings, data_dir, PREVIEW_SHUTDOWN_GRACE_S="600") as worker:
        wait_until_ready(worker)
        add(settings, LONG, jobId=name)
        worker.wait_for("job.started")
        probes = http.client.HTTPConnection(worker.probes.removeprefix("http://"), timeout=60)
        told_s = time.monotonic()
        worker.process.send_signal(signal.SIGTERM)
        while _readiness(probes) is HTTPStatus.OK:
            pass
        refused_s = time.monotonic()
        assert worker.stop(signal.SIGTERM) == 0
        return refused_s - told_s, time.monotonic() - refused_s


def _readiness(probes: http.client.HTTPConnection) -> HTTPStatus:
    probes.request("GET", "/readyz")
    answer = probes.getresponse()
    answer.read()
    return HTTPStatus(answer.status)


def _report(runs: int) -> dict[str, object]:
    refused_s, left_s = [], []
    with tempfile.TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder) / "redis", durable=False)
        redis.start()
        try:
            for number in range(runs):
                settings = QueueSettings(redis_url=redis.url, queue_name=f"ends-{number}")
                data_dir = Path(folder) / f"data-{number}"
                refused, left = time_to_end(settings, data_dir, f"job-{number}")
                refused_s.append(refused)
                left_s.append(left)
        finally:
            redis.stop()
    return {
        "runs": runs,
        "signal_to_503_ms": _told(refused_s, 1000),
        "second_signal_to_exit_s": _told(left_s, 1),
    }


def _told(times_s: list[float], scale: int) -> dict[str, float]:
    times_s.sort()
    told = {"median": statistics.median(times_s), "longest": times_s[-1]}
    return {name: round(value * scale, 3) for name, value in told.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_report(int(sys.argv[1]))) + "\n")
