"""The motions of placed pictures: read by kind, in time, and told where they cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.colour import Colour
from preview_worker.render.motion import Motion
from preview_worker.render.pointer import Appearance, FocusBox
from tests.unit.render.timeline.lively import codes, visual_of, visual_timeline


def test_motions_take_their_times_and_easing() -> None:
    """In seconds of the scene, on frames."""
    fade = {"type": "fade", "startSec": 0.5, "endSec": 1.5, "easing": "easeInQuad"}

    assert visual_of(fade).motions == (Motion("fade", 15, 45, "easeInQuad", opacity=(0.0, 1.0)),)


def test_a_motion_that_says_little_lasts_half_a_second() -> None:
    """And begins and ends gently."""
    (motion,) = visual_of({"type": "fade"}).motions

    assert (motion.start_frame, motion.end_frame) == (0, 15)
    assert motion.easing == "easeInOutCubic"


def test_the_one_motion_of_the_contract_is_read_too() -> None:
    """Before the several of the generator."""
    alive = visual_of({"type": "pulse"}, motion={"type": "zoom"})

    assert [motion.kind for motion in alive.motions] == ["zoom", "pulse"]


@pytest.mark.parametrize(
    ("motion", "code"),
    [
        ({"type": "explode"}, "motion.unknown"),
        (17, "motion.unknown"),
        ({"type": "fade", "easing": "bounce"}, "motion.easing"),
        ({"type": "fade", "startSec": 3.9, "endSec": 5}, "motion.times"),
    ],
)
def test_what_cannot_be_done_as_asked_is_told(motion: Any, code: str) -> None:
    """With the scene, and no more than once."""
    timeline = visual_timeline(motion)

    assert [(one.code, one.scene) for one in timeline.findings] == [(code, "s")]


def test_nothing_is_looked_into_where_there_is_no_picture() -> None:
    """A placeholder still fades and slides."""
    motions = [{"type": "zoom"}, {"type": "fade"}, {"type": "slide"}]
    alive = visual_of(*motions, assetId="unseen")

    assert [motion.kind for motion in alive.motions] == ["fade", "slide"]
    assert codes(visual_timeline(*motions, assetId="unseen")) == [
        "asset.unknown",
        "motion.left_out",
    ]


def test_a_highlight_outlines_its_bounds_for_its_time() -> None:
    """All of the picture where it names none."""
    bounds = {"x": 0.2, "y": 0.3, "width": 0.1, "height": 0.1}
    timed = {"type": "highlight", "startSec": 1, "endSec": 2}
    whole, part = (
        visual_of({**timed, **more}).pointers[0]
        for more in ({}, {"params": {"bounds": bounds, "color": "#ff0000"}})
    )

    assert whole == FocusBox((0.0, 0.0), (1.0, 1.0), on=Appearance(30, 60, 8))
    assert isinstance(part, FocusBox)
    assert (*part.corner, *part.sides) == pytest.approx((0.2, 0.25, 0.2, 0.25))
    assert part.colour == Colour(255, 0, 0)
