"""A watermark stands faintly in a free corner, where it was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from preview_worker.render.brand import Watermark
from preview_worker.render.model import Picture, PictureRef
from preview_worker.render.paint import Painter
from preview_worker.render.paint.ink import ink_box
from preview_worker.render.paint.page import Box, Extent, Ground, Page, Panel, Size, Slot, Words
from preview_worker.render.paint.watermark import marked
from preview_worker.render.palette import BLACK, DARK, WHITE
from tests.unit.render.jobs import timeline_of

LOGO = PictureRef(("logo.png",), "/here")
MARK = Watermark(LOGO)
EXTENT = Extent(1920, 1080, 1, lambda _: Size(1400, 400))


def _place(*items: Panel, mark: Watermark = MARK) -> Box | None:
    page = marked(Page(Ground(BLACK), items), mark, DARK.scheme("setup"), EXTENT)
    slots = [item for item in page.items if isinstance(item, Slot)]
    return slots[0].box if slots else None


@pytest.mark.parametrize("position", ["top-right", "top-left", "bottom-right", "bottom-left"])
def test_it_stands_in_the_corner_that_was_asked_for(position: str) -> None:
    """Small, and within the safe area."""
    box = _place(mark=replace(MARK, position=position))

    assert box is not None
    assert box.width == pytest.approx(140)
    assert (box.y < 540) == position.startswith("top")
    assert (box.x < 960) == position.endswith("left")
    assert box.x >= 0.05 * 1920
    assert box.bottom <= 0.95 * 1080 + 0.01


def test_it_gives_way_to_what_stands_there() -> None:
    """To another corner, or altogether."""
    corner = Panel(Box(1500, 0, 420, 300), 0, WHITE)
    box = _place(corner)

    assert box is not None
    assert not box.touches(corner.box)
    assert _place(Panel(Box(0, 0, 1920, 1080), 0, WHITE)) is None


def _pages(**options: Any) -> list[tuple[str, Page]]:
    steps = [{"title": "Set up", "text": "Deal three cards to everyone. " * 9, "image": "a.png"}]
    timeline = timeline_of(steps=steps, brand={"logo": "logo.png"}, options=options)

    def decoded(_ref: PictureRef) -> Picture:
        return Picture(140, 40, b"\xff\x80\x10\xff" * 5600)

    painter = Painter(timeline.profile, decoded, timeline.look, watermark=timeline.watermark)
    return [(scene.kind, page) for scene in timeline.scenes for page in painter.plan(scene).pages]


def test_it_is_on_every_scene_but_the_opening_and_the_end() -> None:
    """Which are signed, and never over words."""
    for kind, page in _pages(watermark=True):
        marks = [item for item in page.items if isinstance(item, Slot) and item.opacity < 1]
        assert len(marks) == (kind == "step")
        for mark in marks:
            assert not any(
                ink_box(item).touches(mark.box) for item in page.items if isinstance(item, Words)
            )


def test_nobody_gets_one_who_does_not_ask() -> None:
    """A brand alone asks for none."""
    slots = [item for _, page in _pages() for item in page.items if isinstance(item, Slot)]

    assert {slot.opacity for slot in slots} == {1.0}
