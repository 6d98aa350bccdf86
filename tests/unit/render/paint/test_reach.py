"""How far items are seen: nothing is drawn outside of that."""

from __future__ import annotations

import numpy as np
import pytest
import skia

from preview_worker.render.colour import Colour
from preview_worker.render.paint.easel import Easel
from preview_worker.render.paint.page import (
    Backdrop,
    Box,
    Check,
    Hexagon,
    Item,
    Outline,
    Panel,
    Signs,
    Slot,
    Words,
)
from preview_worker.render.paint.reach import around, reach
from preview_worker.render.paint.text import Style, typeset
from preview_worker.render.pointer import ALWAYS
from tests.unit.render.paint.moving import BOARD, PROFILE, plain

GOLD = Colour(250, 200, 40)
WORDS = typeset("Ăg|", Style(GOLD, 700), 90, 500)
BOX = Box(700, 300, 400, 300)
ITEMS: dict[str, Item] = {
    "panel": Panel(BOX, 20, GOLD, outline=GOLD),
    "hexagon": Hexagon(900, 500, 120, GOLD, line=9),
    "check": Check(900, 500, 90, GOLD),
    "words": Words(WORDS, Box(700, 400, 500, WORDS.height)),
    "slot": Slot(BOARD, BOX, border=GOLD),
    "backdrop": Backdrop(BOARD, BOX),
    "signs": Signs(BOX, (Outline(Box(650, 250, 300, 200), GOLD, ALWAYS),)),
}


@pytest.mark.parametrize("name", ITEMS)
def test_nothing_is_drawn_out_of_reach(name: str) -> None:
    """Not even the edge of a shadow."""
    shown = plain()
    easel = Easel(PROFILE, lambda _: shown)
    pixels = np.zeros((PROFILE.height_px, PROFILE.width_px, 4), np.uint8)
    canvas = skia.Surface(pixels, skia.ColorType.kRGBA_8888_ColorType).getCanvas()
    canvas.scale(easel.scale, easel.scale)
    easel.draw(canvas, ITEMS[name])
    box = reach(ITEMS[name], easel.size)
    rows, columns = np.nonzero(pixels[..., 3])

    assert len(rows)
    assert columns.min() >= int(box.x * easel.scale)
    assert columns.max() <= box.right * easel.scale
    assert rows.min() >= int(box.y * easel.scale)
    assert rows.max() <= box.bottom * easel.scale


def test_the_box_around_boxes() -> None:
    """It holds them all."""
    assert around([Box(1, 5, 2, 2), Box(0, 6, 9, 1)]) == Box(0, 5, 9, 2)
