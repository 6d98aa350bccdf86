"""The pictures of a placed scene: where each of them stands, when it is on, and how it moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.model import Region, StagedPicture
from preview_worker.render.timeline.drafts import Setting
from preview_worker.render.timeline.fields import Located, as_text, identity, number
from preview_worker.render.timeline.motion_limits import MotionLimits
from preview_worker.render.timeline.motions import MotionReader
from preview_worker.render.timeline.places import frame_of, share, time_s
from preview_worker.render.timeline.steps import shown
from preview_worker.render.wording import one_line

WHOLE = Region(0.05, 0.375, 0.9, 0.25)
"""Where a thing stands that has no place: across the middle."""
MOST_LAYER = 10_000


def stage_visuals(
    visuals: list[Located],
    scene: tuple[str, Fraction],
    setting: Setting,
    findings: list[Finding],
) -> tuple[StagedPicture, ...]:
    """Place the ``visuals`` of a scene, given by its id and its seconds, from below."""
    scene_id, seconds = scene
    fps = setting.profile.fps
    frames = max(1, frame_of(seconds, fps))
    told: list[Finding] = []
    reader = MotionReader(fps, frames, MotionLimits(frames, fps, told), told)
    pictures = []
    for visual in sorted(visuals, key=lambda one: layer_of(one) or 0):
        picture = setting.catalogue.sought(visual, findings, scene_id)
        region = region_of(visual)
        alive = reader.read(_motions(visual), region, pictured=picture is not None)
        start, end = _times(visual, frames, fps, told)
        name = as_text(visual.get("assetId")) or identity(visual, "")
        pictures.append(
            StagedPicture(
                name=one_line(shown(name, setting.language)),
                region=region,
                picture=picture,
                start_frame=start,
                end_frame=end,
                layer=layer_of(visual) or 0,
                motions=tuple(alive.motions),
                pointers=tuple(alive.pointers),
            )
        )
    findings += [replace(one, scene=scene_id) for one in told]
    return tuple(pictures)


def _motions(visual: Located) -> list[Located]:
    """Return the one motion of contract 1.1.0, and the several of the generator."""
    single, several = visual.get("motion"), visual.get("motions")
    listed = [(single, visual.at("motion"))] if single else []
    if isinstance(several, list):
        listed += [(one, visual.at("motions", str(index))) for index, one in enumerate(several)]
    return [Located(one if isinstance(one, Mapping) else {"type": one}, at) for one, at in listed]


def _times(
    visual: Located, frames: int, fps: Fraction, findings: list[Finding]
) -> tuple[int, int | None]:
    """Return the frames that a visual is on; None for the end of the scene."""
    start_s, end_s = time_s(visual, "start"), time_s(visual, "end")
    start = frame_of(start_s or Fraction(0), fps)
    end = frames if end_s is None else frame_of(end_s, fps)
    if start >= min(end, frames):
        told = f"{visual.where} is on for no time of its scene; it is shown for all of it."
        findings.append(Finding("visual.times", told))
        return 0, None
    return start, end if end < frames else None


def layer_of(thing: Located) -> int | None:
    """Return the layer of a visual or an overlay, if it names one."""
    named = share(thing.get("layer"))
    return None if named is None else int(min(max(named, -MOST_LAYER), MOST_LAYER))


def region_of(thing: Located) -> Region:
    """Return where a visual or an overlay was placed, in shares of the page."""
    if not isinstance(thing.get("placement"), dict):
        return WHOLE
    sides = (
        number(thing.get("placement", name), thing.at("placement", name))
        for name in ("x", "y", "width", "height")
    )
    x, y, width, height = (
        default if side is None else min(max(float(side), -1.0), 2.0)
        for side, default in zip(sides, WHOLE, strict=True)
    )
    return Region(x, y, max(0.0, width), max(0.0, height))
