"""Transitions: what stands between two scenes."""

from __future__ import annotations

import numpy as np
import pytest

from preview_worker.render.model import Colour, ComposedCard
from preview_worker.render.motion import Direction, Transition
from tests.unit.render.paint.moving import Pixels, painter_of, pixels_of, scene_of

DARK, PALE = Colour(40, 0, 0), Colour(0, 200, 100)


def passing(transition: Transition) -> list[Pixels]:
    """Return the pictures of a transition from a dark scene to a pale one."""
    painter = painter_of()
    before = scene_of(ComposedCard(DARK, ()))
    after = scene_of(ComposedCard(PALE, ()), transition=transition)
    pairs = [(scene, painter.plan(scene)) for scene in (before, after)]
    return [pixels_of(still.rgba) for still in painter.paint_transition(pairs[0], pairs[1])]


def test_a_crossfade_mixes_both_scenes_evenly() -> None:
    """Neither stands alone in any of its pictures; a step of rounding is allowed."""
    frames = passing(Transition("crossfade", 4))

    for number, pixels in enumerate(frames, 1):
        share = number / 5
        mixed = np.array(DARK) * (1 - share) + np.array(PALE) * share
        assert np.abs(pixels - mixed).max() <= 1.5


@pytest.mark.parametrize("direction", ["left", "right", "up", "down"])
def test_a_slide_pushes_the_old_scene_out(direction: Direction) -> None:
    """In its middle each has half of the page, and the new one comes from behind."""
    middle = passing(Transition("slide", 3, direction))[1]
    corners = {
        "left": (middle[:, :150], middle[:, 170:]),
        "right": (middle[:, 170:], middle[:, :150]),
        "up": (middle[:80], middle[100:]),
        "down": (middle[100:], middle[:80]),
    }
    old, new = corners[direction]

    assert (old == np.array(DARK)).all()
    assert (new == np.array(PALE)).all()


def test_a_slide_leaves_no_seam() -> None:
    """Where the scenes meet, every pixel is one of them or a mix of both."""
    for pixels in passing(Transition("slide", 7)):
        row = pixels[90]
        low, high = np.minimum(DARK, PALE), np.maximum(DARK, PALE)
        assert ((row >= low - 1) & (row <= high + 1)).all()
        assert (np.diff(row[:, 1]) >= 0).all()
