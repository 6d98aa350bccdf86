"""The picture of a comparison: changed scenes side by side, with the difference marked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from preview_worker.render.comparison.difference import Comparison, SceneDifference
from preview_worker.render.comparison.likeness import Share
from preview_worker.render.comparison.version import Sight

WIDTH_PX = 1600
MOST_CHARS = 200
MOST_ROWS = 60
"""Scenes on one picture; a longer one is no help, and viewers refuse it."""
_MARGIN, _GUTTER, _HEAD, _CAPTION, _REST = 48, 32, 132, 64, 40
_CELL = (WIDTH_PX - 2 * _MARGIN - _GUTTER) // 2
_TALLEST = 560
_FONTS = Path(__file__).parents[1] / "fonts"

_Ink = tuple[int, int, int]
_PAPER: _Ink = (246, 247, 249)
_INK: _Ink = (24, 32, 48)
_SOFT: _Ink = (100, 112, 132)
_LINE: _Ink = (214, 219, 228)
_MARK: _Ink = (224, 49, 96)
_FATES: dict[str, _Ink] = {
    "added": (22, 128, 82),
    "removed": (200, 52, 52),
    "changed": (176, 108, 8),
    "moved": (66, 92, 190),
}


class _Place(NamedTuple):
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Row:
    scene: SceneDifference
    left: Sight | None
    right: Sight | None
    height: int


def draw_sheet(comparison: Comparison) -> Image.Image:
    """Return a page with every scene that differs: before on the left, after on the right."""
    rows = [_row(one) for one in comparison.scenes if one.differs][:MOST_ROWS]
    height = _HEAD + sum(_CAPTION + row.height + _REST for row in rows)
    page = Image.new("RGB", (WIDTH_PX, max(height, _HEAD + _REST)), _PAPER)
    draw = ImageDraw.Draw(page)
    _draw_head(draw, comparison, len(rows))
    y = _HEAD
    for row in rows:
        _draw_row(page, draw, row, y)
        y += _CAPTION + row.height + _REST
    return page


def _row(scene: SceneDifference) -> _Row:
    left, right = scene.shown
    if scene.picture is not None:
        left, right = scene.picture.before, scene.picture.after
    heights = [_fitted(sight)[1] for sight in (left, right) if sight is not None]
    return _Row(scene, left, right, max(heights, default=0))


def _fitted(sight: Sight) -> tuple[int, int]:
    share = min(_CELL / sight.width_px, _TALLEST / sight.height_px)
    return round(sight.width_px * share), round(sight.height_px * share)


def _draw_head(draw: ImageDraw.ImageDraw, comparison: Comparison, rows: int) -> None:
    bold, plain = _font("Inter-Bold", 30), _font("Inter-Regular", 21)
    told = "1 scene differs" if rows == 1 else f"{rows} scenes differ"
    title = _cut(draw, f"{comparison.titles[1]} · {told}", bold, WIDTH_PX - 2 * _MARGIN)
    draw.text((_MARGIN, 30), title, _INK, bold)
    for n, (word, label) in enumerate(zip(("before", "after"), comparison.labels, strict=True)):
        x = _MARGIN + n * (_CELL + _GUTTER)
        draw.text((x, 86), word, _SOFT, plain)
        draw.text((x + 84, 86), _cut(draw, label, plain, _CELL - 84), _INK, plain)


def _draw_row(page: Image.Image, draw: ImageDraw.ImageDraw, row: _Row, y: int) -> None:
    scene = row.scene
    draw.line((_MARGIN, y, WIDTH_PX - _MARGIN, y), _LINE, 2)
    x = _MARGIN
    for fate in _fates(scene):
        x = _draw_badge(draw, fate, x, y + 18)
    font = _font("Inter-SemiBold", 22)
    room = WIDTH_PX - _MARGIN - x
    draw.text((x, y + 18), _cut(draw, _named(scene), font, room), _INK, font)
    for column, sight in enumerate((row.left, row.right)):
        place = _Place(_MARGIN + column * (_CELL + _GUTTER), y + _CAPTION, _CELL, row.height)
        if sight is None:
            _draw_nothing(draw, place, "not there any more" if column else "not there yet")
        else:
            regions = scene.picture.likeness.regions if scene.picture else ()
            _draw_sight(page, sight, place, regions)


def _fates(scene: SceneDifference) -> list[str]:
    fates: list[str] = [] if scene.fate == "same" else [scene.fate]
    return [*fates, "moved"] if scene.moved else fates


def _named(scene: SceneDifference) -> str:
    before, after = scene.seconds
    lasting = f"{(after or before or 0):g} s"
    if before is not None and after is not None and before != after:
        lasting = f"{before:g} s → {after:g} s"
    return f"{scene.scene.id} · {scene.scene.title} · {lasting}"


def _draw_badge(draw: ImageDraw.ImageDraw, fate: str, x: int, y: int) -> int:
    font = _font("Inter-SemiBold", 18)
    width = round(draw.textlength(fate, font))
    draw.rounded_rectangle((x, y, x + width + 24, y + 28), 14, _FATES[fate])
    draw.text((x + 12, y + 14), fate, (255, 255, 255), font, anchor="lm")
    return x + width + 40


def _draw_nothing(draw: ImageDraw.ImageDraw, place: _Place, word: str) -> None:
    corners = (place.x, place.y, place.x + place.width - 1, place.y + place.height - 1)
    draw.rounded_rectangle(corners, 10, outline=_LINE, width=2)
    middle = (place.x + place.width // 2, place.y + place.height // 2)
    draw.text(middle, word, _SOFT, _font("Inter-Regular", 22), anchor="mm")


def _draw_sight(page: Image.Image, sight: Sight, place: _Place, regions: tuple[Share, ...]) -> None:
    size = _fitted(sight)
    picture = Image.fromarray(sight.pixels).resize(size, Image.Resampling.LANCZOS)
    for region in regions:
        _mark(picture, region)
    page.paste(picture, (place.x + (place.width - size[0]) // 2, place.y))


def _mark(picture: Image.Image, region: Share) -> None:
    """Draw a frame around a difference, a few pixels away from it where there is room."""
    width, height = picture.size
    left, top = region.x * width - 6, region.y * height - 6
    right = (region.x + region.width) * width + 6
    bottom = (region.y + region.height) * height + 6
    corners = (max(1, left), max(1, top), min(width - 2, right), min(height - 2, bottom))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle(corners, 6, outline=(255, 255, 255), width=5)
    draw.rounded_rectangle(corners, 6, outline=_MARK, width=3)


def _cut(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    text = " ".join(text.split())[:MOST_CHARS]
    if draw.textlength(text, font) <= room:
        return text
    while text and draw.textlength(f"{text}…", font) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = str(_FONTS / f"{name}.otf")
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
