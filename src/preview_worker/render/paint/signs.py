"""Drawing what points at things on a picture: tags with their lines, outlines and arrows.

Each is drawn in its colour over a dark rim, so that it is seen on any picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import skia

from preview_worker.render.model import Colour
from preview_worker.render.motion import MIDDLE, Pose
from preview_worker.render.paint.brush import argb, draw_panel, draw_words, rect_of
from preview_worker.render.paint.page import Box, Dart, Outline, Panel, Point, Sign, Signs, Tag
from preview_worker.render.palette import DARK

LINE, RIM = 5.0, 3.0
RIM_ALPHA = 0.6
DOT = 9.0
INK = DARK.mark
CORNER = 14.0
HEAD_LENGTH, HEAD_WIDTH = 34.0, 30.0
EDGE = 24.0
"""A tag that the growing picture carries away fades over so much, and is gone at the edge."""

Follow = Callable[[float, float], Point]


def draw_signs(
    canvas: skia.Canvas, item: Signs, frame: int | None = None, pose: Pose | None = None
) -> None:
    """Draw the signs as they are in ``frame``, all of them in full where there is none.

    Where the picture under them grows by ``pose``, they stay on what they speak of and keep their
    own size.
    """
    zoom, (ax, ay) = (pose.zoom, pose.anchor) if pose else (1.0, MIDDLE)
    place = item.place
    fixed = Point(place.x + ax * place.width, place.y + ay * place.height)

    def follow(x: float, y: float) -> Point:
        return Point(fixed.x + (x - fixed.x) * zoom, fixed.y + (y - fixed.y) * zoom)

    canvas.save()
    canvas.clipRect(rect_of(place), doAntiAlias=True)
    for sign in item.signs:
        opacity = 1.0 if frame is None else sign.on.opacity(frame)
        if zoom > 1 and isinstance(sign, Tag):
            opacity *= _left(_moved(sign.pill, follow), place)
        if opacity > 0:
            _draw(canvas, sign, follow, opacity)
    canvas.restore()


def _draw(canvas: skia.Canvas, sign: Sign, follow: Follow, opacity: float) -> None:
    faded = opacity < 1
    if faded:
        canvas.saveLayer(None, skia.Paint(Alphaf=opacity))
    match sign:
        case Tag():
            _draw_tag(canvas, sign, follow)
        case Outline():
            _draw_outline(canvas, sign, follow)
        case Dart():
            _draw_dart(canvas, follow(*sign.tail), follow(*sign.head), sign.colour)
    if faded:
        canvas.restore()


def _moved(box: Box, follow: Follow) -> Box:
    """Return ``box`` in its own size where its middle has gone to."""
    middle = follow(box.x + box.width / 2, box.y + box.height / 2)
    return Box(middle.x - box.width / 2, middle.y - box.height / 2, box.width, box.height)


def _left(box: Box, place: Box) -> float:
    """Return how much of a tag is left, 0 to 1, that nears the edge of its picture."""
    room = min(box.x - place.x, box.y - place.y, place.right - box.right, place.bottom - box.bottom)
    return min(max(room / EDGE, 0.0), 1.0)


def _draw_tag(canvas: skia.Canvas, tag: Tag, follow: Follow) -> None:
    pill, target = _moved(tag.pill, follow), follow(*tag.target)
    middle = Point(pill.x + pill.width / 2, pill.y + pill.height / 2)
    path = skia.Path()
    path.moveTo(*middle)
    path.lineTo(*target)
    for colour, alpha, width in ((INK, RIM_ALPHA, LINE + 2 * RIM), (tag.colour, 1.0, LINE)):
        canvas.drawPath(path, _stroke(colour, alpha, width))
    canvas.drawCircle(*target, DOT + RIM, _fill(INK, RIM_ALPHA))
    canvas.drawCircle(*target, DOT, _fill(tag.colour))
    radius = min(pill.height / 2, 36.0)
    draw_panel(canvas, Panel(pill.grown(RIM, RIM), radius + RIM, INK, RIM_ALPHA))
    draw_panel(canvas, Panel(pill, radius, tag.colour))
    canvas.save()
    canvas.translate(pill.x - tag.pill.x, pill.y - tag.pill.y)
    draw_words(canvas, tag.words)
    canvas.restore()


def _draw_outline(canvas: skia.Canvas, outline: Outline, follow: Follow) -> None:
    corner = follow(outline.box.x, outline.box.y)
    opposite = follow(outline.box.right, outline.box.bottom)
    rect = skia.Rect.MakeLTRB(*corner, *opposite)
    for colour, alpha, width in ((INK, RIM_ALPHA, LINE + 2 * RIM), (outline.colour, 0.95, LINE)):
        canvas.drawRoundRect(rect, CORNER, CORNER, _stroke(colour, alpha, width))


def _draw_dart(canvas: skia.Canvas, tail: Point, head: Point, colour: Colour) -> None:
    length = math.dist(tail, head) or 1.0
    ux, uy = (head.x - tail.x) / length, (head.y - tail.y) / length
    reach = min(HEAD_LENGTH, length)
    neck = Point(head.x - ux * reach, head.y - uy * reach)
    side = HEAD_WIDTH / 2 * reach / HEAD_LENGTH
    shaft, tip = skia.Path(), skia.Path()
    shaft.moveTo(*tail)
    shaft.lineTo(*neck)
    tip.moveTo(*head)
    tip.lineTo(neck.x - uy * side, neck.y + ux * side)
    tip.lineTo(neck.x + uy * side, neck.y - ux * side)
    tip.close()
    width = LINE * 1.6
    canvas.drawPath(shaft, _stroke(INK, RIM_ALPHA, width + 2 * RIM))
    canvas.drawPath(tip, _stroke(INK, RIM_ALPHA, 2 * RIM))
    canvas.drawPath(shaft, _stroke(colour, 1.0, width))
    canvas.drawPath(tip, _fill(colour))


def _fill(colour: Colour, alpha: float = 1.0) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=argb(colour, alpha))


def _stroke(colour: Colour, alpha: float, width: float) -> skia.Paint:
    paint = skia.Paint(AntiAlias=True, Color=argb(colour, alpha), StrokeWidth=width)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)
    return paint
