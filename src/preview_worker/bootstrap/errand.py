"""A small tutorial sent through the queue, to see whether a preview comes of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from preview_worker.bootstrap.auditing import open_audit
from preview_worker.bootstrap.controls import open_controls
from preview_worker.bootstrap.finding import Finding, Standing
from preview_worker.bootstrap.storage import open_viewer
from preview_worker.bootstrap.submission import open_producer, submit_payload
from preview_worker.queue import ControlRefusedError, QueueFullError, QueueUnavailableError

if TYPE_CHECKING:
    from preview_worker.artifacts import StoredFile, ViewedPreview
    from preview_worker.queue import JobStatus
    from preview_worker.settings import Settings

PROJECT = "verification"
"""Under which all such previews stand in DATA_DIR."""
_PIECE_BYTES = 1024 * 1024


class Errand:
    """One job, as a producer would add it, followed to its end."""

    def __init__(self, settings: Settings, *, dry_run: bool) -> None:
        """Send it through the queue of ``settings``; a dry run is planned and not rendered."""
        self._settings = settings
        self._dry_run = dry_run
        self._name = "dry run" if dry_run else "render"
        moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        self.job_id = f"verification-{moment}-{uuid.uuid4().hex[:8]}"
        self._last: JobStatus | None = None

    async def run(self, timeout_s: float) -> Finding:
        """Return how it went. A job that is not done within ``timeout_s`` is cancelled."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._follow()
        except TimeoutError:
            return await self._give_up(timeout_s)
        except QueueUnavailableError as error:
            return self._finding(Standing.UNREACHABLE, str(error))
        except QueueFullError as error:
            return self._finding(Standing.LATE, str(error))
        return await asyncio.to_thread(self._judge)

    async def _follow(self) -> None:
        settings = self._settings
        raw = json.dumps(_payload(self.job_id, dry_run=self._dry_run)).encode()
        async with open_producer(settings) as producer:
            async with open_audit(settings) as observer:
                await submit_payload(raw, producer, settings, observer)
            async for status in producer.watch(self.job_id):
                self._last = status

    async def _give_up(self, timeout_s: float) -> Finding:
        """Leave no job behind that somebody would wonder about."""
        state = self._last.state if self._last else "not in the queue yet"
        told = f"job {self.job_id} was not done within {timeout_s:g} s; it was {state}"
        try:
            async with asyncio.timeout(timeout_s), open_controls(self._settings) as controls:
                await controls.cancel(self.job_id, "The verification waits no longer")
        except (ControlRefusedError, QueueUnavailableError, TimeoutError) as error:
            return self._finding(Standing.LATE, f"{told}, and cannot be cancelled: {error}")
        return self._finding(Standing.LATE, f"{told}, and is cancelled")

    def _judge(self) -> Finding:
        last = self._last
        if last is None:
            return self._finding(Standing.FAILED, f"job {self.job_id} vanished from the queue")
        if last.state != "completed":
            why = last.failed_reason or "without a reason"
            return self._finding(Standing.FAILED, f"job {self.job_id} is {last.state}: {why}")
        result = last.return_value if isinstance(last.return_value, dict) else {}
        if (result.get("dryRun") is True) is not self._dry_run:
            said = "rendered" if self._dry_run else "only planned"
            return self._finding(Standing.FAILED, f"job {self.job_id} was {said}")
        return self._look_at_preview()

    def _look_at_preview(self) -> Finding:
        viewer = open_viewer(self._settings)
        with viewer.opened(self.job_id, PROJECT) as preview:
            if preview is None:
                told = "no preview in DATA_DIR; is it the folder of that worker?"
                return self._finding(Standing.FAILED, f"job {self.job_id} left {told}")
            damaged = [file.name for file in preview.record.files if not _is_whole(preview, file)]
            if damaged:
                told = f"other files than its manifest says: {', '.join(damaged)}"
                return self._finding(Standing.FAILED, f"{preview.place} has {told}")
            count = len(preview.record.files)
        did = "planned, not rendered" if self._dry_run else "rendered"
        told = f"{did}; its {count} files are those of its manifest"
        return self._finding(Standing.PASSED, f"{preview.place} was {told}")

    def _finding(self, standing: Standing, detail: str) -> Finding:
        return Finding(self._name, standing, detail)


def _is_whole(preview: ViewedPreview, file: StoredFile) -> bool:
    try:
        with preview.open(file) as content:
            digest = hashlib.sha256()
            while piece := content.read(_PIECE_BYTES):
                digest.update(piece)
            return (content.tell(), digest.hexdigest()) == (file.size_bytes, file.sha256)
    except OSError:
        return False


def _payload(job_id: str, *, dry_run: bool) -> dict[str, object]:
    """Return a tutorial of one short step without pictures, so that it renders anywhere.

    High priority, so that it stands at the head of a long queue.
    """
    return {
        "jobId": job_id,
        "projectId": PROJECT,
        "requestId": job_id,
        "dryRun": dry_run,
        "priority": "high",
        "previewRequest": {
            "title": "Verification",
            "steps": [{"id": "only", "text": "This preview was made to see that it can be made."}],
            "assets": [],
            "audio": {},
            "options": {"resolution": "640x360", "format": "mp4"},
        },
    }
