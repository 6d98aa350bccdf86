"""Drafts and rendered files for tests: small, and different wherever two could be mistaken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from preview_worker.artifacts import Fence, PreviewDraft, preview_folder
from preview_worker.artifacts.inventory import seal_folder, take_stock
from preview_worker.contract import (
    Finding,
    MediaFacts,
    Notice,
    PhaseInterval,
    RenderedFile,
    RenderedPreview,
    SceneFacts,
)

CONTENT = {"preview.mp4": b"moving picture", "poster.jpg": b"still picture"}
FILES = (
    RenderedFile("preview.mp4", "video", "video/mp4"),
    RenderedFile("poster.jpg", "poster", "image/jpeg"),
)
NESTED = "visual-qa/frames/frame-01.jpg"
"""A file that lies in a folder of its preview."""
MEDIA = MediaFacts("mp4", 1280, 720, "30/1", 2550, 85.0, "h264", "aac", silent=True)


def fill(folder: Path, content: Mapping[str, bytes] = CONTENT) -> None:
    """Write what a renderer would leave in its folder."""
    for name, written in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(written)


def rendered(
    files: tuple[RenderedFile, ...] = FILES, media: MediaFacts | None = MEDIA
) -> RenderedPreview:
    """Return a preview of two scenes, dry when there is no media."""
    return RenderedPreview(
        title="Gem Collectors",
        dry_run=media is None,
        files=files,
        media=media,
        width_px=1280,
        height_px=720,
        fps="30/1",
        frames=2550,
        scenes=(
            SceneFacts("intro", "title", "Gem Collectors", 0, 150),
            SceneFacts("step-1", "step", "Take a gem", 150, 2400),
        ),
        cues=7,
        findings=(Finding("text.shrunk", "The text was made smaller to fit.", "step-1"),),
        phases=(
            PhaseInterval("paint", 1000.0, 1001.0, 0.25),
            PhaseInterval("encode", 1000.5, 1002.0, 1.5),
        ),
    )


def draft(
    job_id: str = "job-1",
    project_id: str = "project-1",
    input_digest: str = "digest-1",
    preview: RenderedPreview | None = None,
) -> PreviewDraft:
    """Return a draft of that job's second attempt."""
    return PreviewDraft(
        job_id=job_id,
        project_id=project_id,
        request_id="request-1",
        attempt=2,
        trace_id="0af7651916cd43dd8448eb211c80319c",
        input_digest=input_digest,
        renderer="0.1.0",
        rendered=preview or rendered(),
        steps=1,
        assets=3,
        notices=(Notice("unknown_field", "/mood", "This field is kept and not used."),),
        unknown_fields={"mood": "calm", "ratio": float("inf")},
    )


async def ours(above: int) -> int:
    """Answer as a fence that finds the job still ours."""
    return above + 1


async def not_ours(above: int) -> None:
    """Answer as a fence that finds the job lost."""
    del above


def seal(folder: Path, drafted: PreviewDraft, created_at: datetime, number: int = 1) -> bytes:
    """Make a staging folder complete, as publication ``number``, and return its manifest."""
    return seal_folder(folder, drafted, take_stock(folder, drafted, created_at), number)


def publish(data_dir: Path, drafted: PreviewDraft) -> None:
    """Have a preview stand where a worker would have put it."""
    folder = data_dir / preview_folder(drafted.project_id, drafted.job_id)
    folder.mkdir(parents=True)
    fill(folder)
    seal(folder, drafted, datetime(2026, 1, 31, tzinfo=UTC))


def ours_after(number: int) -> Fence:
    """Return a fence that admits with a number greater than ``number``."""

    async def fence(above: int) -> int:
        return max(number, above) + 1

    return fence
