"""A worker that the system gives nothing any more: it waits, says so, and goes on by itself."""

from __future__ import annotations

import asyncio
import itertools
import resource
import time
from http import HTTPStatus
from itertools import islice
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from tests.jobs import SHORT, add, ended, status_of
from tests.workers import WorkerUnderTest, a_worker, fetch

WANT = "supply: fewer than 16 file descriptors are left (Too many open files)"


def open_files(pid: int) -> set[int]:
    """Return the descriptors of a process."""
    return {int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir()}


def leave_few_descriptors(pid: int) -> tuple[int, int]:
    """Let the process open eight more files, fewer than it wants for a job; return its limits."""
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    taken = open_files(pid)
    free = (number for number in itertools.count() if number not in taken)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (next(islice(free, 8, None)), limits[1]))
    return limits


def wait_until_unready(worker: WorkerUnderTest, reason: str) -> None:
    """Return when the worker says that it is not ready, and that this is the reason."""
    deadline_s = time.monotonic() + 20
    status, text = 0, ""
    while status != HTTPStatus.SERVICE_UNAVAILABLE or reason not in text:
        assert time.monotonic() < deadline_s, (status, text)
        status, text = fetch(worker, "/readyz")


def wait_until_waiting(settings: QueueSettings) -> None:
    """Return when the job waits; one that was taken just before the worker saw is handed back."""
    deadline_s = time.monotonic() + 20
    while asyncio.run(status_of(settings)).state is not JobState.PRIORITIZED:
        assert time.monotonic() < deadline_s, "the job was not handed back"


def test_a_worker_without_descriptors_takes_no_job_until_it_has_some(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """P15: it is not ready, no attempt is spent, the process is the same, and the job completes."""
    with a_worker(queue_settings, tmp_path) as worker:
        worker.wait_for("intake.resumed")  # it was stopped until the walls had been inspected
        limits = leave_few_descriptors(worker.process.pid)
        worker.wait_for("intake.stopped", reason=WANT)
        wait_until_unready(worker, WANT)
        add(queue_settings, SHORT)
        wait_until_waiting(queue_settings)
        resource.prlimit(worker.process.pid, resource.RLIMIT_NOFILE, limits)
        status = ended(queue_settings)
        assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
        assert [line["event"] for line in worker.lines].count("worker.started") == 1
        assert worker.stop() == 0
