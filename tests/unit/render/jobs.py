"""Jobs and pictures for the tests of the render room."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

from preview_worker.contract import PreviewJob, read_job
from preview_worker.render.model import Timeline
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline import plan_timeline


def job_of(*, dry_run: bool = False, job_id: str = "job-1", **request: Any) -> PreviewJob:
    """Return a job with ``request`` as its preview request."""
    payload = {
        "jobId": job_id,
        "projectId": "project-1",
        "requestId": f"request-of-{job_id}",
        "dryRun": dry_run,
        "previewRequest": {"steps": [], "assets": [], "audio": {}, **request},
    }
    return read_job(json.dumps(payload).encode()).job


def timeline_of(**request: Any) -> Timeline:
    """Return the timeline of a request."""
    return plan_timeline(job_of(**request), RenderSettings())


def config_of(*scenes: dict[str, Any], **config: Any) -> dict[str, Any]:
    """Return a render-config of ``scenes`` at a small size."""
    video = {"resolution": {"width": 320, "height": 180}, "fps": 30}
    return {"video": video, "scenes": list(scenes), **config}


def draw_picture(path: Path, size: tuple[int, int] = (60, 40), colour: str = "#cc3344") -> Path:
    """Write a picture of one colour, in the format that the name asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path
