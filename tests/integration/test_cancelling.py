"""A render that is cancelled from another process, while a real worker runs it."""

from __future__ import annotations

import json
import time
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from tests.jobs import LONG, SHORT, add, ended, manifests
from tests.workers import a_worker, environment, run_command


def test_a_running_render_is_killed_and_its_job_failed(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Within a second of the command, for good, and the worker takes the next job."""
    with a_worker(queue_settings, tmp_path, PREVIEW_WORKER_CONCURRENCY="1") as worker:
        add(queue_settings, LONG)
        worker.wait_for("job.started", job_id="job-1")
        env = environment(queue_settings, tmp_path)
        done = run_command("cancel", "job-1", "--reason", "a typo", "--json", env=env)
        told_s = time.monotonic()
        assert json.loads(done.stdout)["status"] == "requested"
        settled = worker.wait_for("job.settled", job_id="job-1")
        assert time.monotonic() - told_s < 1
        assert (settled["result"], settled["reason"]) == ("cancelled", "a typo")
        worker.wait_for("job.cancel_requested", job_id="job-1", running=True)
        exited = worker.wait_for("child.exited", job_id="job-1")
        assert exited["status"].startswith("signal:")
        status = ended(queue_settings)
        assert (status.state, status.failed_reason) == (JobState.FAILED, "a typo")
        assert manifests(tmp_path) == []
        add(queue_settings, SHORT, jobId="job-2")
        assert ended(queue_settings, "job-2").state is JobState.COMPLETED
