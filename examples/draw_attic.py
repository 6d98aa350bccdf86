#!/usr/bin/env python3
"""Draw the pictures of the examples beside the sample: an attic full of music, a garden, a moth.

Run ``python examples/draw_attic.py`` after a change here; the pictures lie beside the payloads.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import skia

FOLDER = Path(__file__).parent / "payloads" / "pictures"
DUSK, WALL, PLANK, SHADE = 0xFF2B2350, 0xFF3A2E5E, 0xFF8A5A3B, 0xFF5E3A26
BRASS, CREAM, INK, MOON = 0xFFF2B84B, 0xFFFFF1D6, 0xFF1B1730, 0xFFFDF3C4
CORAL, MINT, SKY = 0xFFEF6F6C, 0xFF58C9A3, 0xFF6FA8FF
SOIL, MOSS, LEAF, PETALS = 0xFF4A3527, 0xFF2F5D3A, 0xFF4F9A4E, (CORAL, BRASS, 0xFFB48CF2, CREAM)


def _fill(colour: int, alpha: float = 1) -> skia.Paint:
    paint = skia.Paint(AntiAlias=True, Color=colour)
    paint.setAlphaf(alpha)
    return paint


def _line(colour: int, width: float) -> skia.Paint:
    paint = skia.Paint(AntiAlias=True, Color=colour, StrokeWidth=width)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    return paint


def _box(x: float, y: float, width: float, height: float) -> skia.Rect:
    return skia.Rect.MakeXYWH(x, y, width, height)


def _glow(canvas: skia.Canvas, x: float, y: float, radius: float, colour: int) -> None:
    paint = skia.Paint(AntiAlias=True)
    colours = [(colour & 0xFFFFFF) | 0x77000000, colour & 0xFFFFFF]
    paint.setShader(skia.GradientShader.MakeRadial(skia.Point(x, y), radius, colours))
    canvas.drawCircle(x, y, radius, paint)


def _wall(canvas: skia.Canvas, width: float, height: float) -> None:
    """Draw boards with a seam every hundred pixels."""
    canvas.clear(DUSK)
    for column in range(0, int(width), 104):
        canvas.drawRect(_box(column, 0, 98, height), _fill(WALL, 0.8))
    _glow(canvas, width * 0.5, height * 0.3, max(width, height) * 0.6, BRASS)


def _drum(canvas: skia.Canvas, x: float, floor: float, size: float, colour: int) -> None:
    canvas.drawRect(_box(x - size, floor - size * 1.2, size * 2, size * 1.2), _fill(colour))
    for n in range(-2, 2):
        left, right = x + n * size * 0.5, x + (n + 0.5) * size * 0.5
        canvas.drawLine(left, floor - size * 1.2, right, floor, _line(CREAM, size * 0.05))
    for edge in (floor - size * 1.2, floor):
        canvas.drawOval(_box(x - size, edge - size * 0.25, size * 2, size * 0.5), _fill(CREAM))
    canvas.drawOval(
        _box(x - size * 0.88, floor - size * 1.4, size * 1.76, size * 0.4), _fill(BRASS)
    )


def _fiddle(canvas: skia.Canvas, x: float, floor: float, size: float, colour: int) -> None:
    canvas.drawRect(_box(x - size * 0.09, floor - size * 3.2, size * 0.18, size * 1.5), _fill(INK))
    canvas.drawCircle(x, floor - size * 1.5, size * 0.58, _fill(colour))
    canvas.drawCircle(x, floor - size * 0.72, size * 0.74, _fill(colour))
    canvas.drawCircle(x, floor - size * 1.15, size * 0.16, _fill(INK))
    for n in range(3):
        at = x + (n - 1) * size * 0.07
        canvas.drawLine(at, floor - size * 3.1, at, floor - size * 0.5, _line(CREAM, size * 0.02))
    canvas.drawCircle(x, floor - size * 3.25, size * 0.16, _fill(INK))


def _horn(canvas: skia.Canvas, x: float, floor: float, size: float) -> None:
    bell = skia.Path()
    bell.moveTo(x - size * 1.3, floor - size * 0.3)
    bell.quadTo(x, floor - size * 0.5, x + size * 0.9, floor - size * 1.7)
    bell.lineTo(x + size * 1.6, floor - size * 0.5)
    bell.quadTo(x + size * 0.2, floor - size * 0.1, x - size * 1.3, floor - size * 0.1)
    bell.close()
    canvas.drawPath(bell, _fill(BRASS))
    canvas.drawCircle(x - size * 0.2, floor - size * 0.55, size * 0.5, _line(BRASS, size * 0.16))
    for n in range(3):
        canvas.drawCircle(x - size * 0.5 + n * size * 0.28, floor - size * 0.75, 9, _fill(CREAM))


def draw_panorama(canvas: skia.Canvas) -> None:
    """Draw a long shelf with the whole orchestra: three times as wide as it is high."""
    width, height = 1800, 560
    _wall(canvas, width, height)
    moon, shadow = skia.Path(), skia.Path()
    moon.addCircle(900, 150, 96)
    shadow.addCircle(942, 126, 86)
    canvas.drawPath(skia.Op(moon, shadow, skia.kDifference_PathOp), _fill(MOON))
    floor = height - 92
    canvas.drawRect(_box(0, floor, width, 40), _fill(PLANK))
    canvas.drawRect(_box(0, floor + 40, width, 16), _fill(SHADE))
    for x, size, colour in ((150, 70, CORAL), (700, 92, MINT), (1660, 80, SKY)):
        _drum(canvas, x, floor, size, colour)
    for x, size, colour in ((370, 92, CORAL), (500, 78, PLANK), (1300, 98, 0xFFD9803F)):
        _fiddle(canvas, x, floor, size, colour)
    _horn(canvas, 1010, floor, 118)
    _horn(canvas, 1480, floor, 86)


def draw_clock(canvas: skia.Canvas) -> None:
    """Draw a grandfather clock: more than twice as high as it is wide."""
    _wall(canvas, 540, 1280)
    canvas.drawRoundRect(_box(110, 90, 320, 1120), 34, 34, _fill(PLANK))
    canvas.drawRoundRect(_box(140, 470, 260, 600), 22, 22, _fill(INK))
    canvas.drawCircle(270, 280, 136, _fill(BRASS))
    canvas.drawCircle(270, 280, 118, _fill(CREAM))
    for hour in range(12):
        angle = math.radians(30 * hour)
        x, y = 270 + 96 * math.sin(angle), 280 - 96 * math.cos(angle)
        canvas.drawCircle(x, y, 7 if hour % 3 else 11, _fill(INK))
    canvas.drawLine(270, 280, 330, 230, _line(INK, 12))
    canvas.drawLine(270, 280, 232, 200, _line(CORAL, 8))
    canvas.drawLine(270, 480, 330, 900, _line(BRASS, 10))
    canvas.drawCircle(336, 920, 58, _fill(BRASS))
    canvas.drawRoundRect(_box(80, 1160, 380, 76), 18, 18, _fill(SHADE))


def draw_music_box(canvas: skia.Canvas) -> None:
    """Draw an open music box with a dancing mouse."""
    _wall(canvas, 900, 900)
    canvas.drawRoundRect(_box(170, 520, 560, 270), 26, 26, _fill(CORAL))
    canvas.drawRoundRect(_box(200, 560, 500, 190), 18, 18, _fill(SHADE))
    lid = skia.Path()
    for n, (x, y) in enumerate(((170, 520), (730, 520), (690, 250), (210, 250))):
        (lid.lineTo if n else lid.moveTo)(x, y)
    lid.close()
    canvas.drawPath(lid, _fill(0xFFC9524F))
    for n in range(9):
        canvas.drawRect(_box(228 + n * 50, 600 + n % 3 * 14, 30, 110), _fill(BRASS))
    canvas.drawCircle(450, 430, 66, _fill(CREAM))
    for x in (404, 496):
        canvas.drawCircle(x, 372, 36, _fill(CREAM))
        canvas.drawCircle(x, 372, 20, _fill(CORAL))
    for x in (430, 474):
        canvas.drawCircle(x, 424, 9, _fill(INK))
    canvas.drawArc(_box(426, 436, 50, 32), 10, 160, useCenter=False, paint=_line(INK, 6))
    canvas.drawLine(450, 496, 450, 600, _line(CREAM, 30))


def _flower(canvas: skia.Canvas, x: float, y: float, size: float, colour: int) -> None:
    for n in range(6):
        angle = math.radians(60 * n)
        petal = (x + size * 0.62 * math.cos(angle), y + size * 0.62 * math.sin(angle))
        canvas.drawCircle(*petal, size * 0.42, _fill(colour))
    canvas.drawCircle(x, y, size * 0.36, _fill(SOIL))


def _bee(canvas: skia.Canvas, x: float, y: float, size: float) -> None:
    for side in (-1, 1):
        wing = _box(x + side * size * 0.1 - size * 0.5, y - size * 1.2, size, size * 0.9)
        canvas.drawOval(wing, _fill(CREAM, 0.8))
    canvas.drawOval(_box(x - size, y - size * 0.6, size * 2, size * 1.2), _fill(BRASS))
    for n in range(3):
        canvas.drawRect(
            _box(x - size * 0.6 + n * size * 0.5, y - size * 0.56, 10, size), _fill(INK)
        )


def draw_garden(canvas: skia.Canvas) -> None:
    """Draw a garden of beds, a pond and two bees: the board of a game that moves."""
    canvas.clear(MOSS)
    for row in range(4):
        for column in range(6):
            x, y = 40 + column * 222, 40 + row * 212
            canvas.drawRoundRect(_box(x, y, 206, 196), 26, 26, _fill(SOIL))
            if (row, column) in {(1, 2), (1, 3), (2, 2), (2, 3)}:
                continue
            kind = (row * 2 + column) % 4
            if (row + column) % 3:
                _flower(canvas, x + 103, y + 98, 62, PETALS[kind])
            else:
                canvas.drawCircle(x + 103, y + 98, 26, _fill(LEAF))
    canvas.drawRoundRect(_box(484, 252, 428, 408), 190, 190, _fill(SKY))
    canvas.drawRoundRect(_box(520, 286, 356, 340), 160, 160, _fill(0xFF4C86E0))
    canvas.drawCircle(620, 520, 46, _fill(LEAF))
    _bee(canvas, 300, 330, 54)
    _bee(canvas, 1130, 560, 54)


def draw_moth(canvas: skia.Canvas) -> None:
    """Draw the mark of a publisher that does not exist, on nothing."""
    for side in (-1, 1):
        for drop, size in ((0, 74), (58, 52)):
            wing = _box(128 + side * 54 - size, 60 + drop, size * 2, size * 1.2)
            canvas.drawOval(wing, _fill(0xFF6D4AC7))
        canvas.drawCircle(128 + side * 62, 104, 22, _fill(BRASS))
    canvas.drawRoundRect(_box(112, 56, 32, 140), 16, 16, _fill(INK))


PICTURES: tuple[tuple[str, int, int, Callable[[skia.Canvas], None]], ...] = (
    ("attic-panorama.webp", 1800, 560, draw_panorama),
    ("grandfather-clock.webp", 540, 1280, draw_clock),
    ("music-box.webp", 900, 900, draw_music_box),
    ("garden-board.webp", 1392, 888, draw_garden),
    ("moth-logo.png", 256, 256, draw_moth),
)


def main() -> None:
    """Draw all pictures beside the payloads."""
    FOLDER.mkdir(exist_ok=True)
    for name, width, height, draw in PICTURES:
        surface = skia.Surface(width, height)
        draw(surface.getCanvas())
        form = skia.kPNG if name.endswith(".png") else skia.kWEBP
        surface.makeImageSnapshot().save(str(FOLDER / name), form, 86)


if __name__ == "__main__":
    main()
