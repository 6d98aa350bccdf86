"""What each kind of motion reads of its record, and does where that says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.model import Region
from preview_worker.render.motion import Motion
from preview_worker.render.timeline.motion_kinds import kind_of, pan, within
from tests.unit.render.timeline.lively import record, visual_of


def motion_of(**fields: Any) -> Motion:
    """Return the one motion that a placed picture gets from a record."""
    (motion,) = visual_of({"startSec": 0, "endSec": 1, **fields}).motions
    return motion


@pytest.mark.parametrize(
    ("fields", "opacity"),
    [
        ({}, (0.0, 1.0)),
        ({"from": 0.2, "to": 0.8}, (0.2, 0.8)),
        ({"params": {"from": 1, "to": 0}}, (1.0, 0.0)),
        ({"from": -3, "to": 9}, (0.0, 1.0)),
        ({"type": "fade-out"}, (1.0, 0.0)),
    ],
)
def test_a_fade(fields: dict[str, Any], opacity: tuple[float, float]) -> None:
    """From nothing to all, unless it says otherwise."""
    assert motion_of(**{"type": "fade", **fields}).opacity == pytest.approx(opacity)


@pytest.mark.parametrize(
    ("fields", "shift"),
    [
        ({}, (0.12, 0.0, 0.0, 0.0)),
        ({"direction": "down", "distance": 0.4}, (0.0, 0.0, -0.4, 0.0)),
        ({"params": {"direction": "right", "distance": 7}}, (-1.0, 0.0, 0.0, 0.0)),
        ({"to": {"x": 0.35, "y": 0.4}}, (0.12, 0.0, 0.0, 0.0)),
        ({"to": {"x": 0.55, "y": 0.5}}, (0.0, 0.2, 0.0, 0.1)),
        ({"from": {"x": 0.25, "y": 0.4}}, (-0.1, 0.0, 0.0, 0.0)),
    ],
)
def test_a_slide(fields: dict[str, Any], shift: tuple[float, ...]) -> None:
    """In a direction to its place, or between points that its middle goes through."""
    motion = motion_of(type="slide", **fields)

    assert (*motion.shift_x, *motion.shift_y) == pytest.approx(shift)


def test_a_soft_slide_in() -> None:
    """It rises a little while it fades in."""
    motion = motion_of(type="soft_slide_in")

    assert (motion.opacity, motion.shift_y, motion.easing) == ((0, 1), (0.05, 0), "easeOutQuad")


@pytest.mark.parametrize(
    ("fields", "scale"),
    [
        ({}, (1.0, 1.08)),
        ({"macro": "focus_zoom"}, (1.0, 1.15)),
        ({"from": 1.2, "to": 1.0}, (1.2, 1.0)),
        ({"params": {"scaleFrom": 0.8, "scaleTo": 1}}, (0.8, 1.0)),
        ({"minScale": 1, "maxScale": 1.3}, (1.0, 1.3)),
        ({"from": 1, "to": 2, "maxScale": 1.5}, (1.0, 1.5)),
        ({"from": 0, "to": 50}, (0.2, 3.0)),
    ],
)
def test_a_zoom(fields: dict[str, Any], scale: tuple[float, float]) -> None:
    """Between two scales, within the limits that it names and ours."""
    assert motion_of(type="zoom", **fields).scale == pytest.approx(scale)


@pytest.mark.parametrize(
    ("fields", "anchor"),
    [
        ({}, (0.5, 0.5)),
        ({"anchor": {"x": 0.2, "y": 0.9}}, (0.2, 0.9)),
        ({"params": {"center": [0.3, 4]}}, (0.3, 1.0)),
        ({"anchor": "center"}, (0.5, 0.5)),
        ({"targetRect": {"x": 0.1, "y": 0.2, "width": 0.25, "height": 0.2}}, (0.25, 0.25)),
        ({"targetRect": {"x": 0.7, "y": 0.7, "width": 0.2, "height": 0.2}}, (0.8, 0.8)),
    ],
)
def test_the_anchor_of_a_zoom(fields: dict[str, Any], anchor: tuple[float, float]) -> None:
    """Its own, else the middle of what it is aimed at."""
    assert motion_of(type="zoom", **fields).anchor == pytest.approx(anchor)


@pytest.mark.parametrize(
    ("fields", "cycles"),
    [
        ({}, 2),
        ({"periodSec": 0.25}, 4),
        ({"repeatCount": 3}, 3),
        ({"repeatCount": 0}, 1),
        ({"params": {"periodSec": 0}}, 50),
    ],
)
def test_a_pulse(fields: dict[str, Any], cycles: float) -> None:
    """As often as it says, or as its period goes into its time; never half a time."""
    motion = motion_of(type="pulse", **fields)

    assert (motion.cycles, motion.scale) == (cycles, (1.0, 1.05))


def test_a_pulse_may_be_ahead_and_fade() -> None:
    """By a share of its period."""
    motion = motion_of(type="pulse", periodSec=0.5, phaseOffsetSec=0.125, opacity=0.5, scale=1.2)

    assert (motion.phase, motion.opacity, motion.scale) == (0.25, (1.0, 0.5), (1.0, 1.2))


def test_a_pan_goes_where_it_says_and_not_far() -> None:
    """The view goes left over a picture that is five percent larger at most."""
    motion = motion_of(type="pan", direction="left", distance=0.5)

    assert motion.scale == pytest.approx((1.05, 1.05))
    assert (motion.anchor, motion.anchor_end) == ((1.0, 0.5), (0.0, 0.5))
    assert pan((0, 1), (0, 9), 0.02, "linear").anchor_end == (0.5, 1.0)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "Focus-Zoom"}, "focus_zoom"),
        ({"type": "soft_slide_in"}, "soft_slide_in"),
        ({"macro": "highlight_pulse"}, "pulse"),
        ({"type": "zoom-on-component"}, "focus_zoom"),
        ({"type": "explode"}, ""),
        ({}, ""),
    ],
)
def test_kinds_are_known_in_any_spelling(fields: dict[str, Any], kind: str) -> None:
    """By type, or by the macro that a generator had."""
    assert kind_of(record(**fields)) == kind


def test_bounds_are_on_the_page_or_on_the_thing() -> None:
    """On the page where they lie within the thing's place there."""
    place = Region(0.5, 0.5, 0.4, 0.4)

    on_page = within(Region(0.6, 0.6, 0.2, 0.2), place)
    assert (*on_page[0], *on_page[1]) == pytest.approx((0.25, 0.25, 0.5, 0.5))
    assert within(Region(0.1, 0.1, 0.2, 0.2), place) == ((0.1, 0.1), (0.2, 0.2))
