"""A worker process whose event loop hangs: it ends by itself, and others have its job."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from tests.jobs import LONG, SHORT, add, ended, manifests
from tests.workers import a_worker, descendants, wait_until_gone

HANGING_WORKER = """
import asyncio, signal, time
from preview_worker.bootstrap import build_worker, start_logging
from preview_worker.settings import load_settings

def hang():
    time.sleep(600)

async def work():
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, hang)
    await build_worker(load_settings()).run()

start_logging(load_settings())
asyncio.run(work())
"""


def test_a_worker_whose_loop_hangs_ends_and_another_has_its_job(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """P14: status 70 within 10 s, the place in the log, its renders dead, the job completed."""
    with a_worker(queue_settings, tmp_path, ("-c", HANGING_WORKER)) as hanging:
        add(queue_settings, LONG)
        hanging.wait_for("job.started")
        family = descendants(hanging.process.pid)
        hanging.process.send_signal(signal.SIGUSR1)
        begin_s = time.monotonic()
        assert hanging.process.wait(30) == 70
        assert time.monotonic() - begin_s < 10
        assert "in hang" in hanging.wait_for("defect.found")["exception"]
        wait_until_gone(family)
    with a_worker(queue_settings, tmp_path) as other:
        other.wait_for("job.settled", result="completed")
        assert ended(queue_settings).state is JobState.COMPLETED
    assert len(manifests(tmp_path)) == 1


def test_a_frozen_worker_goes_on_and_another_has_its_job(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """P7: its render is dead within a second, nothing of it is published, and it lives on."""
    with a_worker(queue_settings, tmp_path, LOG_LEVEL="debug") as frozen:
        add(queue_settings, LONG)
        frozen.wait_for("job.progressed")
        frozen.process.send_signal(signal.SIGSTOP)
        with a_worker(queue_settings, tmp_path) as other:
            other.wait_for("job.settled", result="completed")
            frozen.process.send_signal(signal.SIGCONT)
            begin_s = time.monotonic()
            frozen.wait_for("job.settled", result="lost")
            assert time.monotonic() - begin_s < 2
        add(queue_settings, SHORT, jobId="job-2")
        assert ended(queue_settings, "job-2").state is JobState.COMPLETED
        assert frozen.process.poll() is None
    assert len(manifests(tmp_path)) == 2
