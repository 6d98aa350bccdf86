"""Motions: where a thing stands in any frame, as a function of the frame alone."""

from __future__ import annotations

from typing import get_args

import pytest

from preview_worker.render.motion import (
    REST,
    Easing,
    Motion,
    Pose,
    changing_spans,
    ease,
    pose_at,
)

EASINGS: tuple[Easing, ...] = get_args(Easing)


@pytest.mark.parametrize("easing", EASINGS)
def test_an_easing_goes_from_nothing_to_all_and_never_back(easing: Easing) -> None:
    """Time outside the motion counts as its nearest end."""
    shares = [ease(easing, n / 50) for n in range(-5, 56)]

    assert (shares[0], shares[-1]) == (0, 1)
    assert shares == sorted(shares)


@pytest.mark.parametrize(
    ("easing", "quarter", "half"),
    [
        ("linear", 0.25, 0.5),
        ("easeInOutCubic", 0.0625, 0.5),
        ("easeOutQuad", 0.4375, 0.75),
        ("easeInQuad", 0.0625, 0.25),
        ("easeInOutSine", 0.146447, 0.5),
    ],
)
def test_easings_follow_their_formulas(easing: Easing, quarter: float, half: float) -> None:
    """A quarter and half of the way through."""
    assert ease(easing, 0.25) == pytest.approx(quarter, abs=1e-6)
    assert ease(easing, 0.5) == pytest.approx(half, abs=1e-6)


@pytest.mark.parametrize(
    ("motion", "begin", "middle", "end"),
    [
        (
            Motion("fade", 10, 20, opacity=(0.0, 1.0)),
            Pose(opacity=0.0),
            Pose(opacity=0.5),
            REST,
        ),
        (
            Motion("slide", 10, 20, shift_x=(-0.4, 0.0), shift_y=(0.2, 0.0)),
            Pose(shift_x=-0.4, shift_y=0.2),
            Pose(shift_x=-0.2, shift_y=0.1),
            REST,
        ),
        (
            Motion("soft_slide_in", 10, 20, opacity=(0.0, 1.0), shift_y=(0.1, 0.0)),
            Pose(opacity=0.0, shift_y=0.1),
            Pose(opacity=0.5, shift_y=0.05),
            REST,
        ),
        (
            Motion("zoom", 10, 20, scale=(1.0, 1.5), anchor=(0.2, 0.8)),
            Pose(zoom=1.0, anchor=(0.2, 0.8)),
            Pose(zoom=1.25, anchor=(0.2, 0.8)),
            Pose(zoom=1.5, anchor=(0.2, 0.8)),
        ),
        (
            Motion("pan", 10, 20, scale=(1.05, 1.05), anchor=(0.0, 0.5), anchor_end=(1.0, 0.5)),
            Pose(zoom=1.05, anchor=(0.0, 0.5)),
            Pose(zoom=1.05, anchor=(0.5, 0.5)),
            Pose(zoom=1.05, anchor=(1.0, 0.5)),
        ),
        (
            Motion("pulse", 10, 20, scale=(1.0, 1.2), opacity=(1.0, 0.5)),
            REST,
            Pose(size=1.2, opacity=0.5),
            REST,
        ),
    ],
)
def test_every_motion_begins_passes_and_ends_where_it_should(
    motion: Motion, begin: Pose, middle: Pose, end: Pose
) -> None:
    """It is waited for as it begins, and stays as it ends."""
    for frame, wanted in ((0, begin), (10, begin), (15, middle), (20, end), (99, end)):
        pose = pose_at((motion,), frame)
        assert (*pose[:5], *pose.anchor) == pytest.approx((*wanted[:5], *wanted.anchor))


def test_a_pulse_comes_back_in_every_cycle() -> None:
    """And rests where a cycle ends."""
    pulse = Motion("pulse", 0, 30, scale=(1.0, 1.1), cycles=3)
    sizes = [pose_at((pulse,), frame).size for frame in range(31)]

    assert [sizes[frame] for frame in (0, 10, 20, 30)] == pytest.approx([1, 1, 1, 1])
    assert [sizes[frame] for frame in (5, 15, 25)] == pytest.approx([1.1, 1.1, 1.1])


def test_a_pulse_may_be_ahead() -> None:
    """By a share of its cycle."""
    pulse = Motion("pulse", 0, 20, scale=(1.0, 1.1), phase=0.5)

    assert pose_at((pulse,), 0).size == pytest.approx(1.1)


def test_the_last_motion_that_has_begun_rules_its_property() -> None:
    """In whatever order they are listed."""
    near = Motion("zoom", 0, 10, scale=(1.0, 1.2))
    back = Motion("zoom", 20, 30, scale=(1.2, 1.0))

    for motions in ((near, back), (back, near)):
        zooms = [pose_at(motions, frame).zoom for frame in (0, 10, 15, 20, 25, 30)]
        assert zooms == pytest.approx([1.0, 1.2, 1.2, 1.2, 1.1, 1.0])


def test_a_picture_that_shrinks_takes_its_frame_along() -> None:
    """One that then grows stays in it."""
    pop = Motion("zoom", 0, 10, scale=(0.8, 1.2))

    assert pose_at((pop,), 0)[3:5] == (0.8, 1.0)
    assert pose_at((pop,), 10)[3:5] == (1.0, 1.2)


def test_nothing_moves_without_motions() -> None:
    """And nothing changes."""
    assert pose_at((), 5) == REST
    assert changing_spans(()) == []
