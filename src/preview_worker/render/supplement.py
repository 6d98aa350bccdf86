"""Writes the files that the tutorial set has beyond every preview: documents, and a review."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from preview_worker.contract import FileKind, PreviewJob, RenderedFile
from preview_worker.render.ffprobe import describe_media, ffmpeg_version
from preview_worker.render.gallery import COLUMNS, REVIEW, review_frames
from preview_worker.render.model import Timeline
from preview_worker.render.tutorial import (
    Document,
    Outcome,
    manifest_of,
    plan_documents,
    review_document,
)

_KINDS: dict[str, FileKind] = {
    "script.json": "script",
    "storyboard.json": "storyboard",
    "render-config.json": "render-config",
    "ffprobe.json": "ffprobe",
    f"{REVIEW}/visual-qa-manifest.json": "visual-qa",
    "manifest.json": "tutorial-manifest",
}


def write_supplement(
    job: PreviewJob, timeline: Timeline, directory: Path, outcome: Outcome
) -> tuple[RenderedFile, ...]:
    """Write what the artifact set of ``timeline`` has beside the files of ``outcome``.

    Nothing unless it is the tutorial set. A dry run leaves no video and no pictures to tell of.
    """
    if timeline.artifact_set != "tutorial":
        return ()
    now = datetime.now(UTC)
    documents = plan_documents(job, timeline)
    if not outcome.dry_run:
        documents["ffprobe.json"] = describe_media(
            directory / f"preview.{timeline.profile.container}"
        )
        documents[f"{REVIEW}/visual-qa-manifest.json"] = review_document(
            timeline, review_frames(timeline), COLUMNS, ffmpeg_version(), now
        )
    files = tuple(_file(name) for name in documents)
    told = replace(outcome, files=(*outcome.files, *files))
    documents["manifest.json"] = manifest_of(job, timeline, told, now)
    for name, document in documents.items():
        _write(directory / name, document)
    return (*files, _file("manifest.json"))


def _file(name: str) -> RenderedFile:
    return RenderedFile(name, _KINDS[name], "application/json")


def _write(path: Path, document: Document) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
