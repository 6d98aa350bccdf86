"""Evidence for the tests of the Elite rules, from requests of our own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from preview_worker.contract import Finding, LoudnessFacts, MediaFacts
from preview_worker.render.quality.elite import Evidence
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline import plan_timeline
from tests.unit.render.jobs import job_of

LOUDNESS = LoudnessFacts("mobius", -14.2, -1.1, -14.0, -1.0, -1.3, 0.4)
MEDIA = MediaFacts("mp4", 1920, 1080, "30/1", 300, 10.0, "h264", "aac", silent=False)


def evidence(*findings: Finding, cues: int = 3, **request: Any) -> Evidence:
    """Return what is known of a request before it is rendered."""
    job = job_of(**request)
    return Evidence(job, plan_timeline(job, RenderSettings()), cues, findings)


def rendered(loudness: LoudnessFacts | None = LOUDNESS, **request: Any) -> Evidence:
    """Return what is known of a request when it is rendered."""
    media = replace(MEDIA, silent=loudness is None, loudness=loudness)
    return replace(evidence(**request), media=media, thumbnail=True)


def segments(*names: str, seconds: float = 5, **more: Any) -> dict[str, Any]:
    """Return a script with a segment for each of ``names``."""
    return {
        "segments": [
            {"type": name, "narration": f"About {name}.", "durationSec": seconds, **more}
            for name in names
        ]
    }
