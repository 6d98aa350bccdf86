"""manifest.json: what the tutorial consists of, in numbers and names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from preview_worker.contract import Finding, RenderedFile
from preview_worker.render.model import Cue, Timeline
from preview_worker.render.tutorial.segments import (
    Document,
    explains_in_order,
    seconds_of,
    segment_types,
)
from preview_worker.render.tutorial.storyboard import find_short_scenes
from preview_worker.render.tutorial.subject import Subject

OUTPUTS = {
    "preview.mp4": "video",
    "preview.webm": "video",
    "script.json": "script",
    "storyboard.json": "storyboard",
    "render-config.json": "renderConfig",
    "captions.srt": "captions",
    "captions.vtt": "captionsVtt",
    "chapters.json": "chapters",
    "ffprobe.json": "ffprobe",
    "poster.jpg": "poster",
    "thumbnail.jpg": "thumbnail",
    "visual-qa/contact-sheet.jpg": "contactSheet",
    "visual-qa/visual-qa-manifest.json": "visualQa",
}
"""What a file is called among the outputs; a file that is not here is not told."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a timeline: its captions, its files so far, and what was found on the way."""

    fixture: str
    dry_run: bool
    cues: Sequence[Cue]
    files: Iterable[RenderedFile]
    findings: Iterable[Finding]


def manifest_document(
    timeline: Timeline, subject: Subject, outcome: Outcome, now: datetime
) -> Document:
    """Return the manifest; ``now`` is when it was made."""
    cues = outcome.cues
    names = [file.name for file in outcome.files]
    return {
        "generatedAt": instant(now),
        "fixture": outcome.fixture,
        "fixtureSlug": subject.slug,
        "game": {"id": subject.id, "name": subject.name},
        "script": {
            "segments": len(timeline.scenes),
            "totalDurationSec": seconds_of(timeline, timeline.frames),
            "eliteS1Valid": explains_in_order(segment_types(timeline)),
        },
        "storyboard": {"scenes": len(timeline.scenes)},
        "captions": {
            "cues": len(cues),
            "totalDurationMs": round(
                1000 * seconds_of(timeline, cues[-1].end_frame if cues else 0)
            ),
        },
        "render": {
            "scenes": len(timeline.scenes),
            "mode": "dry-run" if outcome.dry_run else "render",
        },
        "outputs": {OUTPUTS[name]: name for name in sorted(names) if name in OUTPUTS},
        "warnings": [
            f"{finding.code}: {finding.message}"
            for finding in (*outcome.findings, *find_short_scenes(timeline))
        ],
    }


def instant(moment: datetime) -> str:
    """Spell an instant as JavaScript's ``toISOString`` does."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
