"""Callouts: within their picture, apart from each other, and readable."""

from __future__ import annotations

import itertools

import pytest

from preview_worker.render.colour import Colour
from preview_worker.render.model import ComposedCard, Overlay
from preview_worker.render.motion import Motion
from preview_worker.render.paint.page import Box, Dart, Outline, Signs, Slot, Spread, Tag, Words
from preview_worker.render.paint.signs import EDGE, INK
from preview_worker.render.palette import contrast
from preview_worker.render.pointer import Arrow, Callout, FocusBox, Pointer
from tests.unit.render.paint.moving import BOARD, painter_of, plain, scene_of, step

CROWD = [
    Callout(label, (0.1 + 0.2 * (n % 5), 0.15 + 0.23 * (n // 5)))
    for n, label in enumerate(["1", "2", "Market", "4", "Draw pile", "6", "7", "8 Discard", "9"])
]


def spread_of(*pointers: Pointer, motion: Motion | None = None) -> Spread:
    """Return the pages of a step whose picture is pointed at."""
    motions = (motion,) if motion else ()
    return painter_of().plan(scene_of(step(*motions, pointers=pointers)))


def signs_of(spread: Spread) -> Signs:
    """Return the signs of a page."""
    return next(item for item in spread.pages[0].items if isinstance(item, Signs))


def tags_of(*pointers: Pointer, motion: Motion | None = None) -> list[Tag]:
    """Return the tags of a step whose picture is pointed at."""
    signs = signs_of(spread_of(*pointers, motion=motion)).signs
    return [sign for sign in signs if isinstance(sign, Tag)]


def holds(room: Box, box: Box) -> bool:
    """Tell whether a box lies within another."""
    return (
        box.x >= room.x
        and box.y >= room.y
        and box.right <= room.right
        and box.bottom <= room.bottom
    )


def test_callouts_stay_within_their_picture_and_apart() -> None:
    """Even a crowd of them; none lies over what another one speaks of."""
    spread = spread_of(*CROWD)
    place = signs_of(spread).place
    tags = tags_of(*CROWD)

    assert spread.findings == []
    assert len(tags) == len(CROWD)
    assert all(holds(place, tag.pill) for tag in tags)
    for one, other in itertools.combinations(tags, 2):
        assert not one.pill.touches(other.pill)
    for one, other in itertools.permutations(tags, 2):
        x, y = other.target
        assert not (one.pill.x < x < one.pill.right and one.pill.y < y < one.pill.bottom)


def test_a_target_is_where_the_picture_has_it() -> None:
    """In shares of the picture itself, not of its slot."""
    spread = spread_of(Callout("1", (0.25, 0.5)))
    slot = spread.pages[0].items[0]
    assert isinstance(slot, Slot)
    place = painter_of().place_of(slot)
    (tag,) = tags_of(Callout("1", (0.25, 0.5)))

    assert tag.target == pytest.approx((place.x + place.width / 4, place.y + place.height / 2))


@pytest.mark.parametrize("spot", [(0.0, 0.0), (1.0, 1.0), (-3.0, 0.5), (0.5, 9.0)])
def test_a_target_at_the_edge_stays_on_the_picture(spot: tuple[float, float]) -> None:
    """And so does its tag."""
    spread = spread_of(Callout("Market", spot))
    place = signs_of(spread).place
    (tag,) = tags_of(Callout("Market", spot))

    assert holds(place, Box(*tag.target, 0, 0))
    assert holds(place, tag.pill)


@pytest.mark.parametrize("colour", [(245, 215, 110), (255, 0, 0), (20, 20, 90), (255, 255, 255)])
def test_callouts_can_be_read(colour: tuple[int, int, int]) -> None:
    """Letters of 40 and more on a page 1080 high, 7 to 1 on whatever colour was asked for."""
    (tag,) = tags_of(Callout("Market", (0.5, 0.5), Colour(*colour)))

    assert tag.words.block.size >= 40
    assert contrast(INK, tag.colour) >= 7
    assert holds(tag.pill, tag.words.box)


def test_callouts_keep_off_the_words_on_their_picture() -> None:
    """Texts that a producer laid over it."""
    overlay = Overlay("body", "Place the board in the middle of the table.", "bottom")
    pointers = tuple(Callout(str(n), (0.1 + 0.15 * n, 0.9)) for n in range(6))
    card = ComposedCard(None, (overlay,), BOARD, (), pointers)
    spread = painter_of(plain((90, 90, 90), (900, 500))).plan(scene_of(card))
    words = [item.box for item in spread.pages[0].items if isinstance(item, Words)]
    tags = [sign for sign in signs_of(spread).signs if isinstance(sign, Tag)]

    assert len(tags) == 6
    assert not any(tag.pill.touches(box) for tag in tags for box in words)


def test_a_callout_on_a_growing_picture_stays_in_sight() -> None:
    """It is placed where it is seen from the first frame to the last."""
    motion = Motion("zoom", 0, 20, scale=(1.0, 1.2), anchor=(0.2, 0.3))
    (tag,) = tags_of(Callout("Draw pile", (0.9, 0.85)), motion=motion)
    place = signs_of(spread_of(Callout("Draw pile", (0.9, 0.85)), motion=motion)).place
    x, y = tag.pill.x + tag.pill.width / 2, tag.pill.y + tag.pill.height / 2
    fixed = (place.x + 0.2 * place.width, place.y + 0.3 * place.height)
    last = Box(
        fixed[0] + (x - fixed[0]) * 1.2 - tag.pill.width / 2,
        fixed[1] + (y - fixed[1]) * 1.2 - tag.pill.height / 2,
        tag.pill.width,
        tag.pill.height,
    )

    assert holds(place.grown(-EDGE, -EDGE), last)


def test_boxes_and_arrows_lie_where_they_were_put() -> None:
    """Beneath all tags, so that no line runs over words."""
    box, arrow = FocusBox((0.2, 0.2), (0.4, 0.5)), Arrow((0.3, 0.8), (0.8, 0.4), "Move")
    signs = signs_of(spread_of(Callout("1", (0.5, 0.5)), box, arrow))
    outline, dart, *tags = signs.signs
    place = signs.place

    assert isinstance(outline, Outline)
    assert outline.box == pytest.approx(
        (
            place.x + 0.2 * place.width,
            place.y + 0.2 * place.height,
            0.4 * place.width,
            0.5 * place.height,
        )
    )
    assert isinstance(dart, Dart)
    assert dart.head == pytest.approx((place.x + 0.8 * place.width, place.y + 0.4 * place.height))
    assert [type(tag) for tag in tags] == [Tag, Tag]


def test_what_has_no_room_is_told() -> None:
    """Rather than being drawn over something else."""
    spread = spread_of(*(Callout("A rather long label", (0.5, 0.5)) for _ in range(20)))
    codes = {finding.code for finding in spread.findings}

    shown = [one for one in signs_of(spread).signs if isinstance(one, Tag)]
    assert codes == {"callouts.no_room"}
    assert 0 < len(shown) < 20
    assert all(holds(signs_of(spread).place, tag.pill) for tag in shown)


def test_a_callout_that_is_too_long_is_cut() -> None:
    """With a finding."""
    spread = spread_of(Callout("Deal three cards to everyone and then some. " * 9, (0.5, 0.5)))

    assert [finding.code for finding in spread.findings] == ["text.cut"]
