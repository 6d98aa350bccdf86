"""A producer's scene in a named composition: one column of words, the picture in its place."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from preview_worker.render.model import ComposedCard, Picture, PictureRef
from preview_worker.render.paint import Painter
from preview_worker.render.paint.arrangement import COMPOSITIONS
from preview_worker.render.paint.ink import ink_box
from preview_worker.render.paint.page import Backdrop, Box, Ground, Page, Slot, Words
from preview_worker.render.paint.split import is_split
from tests.unit.render.jobs import timeline_of

TEXT = "Shuffle the gem cards and lay six of them face up between all players."
ROLES = (("reference", "Page 4"), ("body", TEXT), ("badge", "STEP 2"), ("heading", "Set up"))
OVERLAYS = [{"type": role, "position": "center", "text": text} for role, text in ROLES]


def _pages(size: str = "320x180", **scene: Any) -> list[Page]:
    config = {"scenes": [{"id": "s", "durationSec": 8, "overlays": OVERLAYS, **scene}]}
    timeline = timeline_of(renderConfig=config, options={"resolution": size})

    def decoded(_ref: PictureRef) -> Picture:
        return Picture(160, 100, b"\x80\x90\xa0\xff" * 16000)

    return Painter(timeline.profile, decoded, timeline.look).plan(timeline.scenes[0]).pages


def _words(page: Page) -> list[Words]:
    return [item for item in page.items if isinstance(item, Words)]


def _place(page: Page) -> Box:
    (shown,) = (item for item in page.items if isinstance(item, Slot | Backdrop))
    return shown.box


@pytest.mark.parametrize("size", ["320x180", "180x320", "180x180"])
@pytest.mark.parametrize("layout", COMPOSITIONS)
def test_words_stand_below_each_other_in_the_order_of_reading(layout: str, size: str) -> None:
    """Badge, heading, body, reference: none over another, and off the picture."""
    (page,) = _pages(size, layout=layout, background={"image": "a.png"})
    boxes = [ink_box(one) for one in _words(page)]

    assert [one.role for one in _words(page)] == ["badge", "heading", "body", "reference"]
    assert all(a.bottom <= b.y for a, b in itertools.pairwise(boxes))
    for item in page.items:
        if isinstance(item, Slot):
            place = item.box
            assert all(
                box.right <= place.x or place.right <= box.x or place.bottom <= box.y
                for box in boxes
            )


def test_a_split_puts_the_picture_opposite_its_words() -> None:
    """To the right, or to the left where that was asked for."""
    (right,) = _pages(layout="split-teaching", background={"image": "a.png"})
    (left,) = _pages(layout="image-left", background={"image": "a.png"})

    assert all(ink_box(one).right < _place(right).x for one in _words(right))
    assert all(ink_box(one).x > _place(left).right for one in _words(left))


def test_a_scene_without_a_picture_has_its_words_alone() -> None:
    """On the ground that it names."""
    (page,) = _pages(layout="textOnly", background={"color": "#FFFFFF"})

    assert page.ground == Ground((255, 255, 255))  # type: ignore[arg-type]  # equal to a colour
    assert len(_words(page)) == 4


def test_a_body_that_is_too_long_is_paged() -> None:
    """While the picture stays."""
    overlays = [{"type": "body", "position": "center", "text": TEXT * 12}]
    pages = _pages(
        layout="split-teaching",
        background={"image": "a.png"},
        overlays=overlays,
        durationSec=60,
    )

    assert len(pages) > 1
    assert len({_place(page) for page in pages}) == 1


def test_only_a_composition_that_there_is_is_followed() -> None:
    """Texts of other scenes stand by their positions."""
    assert is_split(ComposedCard(None, (), layout="fullBleed"))
    assert not is_split(ComposedCard(None, ()))
    assert not is_split(ComposedCard(None, (), layout="spiral"))
