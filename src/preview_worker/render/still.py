"""One picture of a preview that need not exist: planned, painted, and nothing else."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from preview_worker.contract import ErrorCode, PreviewError, PreviewJob, SceneFacts
from preview_worker.render.assets import FileAssets
from preview_worker.render.atelier import painter_of
from preview_worker.render.audio import Listener
from preview_worker.render.model import Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.planning import plan_preview, scene_facts
from preview_worker.render.prints import as_jpeg, picture
from preview_worker.render.settings import NOTHING_FETCHED, Fetched, RenderSettings, StillForm

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class PaintedStill:
    """A picture as a file, and which one it is."""

    content: bytes
    media_type: str
    frame: int
    scene: str
    width_px: int
    height_px: int
    frames: int
    """Of the whole preview."""
    fps: str
    scenes: tuple[SceneFacts, ...]
    """All scenes of the preview, so that somebody can ask for the next still."""


def paint_still(
    job: PreviewJob,
    settings: RenderSettings,
    at_s: Fraction,
    form: StillForm = "png",
    fetched: Fetched = NOTHING_FETCHED,
) -> PaintedStill:
    """Paint the frame that is shown ``at_s`` seconds into the preview of ``job``.

    It is the picture that a render would encode there, transitions included. Raises
    ``PreviewError`` as a render does, and (OPTION) for a time that the preview does not have.
    """
    source = FileAssets(settings, fetched)
    timeline = plan_preview(job, settings, Listener(source, settings).length_s, fetched)
    frame = int(at_s * timeline.profile.fps)
    if not 0 <= frame < timeline.frames:
        lasting = float(timeline.profile.seconds(timeline.frames))
        message = f"The preview lasts {lasting:g} s; there is no picture at {float(at_s):g} s."
        raise PreviewError(ErrorCode.OPTION, message)
    rgba = _painted(timeline, painter_of(timeline, source, settings), frame)
    profile = timeline.profile
    return PaintedStill(
        content=_encoded(picture(profile, rgba), form),
        media_type=f"image/{form}",
        frame=frame,
        scene=timeline.scenes[_scene_at(timeline, frame)].id,
        width_px=profile.width_px,
        height_px=profile.height_px,
        frames=timeline.frames,
        fps=f"{profile.fps.numerator}/{profile.fps.denominator}",
        scenes=scene_facts(timeline),
    )


def _scene_at(timeline: Timeline, frame: int) -> int:
    return next(n for n, scene in enumerate(timeline.scenes) if frame < scene.end_frame)


def _painted(timeline: Timeline, painter: Painter, frame: int) -> bytes:
    number = _scene_at(timeline, frame)
    scene = timeline.scenes[number]
    spread, own = painter.plan(scene), frame - scene.start_frame
    if number == 0 or own >= scene.transition.frames:
        return painter.paint_frame(scene, spread, own)
    before = timeline.scenes[number - 1]
    stills = painter.paint_transition((before, painter.plan(before)), (scene, spread))
    return next(still.rgba for still in stills if frame < still.end_frame)


def _encoded(image: Image.Image, form: StillForm) -> bytes:
    if form == "jpeg":
        return as_jpeg(image)
    buffer = io.BytesIO()
    if form == "png":
        image.save(buffer, "PNG", compress_level=1)
    else:
        image.save(buffer, "WEBP", quality=92, method=2)
    return buffer.getvalue()
