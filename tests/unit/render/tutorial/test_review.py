"""A review tells of when its pictures are."""

from __future__ import annotations

from datetime import UTC, datetime

from preview_worker.render.tutorial.review import review_document
from tests.unit.render.jobs import timeline_of

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_pictures_are_told_with_their_times() -> None:
    """To a hundredth of a second, in the order of the video."""
    timeline = timeline_of(steps=[{"text": "x", "durationSec": 4}])
    frames = {"frame-01.jpg": 15, "frame-02.jpg": 100, "frame-03.jpg": 285}
    told = review_document(timeline, frames, 2, "8.1", NOON)

    assert told["timestamps"] == [0.5, 3.33, 9.5]
    assert told["frames"][1] == {"name": "frame-02.jpg", "timestamp": 3.33}
    assert (told["videoDuration"], told["sourceVideo"]) == (10.0, "preview.mp4")
    assert (told["frameCount"], told["grid"]) == (3, {"cols": 2, "rows": 2})
    assert (told["ffmpegVersion"], told["generatedAt"]) == ("8.1", "2026-01-31T12:00:00.000Z")
