"""visual-qa-manifest.json: which pictures of the preview a reviewer finds, and of when."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from preview_worker.render.model import Timeline
from preview_worker.render.tutorial.manifest import instant
from preview_worker.render.tutorial.segments import Document, seconds_of


def review_document(
    timeline: Timeline, frames: dict[str, int], columns: int, ffmpeg: str, now: datetime
) -> Document:
    """Return the manifest of a review: file names and the frames that they show.

    ``frames`` is in order, ``ffmpeg`` the version of the libraries, ``now`` when it was made.
    """
    fps = timeline.profile.fps
    stamped = {name: _seconds(Fraction(frame) / fps) for name, frame in frames.items()}
    return {
        "generatedAt": instant(now),
        "sourceVideo": f"preview.{timeline.profile.container}",
        "videoDuration": seconds_of(timeline, timeline.frames),
        "frameCount": len(frames),
        "timestamps": list(stamped.values()),
        "frames": [{"name": name, "timestamp": at} for name, at in stamped.items()],
        "contactSheet": "contact-sheet.jpg",
        "grid": {"cols": columns, "rows": -(-len(frames) // columns)},
        "ffmpegVersion": ffmpeg,
    }


def _seconds(at: Fraction) -> float:
    return round(float(at), 2)
