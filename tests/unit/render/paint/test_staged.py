"""Placed scenes: everything near where it was put, and all of it readable."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from preview_worker.render.model import Picture, PictureRef, Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.paint.page import Backdrop, Box, Page, Panel, Slot, Spread, Words
from preview_worker.render.paint.theme import MIN_BODY
from preview_worker.render.palette import DARK
from tests.unit.render.jobs import timeline_of

SIZES = ["1920x1080", "640x360", "606x1080"]
LONG = "Deal three cards to everyone, then turn up four more beside the river. " * 6
TOP = {"x": 0.05, "y": 0.05, "width": 0.9, "height": 0.25}
RED = Picture(2, 1, bytes((255, 0, 0, 255)) * 2)


def text(words: str = "Deal three cards.", place: Any = None, **fields: Any) -> dict[str, Any]:
    """Return an overlay at the top of the scene."""
    return {"text": words, "placement": place or TOP, **fields}


def place(x: float, y: float, width: float, height: float) -> dict[str, float]:
    """Return a placement."""
    return {"x": x, "y": y, "width": width, "height": height}


def timeline_with(*overlays: Any, visuals: Any = (), size: str = "1920x1080") -> Timeline:
    """Return the timeline of one placed scene of ten seconds."""
    scene = {"durationSec": 10, "overlays": list(overlays), "visuals": list(visuals)}
    assets = [{"id": "board", "path": "board.png"}]
    options = {"resolution": size}
    return timeline_of(storyboard={"scenes": [scene]}, assets=assets, options=options)


def painter_of(timeline: Timeline) -> Painter:
    """Return a painter that has a red picture for everything."""

    def decoded(_: PictureRef) -> Picture:
        return RED

    return Painter(timeline.profile, decoded)


def spread_of(*overlays: Any, visuals: Any = (), size: str = "1920x1080") -> Spread:
    """Return the pages of one placed scene."""
    timeline = timeline_with(*overlays, visuals=visuals, size=size)
    return painter_of(timeline).plan(timeline.scenes[0])


def inks(page: Page) -> list[Box]:
    """Return where the letters of a page's texts are."""
    found = []
    for item in page.items:
        if isinstance(item, Words):
            left = (item.block.width - item.block.longest) / 2
            box = Box(item.box.x + left, item.box.y, item.block.longest, item.block.height)
            found.append(box)
    return found


def touch(one: Box, other: Box) -> bool:
    """Tell whether two boxes share any of the page."""
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


def test_a_text_stands_in_the_middle_of_its_place() -> None:
    """To the unit."""
    (ink,) = inks(spread_of(text(place=place(0.1, 0.4, 0.4, 0.2))).pages[0])

    assert ink.x + ink.width / 2 == pytest.approx(0.3 * 1920, abs=1)
    assert ink.y + ink.height / 2 == pytest.approx(0.5 * 1080, abs=1)


def test_every_change_of_what_is_on_has_a_page() -> None:
    """On the frame that the storyboard says, held until the next."""
    timeline = timeline_with(
        text("One.", startSec=0, endSec=4),
        text("Two.", place(0.05, 0.6, 0.9, 0.2), startSec=2.5, endSec=10),
    )
    painter = painter_of(timeline)
    spread = painter.plan(timeline.scenes[0])
    shown = [
        (page.at, [item.block.text for item in page.items if isinstance(item, Words)])
        for page in spread.pages
    ]
    stills = [(s.start_frame, s.frames) for s in painter.paint(timeline, [])]

    assert shown == [(0, ["One."]), (75, ["One.", "Two."]), (120, ["Two."])]
    assert stills == [(0, 75), (75, 45), (120, 180)]


def test_a_text_does_not_move_when_another_comes() -> None:
    """It was placed with the other in mind."""
    spread = spread_of(text("One."), text("Two.", startSec=5))
    first, second = (inks(page) for page in spread.pages)

    assert first[0] == second[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "overlays",
    [
        [text(LONG), text(LONG), text("Go.")],
        [text(LONG, place(0.4, 0.4, 0.02, 0.01))],
        [text(LONG, place(-1, -1, 0, 0)), text("x" * 400, place(2, 2, 2, 2))],
        [text("Moss", role="title"), text(LONG, place(0, 0.2, 1, 0.1))],
        [text(f"Text {n}.", place(0.1, 0.3, 0.8, 0.1)) for n in range(20)],
    ],
)
def test_texts_stay_on_the_page_and_off_each_other(overlays: list[Any], size: str) -> None:
    """However they were placed; none is smaller than can be read."""
    spread = spread_of(*overlays, size=size)
    page = spread.pages[0]
    short = min(int(side) for side in size.split("x"))
    width, height = (int(side) * 1080 / short for side in size.split("x"))

    assert inks(page)
    for ink in inks(page):
        assert ink.x >= 0.049 * width
        assert ink.right <= 0.951 * width
        assert ink.y >= 0.049 * height
        assert ink.bottom <= 0.951 * height
    assert not any(touch(a, b) for a, b in itertools.combinations(inks(page), 2))
    sizes = [item.block.size for item in page.items if isinstance(item, Words)]
    assert min(sizes) >= MIN_BODY


def test_a_text_that_is_cut_or_left_out_is_told() -> None:
    """With the scene it belongs to."""
    codes = {
        (finding.code, finding.scene)
        for finding in spread_of(*[text(LONG * 4) for _ in range(4)]).findings
    }

    assert codes == {("text.cut", "scene-1"), ("text.left_out", "scene-1")}


def test_a_long_text_takes_the_room_below_it() -> None:
    """Before any of it is cut."""
    spread = spread_of(text(LONG, place(0.1, 0.1, 0.5, 0.1)))

    assert spread.findings == []
    assert inks(spread.pages[0])[0].height > 108


def test_a_text_over_a_picture_stands_on_a_panel() -> None:
    """Whatever the picture's colours are, it can be read."""
    visuals = [{"assetId": "board", "placement": place(0, 0, 1, 1), "layer": 0}]
    page = spread_of(text(), visuals=visuals).pages[0]
    (panel,) = (item for item in page.items if isinstance(item, Panel))

    assert isinstance(page.items[0], Backdrop)
    assert panel.alpha >= DARK.cover
    assert panel.box.width > inks(page)[0].width


def test_a_text_gives_way_to_a_picture_where_it_can() -> None:
    """A text whose place reaches over a picture is set in the part that is free."""
    visuals = [{"assetId": "board", "placement": place(0.1, 0.5, 0.8, 0.4), "layer": 0}]
    page = spread_of(text(place=place(0.1, 0.3, 0.8, 0.4)), visuals=visuals).pages[0]

    assert inks(page)[0].bottom <= 0.5 * 1080
    assert not any(isinstance(item, Panel) for item in page.items)


def test_a_picture_is_painted_within_its_place() -> None:
    """And nowhere else."""
    visuals = [{"assetId": "board", "placement": place(0.25, 0.25, 0.5, 0.5), "layer": 0}]
    timeline = timeline_with(visuals=visuals, size="640x360")
    painter = painter_of(timeline)
    page = painter.plan(timeline.scenes[0]).pages[0]
    (slot,) = (item for item in page.items if isinstance(item, Slot))

    assert slot.box == Box(480, 270, 960, 540)
    pixels = painter.paint_page(page)
    middle = (180 * 640 + 320) * 4
    assert pixels[middle] > 150
    assert pixels[middle + 1] < 60


def test_a_picture_that_nobody_has_keeps_its_place_with_its_name() -> None:
    """So that an operator sees what is missing."""
    visuals = [{"assetId": "unseen", "placement": place(0.2, 0.5, 0.6, 0.4), "layer": 0}]
    page = spread_of(visuals=visuals).pages[0]

    assert [item.block.text for item in page.items if isinstance(item, Words)] == ["unseen"]
