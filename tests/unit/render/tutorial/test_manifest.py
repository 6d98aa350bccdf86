"""The manifest counts what there is and names the files by what they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from preview_worker.contract import Finding, RenderedFile
from preview_worker.render.model import Cue
from preview_worker.render.tutorial.manifest import Outcome, manifest_document
from preview_worker.render.tutorial.subject import Subject
from tests.unit.render.jobs import timeline_of

MOSS = Subject("moss", "Moss", "moss")
NOON = datetime(2026, 1, 31, 13, tzinfo=timezone(timedelta(hours=1)))
OUTCOME = Outcome(
    fixture="job-1",
    dry_run=False,
    cues=(Cue(0, 30, ("a",)), Cue(45, 75, ("b",))),
    files=(
        RenderedFile("preview.mp4", "video", "video/mp4"),
        RenderedFile("render.log", "log", "application/x-ndjson"),
    ),
    findings=(Finding("text.cut", "Too long."),),
)
TIMELINE = timeline_of(steps=[{"id": "blink", "text": "!", "durationSec": 0.5}])


def test_everything_is_counted() -> None:
    """Segments, scenes, cues, and the scenes that were rendered."""
    told = manifest_document(TIMELINE, MOSS, OUTCOME, NOON)

    assert (told["script"]["segments"], told["storyboard"]["scenes"]) == (3, 3)
    assert told["captions"] == {"cues": 2, "totalDurationMs": 2500}
    assert told["render"] == {"scenes": 3, "mode": "render"}
    assert told["generatedAt"] == "2026-01-31T12:00:00.000Z"


def test_a_dry_run_without_captions_says_so() -> None:
    """Nothing is counted that is not there."""
    told = manifest_document(TIMELINE, MOSS, replace(OUTCOME, dry_run=True, cues=()), NOON)

    assert told["render"]["mode"] == "dry-run"
    assert told["captions"] == {"cues": 0, "totalDurationMs": 0}


def test_outputs_are_named_by_what_they_are() -> None:
    """A log is none of them."""
    told = manifest_document(TIMELINE, MOSS, OUTCOME, NOON)

    assert told["outputs"] == {"video": "preview.mp4"}


def test_findings_and_short_scenes_are_warnings() -> None:
    """With their codes."""
    warnings = manifest_document(TIMELINE, MOSS, OUTCOME, NOON)["warnings"]

    assert [one.partition(":")[0] for one in warnings] == ["text.cut", "storyboard.scene_short"]
