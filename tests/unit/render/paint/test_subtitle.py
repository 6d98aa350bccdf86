"""A caption in the picture stands low, within the page, and beside other texts."""

from __future__ import annotations

import pytest

from preview_worker.render.model import Cue
from preview_worker.render.paint.page import Box, Ground, Page, Panel, Size, Words
from preview_worker.render.paint.subtitle import (
    SIZE,
    band_height,
    subtitle,
    texts_on,
)
from preview_worker.render.paint.text import Style, typeset
from preview_worker.render.palette import BLACK, WHITE

WIDE, TALL = Size(1920, 1080), Size(1080, 1920)
CUE = Cue(0, 60, ("Shuffle all gem cards and place them here,", "face-down beside the board."))


@pytest.mark.parametrize("extent", [WIDE, TALL, Size(1080, 1080)])
def test_the_box_stands_above_the_bottom_margin(extent: Size) -> None:
    """Eight percent of the height below it, and air on both sides."""
    panel, words = subtitle(CUE, extent)

    assert panel.box.bottom == pytest.approx(extent.height * 0.92)
    assert panel.box.x >= extent.width * 0.05 - 1
    assert panel.box.x + panel.box.width / 2 == pytest.approx(extent.width / 2)
    assert panel.box.y < words.box.y
    assert words.box.bottom < panel.box.bottom


def test_the_lines_are_those_of_the_file() -> None:
    """At 48 pixels on a picture 1080 high, bold, on a box of 60 % black."""
    panel, words = subtitle(CUE, WIDE)

    assert words.block.text.split("\n") == [*CUE.lines]
    assert (words.block.size, words.block.style.weight) == (SIZE, 700)
    assert (panel.colour, panel.alpha) == (BLACK, 0.6)
    assert panel.softness > 0


def test_long_lines_are_set_anew_on_a_narrow_page() -> None:
    """Smaller first, then in more lines; never beyond the page."""
    _, words = subtitle(Cue(0, 60, ("W" * 12 + " " + "M" * 14, "W" * 20)), TALL)

    assert words.block.longest <= 1080 * 0.9
    assert words.block.size < SIZE


def test_other_texts_are_not_covered() -> None:
    """The caption stands above what stands at the bottom."""
    taken = Box(100, 850, 1700, 150)
    panel, _ = subtitle(CUE, WIDE, [taken])

    assert panel.box.bottom <= taken.y
    assert panel.box.bottom > taken.y - 60


def test_a_full_page_is_covered_at_its_bottom() -> None:
    """There the box makes it readable, and nobody has to search for it."""
    assert subtitle(CUE, WIDE, [Box(0, 0, 1920, 1080)])[0] == subtitle(CUE, WIDE)[0]


def test_a_layout_leaves_room_for_the_tallest_caption() -> None:
    """None for no caption, more for two lines than for one."""
    one = (Cue(0, 30, ("Deal.",)),)

    assert band_height((), WIDE) == 0
    assert 0 < band_height(one, WIDE) < band_height((*one, CUE), WIDE)


def test_texts_are_where_their_letters_are() -> None:
    """A short line in the middle of a wide box leaves its sides to captions."""
    block = typeset("Hi", Style(WHITE, align="center"), 40, 1000)
    page = Page(
        Ground(BLACK), (Panel(Box(0, 0, 9, 9), 1, BLACK), Words(block, Box(0, 0, 1000, 60)))
    )
    (found,) = texts_on(page)

    assert found.width == pytest.approx(block.longest)
    assert found.x + found.width / 2 == pytest.approx(500)
