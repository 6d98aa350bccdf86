"""Drawing the items of a page with Skia, in design units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import skia

from preview_worker.render.colour import LUMA
from preview_worker.render.model import Colour, Picture
from preview_worker.render.paint.page import Box, Check, Ground, Hexagon, Mark, Panel, Slot, Words
from preview_worker.render.paint.theme import BLACK, SHORT_SIDE
from preview_worker.render.palette import WHITE

RADIUS = 28
INDIGO = Colour(30, 41, 89)
MAX_GROWTH = 2
"""A small picture is drawn at most this many times its own pixels."""
FRAME = 44
OPAQUE = 255
COARSE = 8
"""Design units a pixel of what is blurred."""
BORDER = 8
_ON_DARK = ((WHITE, 0.07), (BLACK, 0.45), (WHITE, 0.2))
_ON_LIGHT = ((WHITE, 0.75), (INDIGO, 0.2), (INDIGO, 0.12))
"""Colour and opacity of a mount, of a shadow, and of the line around a picture."""
CLIP_EM = 0.3
"""How far ink may reach past a text's box, in ems: tall marks yes, towers of them no."""
_SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)


def argb(colour: Colour, alpha: float = 1) -> int:
    """Return the colour as Skia takes it."""
    return int(skia.ColorSetARGB(round(alpha * 255), *colour))


def rect_of(box: Box) -> skia.Rect:
    """Return the box as Skia takes it."""
    return skia.Rect.MakeXYWH(*box)


def draw_ground(canvas: skia.Canvas, ground: Ground, size: tuple[float, float]) -> None:
    """Cover the whole page."""
    canvas.clear(argb(ground.colour))
    if ground.deep is None:
        return
    width, height = size
    slope = skia.Paint(Dither=True)
    slope.setShader(
        skia.GradientShader.MakeLinear(
            [skia.Point(0, 0), skia.Point(width * 0.6, height)],
            [argb(ground.colour), argb(ground.deep)],
        )
    )
    canvas.drawRect(skia.Rect.MakeWH(width, height), slope)
    if ground.accent is None:
        return
    glow = skia.Paint(Dither=True)
    glow.setShader(
        skia.GradientShader.MakeRadial(
            skia.Point(width * 0.82, height * 0.42),
            SHORT_SIDE * 0.8,
            [argb(ground.accent, ground.glow), argb(ground.accent, 0)],
        )
    )
    canvas.drawRect(skia.Rect.MakeWH(width, height), glow)


def paint_ground(
    ground: Ground, size: tuple[float, float], size_px: tuple[int, int]
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the pixels of a page that shows nothing else: RGBA, rows from the top.

    A ground is smooth, and a slope's dither is as good in squares of two pixels, which is how video
    stores colours anyway: so a quarter of it is drawn, and every pixel of that repeated.
    """
    width, height = size_px
    half = np.empty(((height + 1) // 2, (width + 1) // 2), np.uint32)
    rows, columns = half.shape
    canvas = skia.Surface(
        half.view(np.uint8).reshape(rows, columns, 4), skia.ColorType.kRGBA_8888_ColorType
    ).getCanvas()
    canvas.scale(width / size[0] / 2, height / size[1] / 2)
    draw_ground(canvas, ground, size)
    whole = np.empty((2 * rows, 2 * columns), np.uint32)
    whole[::2, ::2] = half
    whole[::2, 1::2] = half
    whole[1::2] = whole[::2]
    pixels = np.ascontiguousarray(whole[:height, :width])
    return pixels.view(np.uint8).reshape(height, width, 4)


def draw_mark(canvas: skia.Canvas, mark: Mark) -> None:
    """Draw an item that needs no picture."""
    match mark:
        case Panel():
            draw_panel(canvas, mark)
        case Hexagon():
            draw_hexagon(canvas, mark)
        case Check():
            draw_check(canvas, mark)
        case Words():
            draw_words(canvas, mark)


def draw_panel(canvas: skia.Canvas, panel: Panel) -> None:
    """Draw a rounded rectangle, with a thin outline if it has one."""
    paint = skia.Paint(AntiAlias=True, Color=argb(panel.colour, panel.alpha))
    if panel.softness:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, panel.softness / 2))
    canvas.drawRoundRect(rect_of(panel.box), panel.radius, panel.radius, paint)
    if panel.outline is not None:
        line = skia.Paint(AntiAlias=True, Color=argb(panel.outline), StrokeWidth=2.5)
        line.setStyle(skia.Paint.kStroke_Style)
        canvas.drawRoundRect(rect_of(panel.box), panel.radius, panel.radius, line)


def draw_hexagon(canvas: skia.Canvas, tile: Hexagon) -> None:
    """Draw a tile with slightly rounded corners."""
    path = skia.Path()
    for corner in range(6):
        angle = math.radians(60 * corner - 90)
        point = (tile.x + tile.radius * math.cos(angle), tile.y + tile.radius * math.sin(angle))
        (path.lineTo if corner else path.moveTo)(*point)
    path.close()
    paint = skia.Paint(AntiAlias=True, Color=argb(tile.colour, tile.alpha))
    paint.setPathEffect(skia.CornerPathEffect.Make(tile.radius * 0.16))
    if tile.line:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(tile.line)
    canvas.drawPath(path, paint)


def draw_check(canvas: skia.Canvas, check: Check) -> None:
    """Draw a check mark with round ends."""
    path = skia.Path()
    path.moveTo(check.x - check.size, check.y + check.size * 0.05)
    path.lineTo(check.x - check.size * 0.25, check.y + check.size * 0.75)
    path.lineTo(check.x + check.size, check.y - check.size * 0.65)
    paint = skia.Paint(AntiAlias=True, Color=argb(check.colour), StrokeWidth=check.size * 0.36)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)
    canvas.drawPath(path, paint)


def draw_words(canvas: skia.Canvas, words: Words) -> None:
    """Draw a block of text; ink far outside its box is cut off."""
    reach = words.block.size * CLIP_EM
    canvas.save()
    canvas.clipRect(rect_of(words.box.grown(reach, reach)))
    x = words.block.start_x(words.box.x, words.box.right)
    words.block.paragraph.paint(canvas, x, words.box.y)
    canvas.restore()


def image_of(picture: Picture) -> skia.Image:
    """Return the picture as Skia takes it; ``picture`` has to live as long as the image."""
    info = skia.ImageInfo.Make(
        picture.width_px,
        picture.height_px,
        skia.ColorType.kRGBA_8888_ColorType,
        skia.AlphaType.kUnpremul_AlphaType,
    )
    return skia.Image.MakeRasterData(info, skia.Data(picture.rgba), picture.width_px * 4)


def fitted(picture: Picture, box: Box, scale: float) -> Box:
    """Return where ``picture`` lies when it is shown in full in the middle of ``box``.

    ``scale`` is pixels a design unit; it keeps small pictures from being blown up.
    """
    grown = min(
        box.width / picture.width_px,
        box.height / picture.height_px,
        MAX_GROWTH / scale,
    )
    width, height = picture.width_px * grown, picture.height_px * grown
    return Box(box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height)


@dataclass(frozen=True, slots=True)
class Stand:
    """How a picture stands in a slot: in ``place``, on a mount or with a shadow behind it."""

    slot: Slot
    place: Box
    radius: float
    mounted: bool
    see_through: bool


def stand_of(picture: Picture, slot: Slot, scale: float) -> Stand:
    """Decide how a picture stands: on a mount where it is small, thin or see-through."""
    box = slot.box
    place = fitted(picture, box, scale)
    see_through = bool(np.frombuffer(picture.rgba, np.uint8)[3::4].min() < OPAQUE)
    small = place.width * place.height < 0.4 * box.width * box.height
    mounted = not slot.panelled and (see_through or small)
    if mounted:
        place = fitted(picture, box.grown(-FRAME, -FRAME), scale)
    radius = 0.0 if slot.emblem else min(RADIUS, place.width / 6, place.height / 6)
    return Stand(slot, place, radius, mounted, see_through)


def draw_behind(canvas: skia.Canvas, stand: Stand) -> None:
    """Draw what is behind a picture in a slot."""
    mount, shadow, _ = _ON_LIGHT if stand.slot.light else _ON_DARK
    if stand.mounted:
        draw_panel(canvas, Panel(stand.place.grown(FRAME, FRAME), RADIUS, *mount))
        return
    if stand.slot.panelled:
        return
    shade = skia.Paint(AntiAlias=True, Color=argb(*shadow))
    shade.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 22))
    canvas.drawRoundRect(rect_of(stand.place).makeOffset(0, 12), RADIUS, RADIUS, shade)


def draw_edge(canvas: skia.Canvas, stand: Stand) -> None:
    """Draw the line around a picture in a slot."""
    border = stand.slot.border
    if (stand.see_through or stand.slot.panelled) and not border:
        return
    _, _, line = _ON_LIGHT if stand.slot.light else _ON_DARK
    colour, width = (argb(border), BORDER) if border else (argb(*line), 2)
    edge = skia.Paint(AntiAlias=True, Color=colour, StrokeWidth=width)
    edge.setStyle(skia.Paint.kStroke_Style)
    canvas.drawRoundRect(rect_of(stand.place), stand.radius, stand.radius, edge)


def draw_slot(canvas: skia.Canvas, picture: Picture, slot: Slot, scale: float) -> None:
    """Show a picture in full, with what is behind and around it."""
    stand = stand_of(picture, slot, scale)
    draw_behind(canvas, stand)
    canvas.save()
    corners = skia.RRect.MakeRectXY(rect_of(stand.place), stand.radius, stand.radius)
    canvas.clipRRect(corners, doAntiAlias=True)
    paint = skia.Paint(Alphaf=slot.opacity)
    canvas.drawImageRect(image_of(picture), rect_of(stand.place), _SAMPLING, paint)
    canvas.restore()
    draw_edge(canvas, stand)


def draw_cover(canvas: skia.Canvas, picture: Picture, size: tuple[float, float]) -> None:
    """Cover the page with a blurred, darkened copy of the picture.

    It is blurred small: nothing finer is left of it, and a large blur takes a hundred times longer.
    """
    cover = max(size[0] / picture.width_px, size[1] / picture.height_px) * 1.06
    width, height = picture.width_px * cover, picture.height_px * cover
    keep, dim = 0.72, 0.36
    matrix = []
    for row in range(3):
        rest = [dim * share * (1 - keep) for share in LUMA]
        rest[row] += dim * keep
        matrix += [*rest, 0, 0]
    paint = skia.Paint(ColorFilter=skia.ColorFilters.Matrix([*matrix, 0, 0, 0, 1, 0]))
    paint.setImageFilter(skia.ImageFilters.Blur(26, 26, skia.TileMode.kClamp, None))
    place = Box((size[0] - width) / 2, (size[1] - height) / 2, width, height)
    small = skia.Surface(*(math.ceil(side / COARSE) for side in size))
    with small as sketch:
        sketch.scale(1 / COARSE, 1 / COARSE)
        sketch.drawImageRect(image_of(picture), rect_of(place), _SAMPLING, paint)
    whole = skia.Rect.MakeWH(small.width() * COARSE, small.height() * COARSE)
    canvas.drawImageRect(small.makeImageSnapshot(), whole, _SAMPLING)


def draw_backdrop(
    canvas: skia.Canvas, picture: Picture, box: Box, size: tuple[float, float], scale: float
) -> None:
    """Cover the page with a blurred, darkened copy, and show the picture in full within ``box``."""
    draw_cover(canvas, picture, size)
    canvas.drawImageRect(image_of(picture), rect_of(fitted(picture, box, scale)), _SAMPLING)
