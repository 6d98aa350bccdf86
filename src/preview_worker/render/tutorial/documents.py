"""The documents of a tutorial, by their file names."""

from __future__ import annotations

from datetime import datetime

from preview_worker.contract import PreviewJob
from preview_worker.render.model import Timeline
from preview_worker.render.tutorial.config import config_document
from preview_worker.render.tutorial.manifest import Outcome, manifest_document
from preview_worker.render.tutorial.segments import Document, script_document
from preview_worker.render.tutorial.storyboard import storyboard_document
from preview_worker.render.tutorial.subject import read_subject


def plan_documents(job: PreviewJob, timeline: Timeline) -> dict[str, Document]:
    """Return script, storyboard and render-config by their file names."""
    subject = read_subject(job, timeline.title)
    return {
        "script.json": script_document(timeline, subject),
        "storyboard.json": storyboard_document(timeline, subject),
        "render-config.json": config_document(timeline, subject),
    }


def manifest_of(job: PreviewJob, timeline: Timeline, outcome: Outcome, now: datetime) -> Document:
    """Return manifest.json, which is made last; ``now`` stands in it."""
    return manifest_document(timeline, read_subject(job, timeline.title), outcome, now)
