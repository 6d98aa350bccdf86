"""A render that is cancelled from another process, while a real worker runs it."""

from __future__ import annotations

import json
import time
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from tests.jobs import LONG, LONG_OPTIONS, SHORT, add, ended, manifests
from tests.tries import tries
from tests.workers import WorkerUnderTest, a_worker, environment, run_command

LONGER = LONG | {"options": LONG_OPTIONS | {"resolution": "1920x1080"}}
"""A request whose render outlives the start of a command on the cores that it fills."""


def cancel_a_render(
    settings: QueueSettings, worker: WorkerUnderTest, env: dict[str, str], job_id: str
) -> float:
    """Have a job run, cancel it by the command, and return how long after that it was settled."""
    add(settings, LONGER, jobId=job_id)
    worker.wait_for("job.started", job_id=job_id)
    done = run_command("cancel", job_id, "--reason", "a typo", "--json", env=env)
    told_s = time.monotonic()
    assert json.loads(done.stdout)["status"] == "requested"
    settled = worker.wait_for("job.settled", job_id=job_id)
    took_s = time.monotonic() - told_s
    assert (settled["result"], settled["reason"]) == ("cancelled", "a typo")
    worker.wait_for("job.cancel_requested", job_id=job_id, running=True)
    exited = worker.wait_for("child.exited", job_id=job_id)
    assert exited["status"].startswith("signal:")
    status = ended(settings, job_id)
    assert (status.state, status.failed_reason) == (JobState.FAILED, "a typo")
    return took_s


def test_a_running_render_is_killed_and_its_job_failed(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Within a second of the command, for good, and the worker takes the next job."""
    with a_worker(queue_settings, tmp_path, PREVIEW_WORKER_CONCURRENCY="1") as worker:
        env = environment(queue_settings, tmp_path)
        for number, attempt in enumerate(tries()):
            took_s = cancel_a_render(queue_settings, worker, env, f"job-{number}")
            with attempt:
                assert took_s < 1
        assert manifests(tmp_path) == []
        add(queue_settings, SHORT, jobId="next")
        assert ended(queue_settings, "next").state is JobState.COMPLETED
