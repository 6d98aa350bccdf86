"""The plan of a job without any media library: its timeline, and that its pictures are there."""

from __future__ import annotations

from typing import TypeVar

from preview_worker.contract import PreviewJob
from preview_worker.render.assets import FileAssets
from preview_worker.render.model import PictureRef, Timeline
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import Lengths, SoundRef
from preview_worker.render.timeline import plan_timeline, unknown_length

Ref = TypeVar("Ref", PictureRef, SoundRef)


def plan_preview(
    job: PreviewJob, settings: RenderSettings, lengths: Lengths = unknown_length
) -> Timeline:
    """Decide every scene on exact frames; raise ``PreviewError`` for what cannot be rendered.

    Every picture that the scenes show is looked for, but none is read. Unless ``lengths`` listens
    to them, narrations do not decide how long their scenes last.
    """
    timeline = plan_timeline(job, settings, lengths)
    files = FileAssets(settings)
    for ref in distinct(timeline.pictures):
        files.check(ref)
    return timeline


def distinct(refs: tuple[Ref, ...]) -> list[Ref]:
    """Return every picture or sound once, in the order of its first use."""
    return list({ref.candidates: ref for ref in reversed(refs)}.values())[::-1]
