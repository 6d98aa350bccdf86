"""What a render process is ordered to make: a whole preview, a part of one, or one picture."""

from __future__ import annotations

from pathlib import Path

from preview_worker.contract import PreviewJob, RenderedFile, RenderedPreview
from preview_worker.render.part import film_part
from preview_worker.render.pipeline import render_preview
from preview_worker.render.settings import (
    NOTHING_PROVIDED,
    Fetched,
    Provision,
    RenderSettings,
    StillWish,
)
from preview_worker.render.still import paint_still
from preview_worker.render.workspace import Report


def carry_out(
    job: PreviewJob,
    directory: Path,
    settings: RenderSettings,
    report: Report,
    provision: Provision = NOTHING_PROVIDED,
) -> RenderedPreview:
    """Render into ``directory``: the preview, or the still or part that ``provision`` wishes for.

    Raises as ``render_preview``, ``paint_still`` and ``film_part`` do.
    """
    if provision.still is not None:
        return _paint(job, directory, settings, provision.still, provision.fetched)
    if provision.part is not None:
        return film_part(job, directory, settings, report, provision)
    return render_preview(job, directory, settings, report, provision)


def _paint(
    job: PreviewJob, directory: Path, settings: RenderSettings, wish: StillWish, fetched: Fetched
) -> RenderedPreview:
    painted = paint_still(job, settings, wish.at_s, wish.form, fetched)
    file = RenderedFile(f"still.{wish.form}", "still", painted.media_type)
    (directory / file.name).write_bytes(painted.content)
    return RenderedPreview(
        title="",
        dry_run=True,
        files=(file,),
        media=None,
        width_px=painted.width_px,
        height_px=painted.height_px,
        fps=painted.fps,
        frames=painted.frames,
        scenes=painted.scenes,
        cues=0,
    )
