"""The limits of the motion contract."""

from __future__ import annotations

from fractions import Fraction

from preview_worker.render.motion import Motion
from preview_worker.render.timeline.motion_limits import MotionLimits
from tests.unit.render.timeline.lively import FPS


def limits_of(frames: int = 300, fps: Fraction = FPS) -> MotionLimits:
    """Return the limits of a scene of so many frames."""
    return MotionLimits(frames, fps)


def fade(start: int, end: int) -> Motion:
    """Return a fade."""
    return Motion("fade", start, end, opacity=(0.0, 1.0))


def zoom(start: int, end: int) -> Motion:
    """Return a zoom."""
    return Motion("zoom", start, end, scale=(1.0, 1.1))


def admitted(limits: MotionLimits, *motions: Motion) -> int:
    """Return how many of ``motions``, each of a thing of its own, are let through."""
    return sum(limits.admit(motion, [], "/m") is not None for motion in motions)


def test_a_motion_within_the_limits_is_let_through_as_it_is() -> None:
    """Without a word."""
    limits = limits_of()

    assert limits.admit(fade(0, 15), [], "/m") == fade(0, 15)
    assert limits.findings == []


def test_times_are_clamped_to_the_scene_and_the_contract() -> None:
    """A twelfth of a second to four, and not past the end; each is told."""
    limits = limits_of(frames=150)
    asked = [(0, 1), (0, 150), (140, 170), (400, 420), (-9, 10)]
    shown = [limits.admit(zoom(*times), [], "/m") for times in asked]

    assert [(one.start_frame, one.end_frame) for one in shown if one] == [
        (0, 3),
        (0, 120),
        (140, 150),
        (149, 150),
        (0, 19),
    ]
    assert [finding.code for finding in limits.findings] == ["motion.times"] * 5
    assert "from 0.00 to 4.00 s" in limits.findings[1].message


def test_two_motions_on_one_property_of_a_thing_do_not_meet() -> None:
    """The later one is left out; other properties and other times are free."""
    limits = limits_of()
    own = [zoom(0, 30)]

    assert limits.admit(zoom(29, 60), own, "/m") is None
    assert limits.admit(fade(29, 60), own, "/m")
    assert limits.admit(zoom(30, 60), own, "/m")
    assert limits.findings[0].code == "motion.left_out"
    assert "the view of the same thing" in limits.findings[0].message


def test_at_most_three_things_move_at_once() -> None:
    """Counted where most of them meet."""
    assert admitted(limits_of(), *(fade(0, 30),) * 5) == 3
    assert admitted(limits_of(), fade(0, 20), fade(10, 30), fade(20, 40), fade(25, 45)) == 4


def test_a_scene_has_at_most_twenty_motions() -> None:
    """One after the other."""
    limits = limits_of()

    assert admitted(limits, *(fade(n * 3, n * 3 + 3) for n in range(25))) == 20
    assert "at most 20 motions" in limits.findings[-1].message


def test_motions_last_at_most_twelve_seconds_together() -> None:
    """Three of four seconds, and no fourth."""
    limits = limits_of(frames=900)

    assert admitted(limits, *(zoom(n * 120, n * 120 + 120) for n in range(4))) == 3
    assert "12 s together" in limits.findings[-1].message
