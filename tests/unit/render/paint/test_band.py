"""Texts in one band shrink together, page by page at worst, and none is lost unseen."""

from __future__ import annotations

import pytest

from preview_worker.render.colour import WHITE, Colour
from preview_worker.render.model import Overlay
from preview_worker.render.paint.band import Room, height_of, heights, set_band
from preview_worker.render.paint.page import Spread

GREY = Colour(200, 200, 200)
ROOM = Room(900, 600, WHITE, GREY, "left")
LONG = "Deal three cards to everyone, then turn up four more beside the river. "


def _overlay(role: str, text: str, colour: Colour | None = None) -> Overlay:
    return Overlay(role, text, "center", colour)


def test_texts_that_fit_stand_on_one_page() -> None:
    """At the largest sizes that fit together."""
    spread = Spread()
    (few,) = set_band([_overlay("heading", "Set up"), _overlay("body", "Deal.")], ROOM, 3, spread)
    (more,) = set_band([_overlay("heading", "Set up"), _overlay("body", LONG * 5)], ROOM, 3, spread)

    assert few[1].block.size > more[1].block.size >= 40
    assert height_of(more) <= ROOM.height
    assert spread.findings == []


def test_the_longest_text_is_paged_and_nothing_of_it_is_lost() -> None:
    """While the others stay."""
    spread = Spread()
    overlays = [_overlay("heading", "Set up"), _overlay("body", LONG * 20)]
    pages = set_band(overlays, ROOM, 20, spread)

    assert len(pages) > 1
    assert {page[0].block.text for page in pages} == {"Set up"}
    assert " ".join(page[1].block.text for page in pages).split() == (LONG * 20).split()
    assert heights(pages) <= ROOM.height
    assert spread.findings == []


@pytest.mark.parametrize(("overlays", "code"), [(1, "text.cut"), (40, "text.left_out")])
def test_what_has_no_room_is_told(overlays: int, code: str) -> None:
    """As cut or as left out."""
    spread = Spread()
    set_band([_overlay("body", LONG * 40)] * overlays, ROOM, 1, spread)

    assert code in {finding.code for finding in spread.findings}


def test_a_text_has_its_own_colour_or_the_rooms() -> None:
    """Titles have the ink of titles."""
    overlays = [
        _overlay("heading", "A"),
        _overlay("body", "B"),
        _overlay("body", "C", Colour(1, 2, 3)),
    ]
    (texts,) = set_band(overlays, ROOM, 1, Spread())

    assert [text.block.style.colour for text in texts] == [WHITE, GREY, (1, 2, 3)]
    assert {text.block.style.align for text in texts} == {"left"}


def test_an_empty_band_is_one_empty_page() -> None:
    """And takes no room."""
    assert set_band([], ROOM, 3, Spread()) == [[]]
    assert heights([[]]) == 0
