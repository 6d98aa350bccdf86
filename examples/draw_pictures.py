#!/usr/bin/env python3
"""Draw the pictures of the sample tutorial, a made-up game of ferries and lanterns.

Run ``python examples/draw_pictures.py`` after a change here; the pictures are kept in the package.
"""

from __future__ import annotations

import math
from pathlib import Path

import skia

FOLDER = Path(__file__).parents[1] / "src" / "preview_worker" / "sample"
WIDTH, HEIGHT = 1000, 900
BANK, CHANNEL = 215, 100
NIGHT, SHORE = 0xFF13233F, 0xFF2B4A3F
RIVER, DEEP = 0xFF2F80B7, 0xFF1F5F93
LIGHTS = (0xFFFBBF24, 0xFFF472B6, 0xFF34D399, 0xFF60A5FA, 0xFFFB923C)
WOOD, CREAM, INK = 0xFFB7793F, 0xFFFFF4DC, 0xFF1B2338


def _fill(colour: int, alpha: float = 1) -> skia.Paint:
    paint = skia.Paint(AntiAlias=True, Color=colour)
    paint.setAlphaf(alpha)
    return paint


def _line(colour: int, width: float) -> skia.Paint:
    paint = skia.Paint(AntiAlias=True, Color=colour, StrokeWidth=width)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    return paint


def _hexagon(x: float, y: float, radius: float) -> skia.Path:
    path = skia.Path()
    for corner in range(6):
        angle = math.radians(60 * corner - 90)
        point = (x + radius * math.cos(angle), y + radius * math.sin(angle))
        (path.lineTo if corner else path.moveTo)(*point)
    path.close()
    return path


def _glow(canvas: skia.Canvas, x: float, y: float, radius: float, colour: int) -> None:
    paint = skia.Paint(AntiAlias=True)
    paint.setShader(
        skia.GradientShader.MakeRadial(
            skia.Point(x, y), radius, [(colour & 0xFFFFFF) | 0x88000000, colour & 0xFFFFFF]
        )
    )
    canvas.drawCircle(x, y, radius, paint)


def _lantern(canvas: skia.Canvas, x: float, y: float, size: float, colour: int) -> None:
    _glow(canvas, x, y, size * 1.9, colour)
    canvas.drawArc(
        skia.Rect.MakeXYWH(x - size * 0.3, y - size * 1.2, size * 0.6, size * 0.7),
        180,
        180,
        useCenter=False,
        paint=_line(CREAM, size * 0.09),
    )
    body = skia.Rect.MakeXYWH(x - size * 0.62, y - size * 0.75, size * 1.24, size * 1.5)
    canvas.drawRoundRect(body, size * 0.5, size * 0.6, _fill(colour))
    for share in (-0.3, 0.3):
        canvas.drawLine(
            x + size * share,
            y - size * 0.62,
            x + size * share,
            y + size * 0.62,
            _line(INK, size * 0.05),
        )
    for edge in (-0.82, 0.66):
        cap = skia.Rect.MakeXYWH(x - size * 0.42, y + size * edge, size * 0.84, size * 0.17)
        canvas.drawRoundRect(cap, size * 0.08, size * 0.08, _fill(INK))


def _ferry(canvas: skia.Canvas, x: float, y: float, size: float, colour: int) -> None:
    hull = skia.Path()
    hull.moveTo(x - size, y)
    hull.lineTo(x + size, y)
    hull.lineTo(x + size * 0.68, y + size * 0.5)
    hull.lineTo(x - size * 0.68, y + size * 0.5)
    hull.close()
    canvas.drawPath(hull, _fill(WOOD))
    cabin = skia.Rect.MakeXYWH(x - size * 0.55, y - size * 0.5, size * 0.8, size * 0.5)
    canvas.drawRoundRect(cabin, size * 0.08, size * 0.08, _fill(CREAM))
    for n in range(2):
        canvas.drawCircle(x - size * 0.35 + n * size * 0.4, y - size * 0.25, size * 0.1, _fill(INK))
    canvas.drawLine(x + size * 0.5, y, x + size * 0.5, y - size * 0.75, _line(CREAM, size * 0.06))
    _lantern(canvas, x + size * 0.5, y - size * 0.62, size * 0.27, colour)


def draw_board(canvas: skia.Canvas) -> None:
    """Draw the river board: tiles of shore and water, docks with lanterns, two ferries."""
    canvas.clear(NIGHT)
    radius = 104
    for row in range(-1, 7):
        for column in range(-1, 7):
            x = column * radius * math.sqrt(3) + (row % 2) * radius * math.sqrt(3) / 2 + 20
            y = row * radius * 1.5 + 60
            bend = 500 + 210 * math.sin(y / 190)
            water = abs(x - bend) < BANK
            deep = abs(x - bend) < CHANNEL
            colour = DEEP if deep else RIVER if water else SHORE
            paint = _fill(colour)
            paint.setPathEffect(skia.CornerPathEffect.Make(16))
            canvas.drawPath(_hexagon(x, y, radius * 0.94), paint)
            if not water and (row * 2 + column) % 4 == 0:
                _lantern(canvas, x, y, 44, LIGHTS[(row + column * 2) % len(LIGHTS)])
            elif deep:
                for n in (-1, 0, 1):
                    wave = skia.Rect.MakeXYWH(x - 44, y + n * 30 - 8, 44, 18)
                    canvas.drawArc(wave, 0, 180, useCenter=False, paint=_line(0x66FFFFFF, 4))
                    canvas.drawArc(
                        wave.makeOffset(44, 0),
                        180,
                        180,
                        useCenter=False,
                        paint=_line(0x66FFFFFF, 4),
                    )
    _ferry(canvas, 640, 300, 96, LIGHTS[1])
    _ferry(canvas, 350, 640, 96, LIGHTS[3])


def draw_cards(canvas: skia.Canvas) -> None:
    """Draw a fan of harbour cards."""
    canvas.clear(0xFF2A2140)
    _glow(canvas, 500, 470, 620, 0xFFA78BFA)
    for n, colour in enumerate(LIGHTS):
        canvas.save()
        canvas.translate(500, 1080)
        canvas.rotate((n - 2) * 16)
        card = skia.Rect.MakeXYWH(-135, -830, 270, 400)
        shade = _fill(0xFF000000, 0.4)
        shade.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 14))
        canvas.drawRoundRect(card.makeOffset(-6, 10), 28, 28, shade)
        canvas.drawRoundRect(card, 28, 28, _fill(CREAM))
        canvas.drawRoundRect(card.makeInset(18, 18), 18, 18, _fill(0xFF20304F))
        _lantern(canvas, 0, -620, 74, colour)
        for corner in range(n + 1):
            canvas.drawCircle(-60 + corner * 30, -478, 9, _fill(colour))
        canvas.restore()


def draw_scoring(canvas: skia.Canvas) -> None:
    """Draw lanterns in a row at dawn."""
    sky = skia.Paint()
    sky.setShader(
        skia.GradientShader.MakeLinear(
            [skia.Point(0, 0), skia.Point(0, HEIGHT)],
            [0xFF1E2A52, 0xFF5B3E78, 0xFFE0815B, 0xFF1F5F93],
            [0, 0.42, 0.7, 0.71],
        )
    )
    canvas.drawPaint(sky)
    canvas.save()
    canvas.clipRect(skia.Rect.MakeXYWH(0, 0, WIDTH, HEIGHT * 0.705))
    _glow(canvas, 500, 640, 430, 0xFFFFD9A0)
    canvas.drawCircle(500, 640, 130, _fill(0xFFFFE9C4))
    canvas.restore()
    rope = skia.Path()
    rope.moveTo(-20, 150)
    rope.quadTo(500, 330, WIDTH + 20, 150)
    canvas.drawPath(rope, _line(INK, 8))
    for n, colour in enumerate((LIGHTS[0], LIGHTS[0], LIGHTS[0], LIGHTS[2], LIGHTS[2])):
        x = 130 + n * 185
        y = 150 + 90 * (1 - ((x - 500) / 520) ** 2)
        _lantern(canvas, x, y + 92, 66, colour)
    _ferry(canvas, 500, 725, 150, LIGHTS[1])
    for n in range(7):
        wave = skia.Rect.MakeXYWH(40 + n * 140, 825 + (n % 2) * 18, 90, 22)
        canvas.drawArc(wave, 0, 180, useCenter=False, paint=_line(0x88FFFFFF, 5))


def main() -> None:
    """Draw all pictures into the package."""
    FOLDER.mkdir(exist_ok=True)
    for name, draw in (
        ("river-board", draw_board),
        ("harbour-cards", draw_cards),
        ("lanterns-at-dawn", draw_scoring),
    ):
        surface = skia.Surface(WIDTH, HEIGHT)
        draw(surface.getCanvas())
        image = surface.makeImageSnapshot()
        image.save(str(FOLDER / f"{name}.webp"), skia.kWEBP, 88)


if __name__ == "__main__":
    main()
