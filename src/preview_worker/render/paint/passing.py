"""How a scene takes over from the one before it: pictures between the two."""

from __future__ import annotations

import skia

from preview_worker.render.motion import TOWARDS, Transition, ease

_SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear)


def draw_passing(
    canvas: skia.Canvas, before: skia.Image, after: skia.Image, transition: Transition, frame: int
) -> None:
    """Draw ``frame`` of a transition, on a canvas in pixels.

    No picture of it is ``before`` or ``after`` alone: those stand on both sides of it. A crossfade
    mixes the values as they are, not the light: then pale text on a dark ground comes and goes
    evenly, where mixed light would bring it at once and let it linger.
    """
    share = (frame + 1) / (transition.frames + 1)
    if transition.kind == "crossfade":
        canvas.drawImage(before, 0, 0)
        canvas.drawImage(after, 0, 0, skia.SamplingOptions(), skia.Paint(Alphaf=share))
        return
    canvas.clear(skia.ColorBLACK)
    x, y = TOWARDS[transition.direction]
    gone = ease("easeInOutCubic", share)
    for image, away in ((before, gone), (after, gone - 1)):
        canvas.drawImage(image, x * away * image.width(), y * away * image.height(), _SAMPLING)
