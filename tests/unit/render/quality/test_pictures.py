"""Pictures that are blown up, or that nobody can see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.contract import Finding
from preview_worker.render.model import Picture
from preview_worker.render.motion import Motion
from preview_worker.render.paint import brush
from preview_worker.render.paint.page import Backdrop, Box, Move, Slot
from preview_worker.render.quality.pictures import judge_pictures
from tests.unit.render.quality.pages import PICTURE, page, painter, picture

ROOM = Box(120, 120, 960, 720)  # 160 by 120 pixels at 180 lines


def judged(shown: Picture, room: Box = ROOM) -> list[Finding]:
    """Return the findings of a page that shows one picture in ``room``."""
    return list(judge_pictures(page(Slot(PICTURE, room)), painter(pictures={PICTURE: shown})))


def test_a_picture_with_enough_pixels_is_fine() -> None:
    """One for one, and more."""
    assert judged(picture(160, 120)) == []
    assert judged(picture(320, 240)) == []


def test_a_picture_drawn_larger_than_it_is_is_a_warning() -> None:
    """With the size that it should have."""
    (finding,) = judged(picture(100, 75))

    assert (finding.code, finding.severity) == ("picture.upscaled", "warning")
    assert (finding.measured, finding.limit) == (1.6, 1.0)
    assert "160×120" in finding.suggestion


def test_more_than_twice_its_size_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The brush stops at twice; should it ever not, the judge tells."""
    monkeypatch.setattr(brush, "MAX_GROWTH", 9)
    (finding,) = judged(picture(50, 40))

    assert (finding.code, finding.severity, finding.measured) == ("picture.upscaled", "error", 3.0)


def test_a_picture_whose_file_has_more_pixels_is_not_blown_up() -> None:
    """It was decoded only as large as the page."""
    assert judged(replace(picture(100, 75), shrunk=True)) == []


def test_a_speck_is_told() -> None:
    """A picture over less than 2 % of the page."""
    (finding,) = judged(picture(160, 120), Box(0, 0, 120, 90))

    assert (finding.code, finding.severity) == ("picture.small", "warning")
    assert finding.measured == pytest.approx(20 * 15 / (320 * 180), abs=1e-4)


def test_a_backdrop_is_judged_like_a_slot() -> None:
    """Both show the picture in full within a box."""
    shown = painter(pictures={PICTURE: picture(100, 75)})

    assert [f.code for f in judge_pictures(page(Backdrop(PICTURE, ROOM)), shown)] == [
        "picture.upscaled"
    ]


def zoomed(scale: float) -> list[Finding]:
    """Return the findings of a page whose picture grows to ``scale`` times its pixels."""
    motion = Motion("zoom", 0, 30, scale=(1.0, scale))
    moving = replace(page(Slot(PICTURE, ROOM)), moves=(Move(0, 1, (motion,)),))
    return list(judge_pictures(moving, painter(pictures={PICTURE: picture(160, 120)})))


def test_a_picture_that_grows_while_it_moves_is_judged_at_its_largest() -> None:
    """A tenth is nothing; three times is an error."""
    assert zoomed(1.1) == []
    assert [(f.severity, f.measured) for f in zoomed(1.5)] == [("warning", 1.5)]
    assert [(f.severity, f.measured) for f in zoomed(3.0)] == [("error", 3.0)]


def test_a_scene_that_grows_takes_its_pictures_along() -> None:
    """All that is on it moves as one."""
    motion = Motion("zoom", 0, 30, scale=(1.0, 2.5))
    shown = painter(pictures={PICTURE: picture(160, 120)})

    (finding,) = judge_pictures(page(Slot(PICTURE, ROOM)), shown, (motion,))
    assert finding.measured == 2.5


def test_a_logo_may_be_small() -> None:
    """It signs a page and tells nothing."""
    logo = Slot(PICTURE, Box(0, 0, 120, 90), emblem=True)
    shown = painter(pictures={PICTURE: picture(160, 120)})

    assert list(judge_pictures(page(logo), shown)) == []
