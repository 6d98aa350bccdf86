"""Drawing the items of a page with Skia, in design units."""

from __future__ import annotations

import math

import skia

from preview_worker.render.model import Colour, Picture
from preview_worker.render.paint.page import Box, Check, Ground, Hexagon, Panel, Slot, Words
from preview_worker.render.paint.theme import BLACK, SHORT_SIDE
from preview_worker.render.palette import WHITE

RADIUS = 28
INDIGO = Colour(30, 41, 89)
MAX_GROWTH = 2
"""A small picture is drawn at most this many times its own pixels."""
FRAME = 44
LUMA = (0.2126, 0.7152, 0.0722)
BORDER = 8
_ON_DARK = ((WHITE, 0.07), (BLACK, 0.45), (WHITE, 0.2))
_ON_LIGHT = ((WHITE, 0.75), (INDIGO, 0.2), (INDIGO, 0.12))
"""Colour and opacity of a mount, of a shadow, and of the line around a picture."""
CLIP_EM = 0.3
"""How far ink may reach past a text's box, in ems: tall marks yes, towers of them no."""
_SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)


def _argb(colour: Colour, alpha: float = 1) -> int:
    return int(skia.ColorSetARGB(round(alpha * 255), *colour))


def _rect(box: Box) -> skia.Rect:
    return skia.Rect.MakeXYWH(*box)


def draw_ground(canvas: skia.Canvas, ground: Ground, size: tuple[float, float]) -> None:
    """Cover the whole page."""
    canvas.clear(_argb(ground.colour))
    if ground.deep is None:
        return
    width, height = size
    slope = skia.Paint(Dither=True)
    slope.setShader(
        skia.GradientShader.MakeLinear(
            [skia.Point(0, 0), skia.Point(width * 0.6, height)],
            [_argb(ground.colour), _argb(ground.deep)],
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
            [_argb(ground.accent, ground.glow), _argb(ground.accent, 0)],
        )
    )
    canvas.drawRect(skia.Rect.MakeWH(width, height), glow)


def draw_panel(canvas: skia.Canvas, panel: Panel) -> None:
    """Draw a rounded rectangle, with a thin outline if it has one."""
    paint = skia.Paint(AntiAlias=True, Color=_argb(panel.colour, panel.alpha))
    canvas.drawRoundRect(_rect(panel.box), panel.radius, panel.radius, paint)
    if panel.outline is not None:
        line = skia.Paint(AntiAlias=True, Color=_argb(panel.outline), StrokeWidth=2.5)
        line.setStyle(skia.Paint.kStroke_Style)
        canvas.drawRoundRect(_rect(panel.box), panel.radius, panel.radius, line)


def draw_hexagon(canvas: skia.Canvas, tile: Hexagon) -> None:
    """Draw a tile with slightly rounded corners."""
    path = skia.Path()
    for corner in range(6):
        angle = math.radians(60 * corner - 90)
        point = (tile.x + tile.radius * math.cos(angle), tile.y + tile.radius * math.sin(angle))
        (path.lineTo if corner else path.moveTo)(*point)
    path.close()
    paint = skia.Paint(AntiAlias=True, Color=_argb(tile.colour, tile.alpha))
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
    paint = skia.Paint(AntiAlias=True, Color=_argb(check.colour), StrokeWidth=check.size * 0.36)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)
    canvas.drawPath(path, paint)


def draw_words(canvas: skia.Canvas, words: Words) -> None:
    """Draw a block of text; ink far outside its box is cut off."""
    reach = words.block.size * CLIP_EM
    canvas.save()
    canvas.clipRect(_rect(words.box.grown(reach, reach)))
    words.block.paragraph.paint(canvas, words.box.x, words.box.y)
    canvas.restore()


def _image(picture: Picture) -> skia.Image:
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


def draw_slot(canvas: skia.Canvas, picture: Picture, slot: Slot, scale: float) -> None:
    """Show a picture in full; on a mount where it is small, thin or see-through."""
    box = slot.box
    mount, shadow, line = _ON_LIGHT if slot.light else _ON_DARK
    place = fitted(picture, box, scale)
    see_through = min(picture.rgba[3::4]) < 255  # noqa: PLR2004 -- the opaque alpha of eight bits
    if see_through or place.width * place.height < 0.4 * box.width * box.height:
        place = fitted(picture, box.grown(-FRAME, -FRAME), scale)
        draw_panel(canvas, Panel(place.grown(FRAME, FRAME), RADIUS, *mount))
    else:
        shade = skia.Paint(AntiAlias=True, Color=_argb(*shadow))
        shade.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 22))
        canvas.drawRoundRect(_rect(place).makeOffset(0, 12), RADIUS, RADIUS, shade)
    radius = min(RADIUS, place.width / 6, place.height / 6)
    canvas.save()
    canvas.clipRRect(skia.RRect.MakeRectXY(_rect(place), radius, radius), doAntiAlias=True)
    canvas.drawImageRect(_image(picture), _rect(place), _SAMPLING)
    canvas.restore()
    if slot.border or not see_through:
        colour, width = (_argb(slot.border), BORDER) if slot.border else (_argb(*line), 2)
        edge = skia.Paint(AntiAlias=True, Color=colour, StrokeWidth=width)
        edge.setStyle(skia.Paint.kStroke_Style)
        canvas.drawRoundRect(_rect(place), radius, radius, edge)


def draw_backdrop(
    canvas: skia.Canvas, picture: Picture, box: Box, size: tuple[float, float], scale: float
) -> None:
    """Cover the page with a blurred, darkened copy, and show the picture in full within ``box``."""
    image = _image(picture)
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
    canvas.drawImageRect(image, _rect(place), _SAMPLING, paint)
    canvas.drawImageRect(image, _rect(fitted(picture, box, scale)), _SAMPLING)
