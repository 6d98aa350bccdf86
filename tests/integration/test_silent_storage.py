"""What a worker and its visitors see of an object storage that takes requests and never answers."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from preview_worker.queue import JobState, QueueSettings
from tests.jobs import SHORT, add, status_of
from tests.small_storage import SmallStorage, small_storage
from tests.workers import a_worker


def test_a_worker_whose_upload_is_not_answered_ends_with_its_grace(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Its job is handed back and costs no attempt, long before the request would be given up."""
    with (
        small_storage(SmallStorage(silent_about="preview.mp4")) as storage,
        a_worker(
            queue_settings,
            tmp_path,
            PREVIEW_STORAGE_TIMEOUT_S="300",
            PREVIEW_SHUTDOWN_GRACE_S="1",
            **storage.environment(),
        ) as worker,
    ):
        add(queue_settings, SHORT)
        storage.wait_until_asked("preview.mp4")
        assert worker.stop(signal.SIGTERM) == 0
        worker.wait_for("job.settled", result="handed_back")
    told = asyncio.run(status_of(queue_settings))
    assert (told.state, told.attempts_made) == (JobState.PRIORITIZED, 0)
