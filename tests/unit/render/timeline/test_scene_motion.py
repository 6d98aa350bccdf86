"""The word that a scene has for its motion."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.motion import Motion
from tests.unit.render.timeline.lively import card_with, codes, configured, scene_with


def picture_motion(**fields: Any) -> Motion:
    """Return the one motion of a scene's picture."""
    (motion,) = card_with(**fields).motions
    return motion


def test_a_slow_zoom_takes_the_whole_scene() -> None:
    """Around the middle, gently, and a little only."""
    assert picture_motion(motion="slow-zoom") == Motion(
        "zoom", 0, 120, "easeInOutSine", scale=(1.0, 1.05)
    )


@pytest.mark.parametrize(
    ("motion", "scale"),
    [
        ({"type": "slow-zoom", "startScale": 1.1, "endScale": 1.3}, (1.1, 1.3)),
        ({"type": "focus-zoom"}, (1.0, 1.15)),
        ({"type": "focus-zoom", "endScale": 9}, (1.0, 2.0)),
        ("slowZoomIn", (1.0, 1.05)),
        ({"type": "slowZoomIn", "endScale": 1.5}, (1.0, 1.08)),
        ("slowZoomOut", (1.05, 1.0)),
        ("panRight", (1.05, 1.05)),
        ("kenBurns", (1.0, 1.08)),
        ("zoom-on-component", (1.0, 1.15)),
    ],
)
def test_words_have_their_scales(motion: Any, scale: tuple[float, float]) -> None:
    """As the scene asks, within what the rules allow."""
    assert picture_motion(motion=motion).scale == pytest.approx(scale)


@pytest.mark.parametrize(
    ("fields", "anchor"),
    [
        ({"anchor": {"x": 0.3, "y": 0.4}}, (0.3, 0.4)),
        ({"anchor": {"x": 0, "y": 2}}, (0.15, 0.85)),
    ],
)
def test_a_zoom_goes_to_its_anchor(fields: Any, anchor: tuple[float, float]) -> None:
    """Not quite to the edge."""
    assert picture_motion(motion={"type": "focus-zoom", **fields}).anchor == anchor


def test_a_zoom_without_an_anchor_goes_to_what_is_in_focus() -> None:
    """The middle of the focus box."""
    focus = {"x": 0.6, "y": 0.2, "width": 0.2, "height": 0.2}

    assert picture_motion(motion="focus-zoom", focus=focus).anchor == pytest.approx((0.7, 0.3))


def test_a_pan_goes_across() -> None:
    """The view goes right, so the picture goes left."""
    motion = picture_motion(motion="panRight")

    assert (motion.anchor, motion.anchor_end) == ((0.0, 0.5), (1.0, 0.5))


@pytest.mark.parametrize("motion", ["hold", "none", "", None, {}])
def test_a_held_scene_is_held(motion: Any) -> None:
    """Without a word."""
    assert card_with(motion=motion).motions == ()
    assert codes(configured({"motion": motion})) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"motion": "slow-zoom", "durationSec": 2.4}, "motion.left_out"),
        ({"motion": "panLeft", "background": "#101010"}, "motion.left_out"),
        ({"motion": {"type": "slow-zoom", "startScale": 1.2, "endScale": 1.1}}, "motion.left_out"),
        ({"motion": "explode"}, "motion.unknown"),
    ],
)
def test_what_cannot_move_is_told(fields: dict[str, Any], code: str) -> None:
    """And the scene is a still."""
    timeline = configured(fields)

    assert codes(timeline) == [code]
    assert scene_with(**fields).motions == ()


@pytest.mark.parametrize(
    ("word", "shift"), [("slide-left", 0.25), ("slide-right", -0.25), ("fade-in", 0.0)]
)
def test_primitives_bring_in_all_that_is_on_the_scene(word: str, shift: float) -> None:
    """Within a second; even where there is no picture."""
    (motion,) = scene_with(motion=word, background="#101010").motions

    assert (motion.start_frame, motion.end_frame, motion.opacity) == (0, 30, (0.0, 1.0))
    assert motion.shift_x == (shift, 0.0)


def test_a_highlight_pulse_pulses_the_picture_twice() -> None:
    """And leaves it as it was."""
    motion = picture_motion(motion="highlight-pulse")

    assert (motion.kind, motion.cycles, motion.scale) == ("pulse", 2, (1.0, 1.05))


@pytest.mark.parametrize(("seconds", "frames"), [(0.5, 15), (0, 30), (0.01, 3), (60, 120)])
def test_a_primitive_may_say_how_long_it_lasts(seconds: float, frames: int) -> None:
    """Within the contract's lengths."""
    (motion,) = scene_with(motion={"type": "fade-in", "durationSec": seconds}).motions

    assert motion.end_frame == frames


def test_a_picture_does_not_move_for_ever() -> None:
    """After half a minute it is held, which is told."""
    timeline = configured({"motion": "slow-zoom", "durationSec": 300})

    assert picture_motion(motion="slow-zoom", durationSec=300).end_frame == 900
    assert codes(timeline) == ["motion.times"]
