"""Pictures hang beside each other, as large as there is room."""

from __future__ import annotations

import itertools

import pytest

from preview_worker.render.paint.grid import cells, hang
from preview_worker.render.paint.ink import ink_box
from preview_worker.render.paint.page import Box, Extent, Slot, Words
from preview_worker.render.palette import DARK
from preview_worker.render.picture import Exhibit, PictureRef

WALL = Box(100, 100, 1000, 700)
SCHEME, EXTENT = DARK.scheme("components"), Extent(1920, 1080, 1)


@pytest.mark.parametrize("count", range(1, 13))
@pytest.mark.parametrize("below", [0.0, 90.0])
def test_cells_share_the_wall_and_never_overlap(count: int, below: float) -> None:
    """However many there are."""
    places = cells([1.5] * count, WALL, below)

    assert len(places) == count
    for one, other in itertools.combinations(places, 2):
        assert one.right < other.x or other.right < one.x or one.bottom < other.y
    assert min(place.x for place in places) >= WALL.x
    assert max(place.right for place in places) <= WALL.right + 0.01
    assert max(place.bottom for place in places) <= WALL.bottom + 0.01


def test_tall_pictures_stand_side_by_side_and_wide_ones_below_each_other() -> None:
    """By what shows most of them."""
    tall, wide = cells([0.4] * 3, WALL, 0), cells([6.0] * 3, WALL, 0)

    assert len({place.y for place in tall}) == 1
    assert len({place.y for place in wide}) == 3


def test_a_last_row_that_is_not_full_stands_in_the_middle() -> None:
    """Under the others."""
    places = cells([1.0] * 5, Box(0, 0, 1200, 800), 0)

    assert places[3].y == places[4].y > places[0].y
    assert places[3].x == pytest.approx(1200 - places[4].right)


def test_every_picture_has_its_caption_below_it() -> None:
    """Within its own cell, cut where it is too long."""
    exhibits = [
        Exhibit(PictureRef((f"{n}.png",), "/here"), text)
        for n, text in enumerate(("Gems", "A board " * 30, ""))
    ]
    items = hang(exhibits, WALL, SCHEME, EXTENT)
    slots = [item for item in items if isinstance(item, Slot)]
    words = [item for item in items if isinstance(item, Words)]

    assert len(slots) == 3
    assert words[0].block.text == "Gems"
    assert words[1].block.text.endswith("…")
    for slot, caption in zip(slots, words, strict=False):
        assert slot.box.bottom <= caption.box.y
        assert ink_box(caption).x >= slot.box.x - 1
        assert caption.block.size >= 40


def test_a_place_without_a_picture_keeps_its_caption() -> None:
    """Nobody is left out for want of a photograph."""
    items = hang([Exhibit(None, "Dice")], WALL, SCHEME, EXTENT)

    assert [item.block.text for item in items if isinstance(item, Words)] == ["Dice"]
    assert not [item for item in items if isinstance(item, Slot)]
