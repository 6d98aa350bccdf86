"""Pages: everything in its box, nothing over something else, all of it readable."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from preview_worker.render.assets import FileAssets
from preview_worker.render.assets.pictures import decode_picture
from preview_worker.render.model import PictureRef, Scene, Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.paint.page import Box, Page, Slot, Spread, Words
from preview_worker.render.paint.theme import BLACK, MIN_BODY, MIN_TITLE, TEXT_RATIO
from preview_worker.render.palette import contrast
from preview_worker.render.settings import RenderSettings
from tests.unit.render.jobs import config_of, draw_picture, timeline_of

SIZES = ["1280x720", "1920x1080", "640x360", "606x1080", "1000x800"]
LONG = "Deal three cards to everyone, then turn up four more beside the river. " * 12
STEPS: list[Any] = [
    {"title": "Set up", "body": "Place the board in the middle of the table."},
    {"text": "Only words."},
    {"title": "Only a title"},
    {},
    {"title": "A picture", "text": "Beside a few words.", "image": "wide.png"},
    {"title": "A tall one", "text": LONG, "image": "tall.png", "durationSec": 60},
    {"title": "T" * 400, "text": "x" * 20_000, "durationSec": 2},
    {"title": "Long " * 60, "text": LONG},
    {
        "text": "Z"
        + "\u0301\u0302\u0303\u0304" * 100
        + " \u202eevil\u202c 🏮👩\u200d👩\u200d👧 " * 9
    },
]


def _overlay(role: str, position: str, text: str) -> dict[str, str]:
    return {"type": role, "position": position, "text": text}


SCENES: list[dict[str, Any]] = [
    {"overlays": [_overlay("title", "center", "Moss"), _overlay("body", "bottom", LONG)]},
    {
        "overlays": [
            _overlay("badge", "top", "STEP 1"),
            _overlay("heading", "upper", "A heading that is long enough for two lines of text"),
            _overlay("body", "center", LONG),
            _overlay("reference", "reference-bottom", "Page 4"),
        ],
    },
    {"overlays": [_overlay("body", p, LONG) for p in ("top", "upper", "center", "bottom")]},
    {"overlays": [_overlay("body", "center", "One."), _overlay("title", "center", "Two")]},
    {"overlays": [_overlay("body", "center", f"Text {n}.") for n in range(30)]},
    {"background": {"image": "wide.png"}, "overlays": [_overlay("body", "bottom", LONG)]},
    {},
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> FileAssets:
    """Return pictures of odd shapes."""
    root = tmp_path_factory.mktemp("assets")
    draw_picture(root / "wide.png", (400, 60))
    draw_picture(root / "tall.png", (60, 500), "#4466aa")
    draw_picture(root / "icon.png", (24, 24), "#00ff00")
    return FileAssets(RenderSettings(asset_roots=(Path(root),)))


def _painter(timeline: Timeline, files: FileAssets) -> Painter:
    def decoded(ref: PictureRef) -> Any:
        return decode_picture(files.read(ref), ref.where, 10**7, (1920, 1080))

    return Painter(timeline.profile, decoded)


def _spreads(timeline: Timeline, files: FileAssets) -> list[tuple[Scene, Spread]]:
    painter = _painter(timeline, files)
    return [(scene, painter.plan(scene)) for scene in timeline.scenes]


def _timelines(size: str) -> list[Timeline]:
    options = {"resolution": size}
    return [
        timeline_of(title="Moss " * 30, description=LONG, steps=STEPS, options=options),
        timeline_of(renderConfig=config_of(*SCENES), options=options),
    ]


def _ink(words: Words) -> Box:
    """Return where the letters are: a block may be narrower than its box."""
    block, box = words.block, words.box
    left = (block.width - block.longest) / 2 if block.style.align == "center" else 0
    return Box(box.x + left, box.y, block.longest, block.height)


def _pages(size: str, files: FileAssets) -> list[tuple[Timeline, Page]]:
    return [
        (timeline, page)
        for timeline in _timelines(size)
        for _, spread in _spreads(timeline, files)
        for page in spread.pages
    ]


@pytest.mark.parametrize("size", SIZES)
def test_no_text_leaves_its_box_or_the_page(size: str, files: FileAssets) -> None:
    """However long it is, and whatever it is made of."""
    for timeline, page in _pages(size, files):
        scale = _painter(timeline, files).scale
        width, height = timeline.profile.width_px / scale, timeline.profile.height_px / scale
        for item in page.items:
            if isinstance(item, Words):
                ink = _ink(item)
                assert ink.height <= item.box.height + 0.5
                assert ink.width <= item.box.width + 1.5
                assert ink.x >= 0.03 * width
                assert ink.right <= 0.97 * width
                assert ink.y >= 0.03 * height
                assert ink.bottom <= 0.97 * height


@pytest.mark.parametrize("size", SIZES)
def test_nothing_stands_over_something_else(size: str, files: FileAssets) -> None:
    """Texts keep clear of each other and of pictures beside them."""
    for _, page in _pages(size, files):
        boxes = [_ink(item) for item in page.items if isinstance(item, Words)]
        boxes += [item.box for item in page.items if isinstance(item, Slot)]
        for one, other in itertools.combinations(boxes, 2):
            apart = (
                one.right <= other.x + 0.5
                or other.right <= one.x + 0.5
                or one.bottom <= other.y + 0.5
                or other.bottom <= one.y + 0.5
            )
            assert apart, (one, other)


@pytest.mark.parametrize("size", SIZES)
def test_text_is_large_enough(size: str, files: FileAssets) -> None:
    """Titles 48 and everything else 40 on a page 1080 high; only a badge's digits may shrink."""
    for _, page in _pages(size, files):
        for item in page.items:
            if isinstance(item, Words) and not item.block.text.isdigit():
                least = MIN_TITLE if item.role in {"title", "heading"} else MIN_BODY
                assert item.block.size >= least


def test_colours_that_we_choose_are_readable(files: FileAssets) -> None:
    """7 to 1 or more on the ground of their section."""
    for scene, spread in _spreads(timeline_of(title="Moss", steps=STEPS), files):
        for page in spread.pages:
            for item in page.items:
                if isinstance(item, Words) and not item.block.text.isdigit():
                    ratio = contrast(item.block.style.colour, page.ground.colour)
                    assert ratio >= TEXT_RATIO, scene.id


def test_a_long_text_is_paged_over_its_scenes_time(files: FileAssets) -> None:
    """All of it, on stills that follow each other."""
    timeline = timeline_of(steps=[{"title": "Long", "text": LONG * 3}])
    painter = _painter(timeline, files)
    scene = timeline.scenes[1]
    spread = painter.plan(scene)
    stills = list(painter.paint_scene(scene, spread))
    shown = " ".join(
        item.block.text
        for page in spread.pages
        for item in page.items
        if isinstance(item, Words) and item.role == "body"
    )

    assert len(stills) > 1
    assert shown.split() == (LONG * 3).split()
    assert stills[0].start_frame == scene.start_frame
    assert [a.end_frame for a in stills] == [b.start_frame for b in stills[1:]] + [scene.end_frame]
    assert min(still.frames for still in stills) >= 30


def test_only_what_time_does_not_allow_is_cut(files: FileAssets) -> None:
    """With an ellipsis and a finding that names the scene."""
    timeline = timeline_of(steps=[{"id": "quick", "text": LONG * 9, "durationSec": 2}])
    spread = _painter(timeline, files).plan(timeline.scenes[1])

    assert [(f.code, f.scene) for f in spread.findings] == [("text.cut", "quick")]


def test_missing_glyphs_are_told(files: FileAssets) -> None:
    """They are the producer's to mend."""
    overlay = _overlay("body", "center", "ᚠ")
    timeline = timeline_of(renderConfig=config_of({"id": "s", "overlays": [overlay]}))
    spread = _painter(timeline, files).plan(timeline.scenes[0])

    assert [f.code for f in spread.findings] == ["text.missing_glyph"]
    assert "ᚠ (U+16A0)" in spread.findings[0].message
    assert spread.findings[0].severity == "error"


def test_a_ground_keeps_the_colour_that_was_asked_for(files: FileAssets) -> None:
    """In every corner, to the bit."""
    scene = {"id": "s", "durationSec": 1, "background": {"color": "#1c2333"}}
    timeline = timeline_of(renderConfig=config_of(scene))
    (still,) = _painter(timeline, files).paint(timeline, [])

    assert {still.rgba[n : n + 4] for n in range(0, len(still.rgba), 4)} == {b"\x1c\x23\x33\xff"}


def test_text_is_dark_on_a_light_ground(files: FileAssets) -> None:
    """Where the producer names no colour for it."""
    scene = {"background": {"color": "white"}, "overlays": [_overlay("body", "center", "Hello")]}
    timeline = timeline_of(renderConfig=config_of(scene))
    spread = _painter(timeline, files).plan(timeline.scenes[0])
    (words,) = (item for item in spread.pages[0].items if isinstance(item, Words))

    assert contrast(words.block.style.colour, BLACK) < 2


def test_a_picture_is_shown_in_full(files: FileAssets) -> None:
    """Its colour stands in the middle of its slot, and not past its shape."""
    timeline = timeline_of(steps=[{"title": "T", "image": "tall.png"}])
    painter = _painter(timeline, files)
    spread = painter.plan(timeline.scenes[1])
    (slot,) = (item for item in spread.pages[0].items if isinstance(item, Slot))
    pixels = painter.paint_page(spread.pages[0])

    def at(x: float, y: float) -> bytes:
        start = (int(y * painter.scale) * 1280 + int(x * painter.scale)) * 4
        return pixels[start : start + 3]

    middle, height = slot.box.x + slot.box.width / 2, slot.box.y + slot.box.height / 2
    assert at(middle, height) == b"\x44\x66\xaa"
    assert at(slot.box.x + 2, height) != b"\x44\x66\xaa"


def test_a_small_icon_is_not_blown_up(files: FileAssets) -> None:
    """At most twice its pixels."""
    timeline = timeline_of(steps=[{"title": "T", "image": "icon.png"}])
    painter = _painter(timeline, files)
    (still,) = painter.paint_scene(timeline.scenes[1], painter.plan(timeline.scenes[1]))
    green = sum(still.rgba[n : n + 3] == b"\0\xff\0" for n in range(0, len(still.rgba), 4))

    assert 20 * 20 * 4 <= green <= 24 * 24 * 4


def test_painting_is_deterministic(files: FileAssets) -> None:
    """The same page, the same bits."""
    timeline = timeline_of(steps=STEPS[:2])

    assert list(_painter(timeline, files).paint(timeline, [])) == list(
        _painter(timeline, files).paint(timeline, [])
    )
