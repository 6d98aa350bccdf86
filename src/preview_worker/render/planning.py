"""The plan of a job without any media library: its timeline, and that its pictures are there."""

from __future__ import annotations

from preview_worker.contract import PreviewJob
from preview_worker.render.assets import FileAssets
from preview_worker.render.model import PictureRef, Timeline
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline import plan_timeline


def plan_preview(job: PreviewJob, settings: RenderSettings) -> Timeline:
    """Decide every scene on exact frames; raise ``PreviewError`` for what cannot be rendered.

    Every picture that the scenes show is looked for, but none is read.
    """
    timeline = plan_timeline(job, settings)
    files = FileAssets(settings)
    for ref in distinct(timeline.pictures):
        files.check(ref)
    return timeline


def distinct(refs: tuple[PictureRef, ...]) -> list[PictureRef]:
    """Return every picture once, in the order of its first use."""
    return list({ref.candidates: ref for ref in reversed(refs)}.values())[::-1]
