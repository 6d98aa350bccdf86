"""Boxes in pixels and in relation to each other."""

from __future__ import annotations

import pytest

from preview_worker.contract import PixelBox
from preview_worker.render.paint.page import Box
from preview_worker.render.quality.places import pixel_box, reach, shared


def test_a_pixel_that_is_touched_belongs_to_the_box() -> None:
    """Both edges are rounded outwards, after scaling."""
    assert pixel_box(Box(3, 5, 10, 11), 0.5) == PixelBox(1, 2, 6, 6)


def test_two_boxes_share_their_intersection() -> None:
    """It has the left edge of one and the right edge of the other."""
    assert shared(Box(0, 0, 10, 10), Box(6, 8, 10, 10)) == Box(6, 8, 4, 2)


def test_boxes_beside_each_other_share_nothing() -> None:
    """One of the sides is not positive."""
    assert min(shared(Box(0, 0, 4, 4), Box(9, 0, 4, 4))[2:]) <= 0


@pytest.mark.parametrize(
    ("inner", "over"),
    [
        (Box(1, 1, 2, 2), 0),
        (Box(-3, 1, 2, 2), 3),
        (Box(1, 1, 14, 2), 5),
        (Box(1, -2, 2, 20), 8),
    ],
)
def test_what_sticks_out_is_measured_on_the_worst_side(inner: Box, over: float) -> None:
    """Zero for what fits."""
    assert reach(inner, Box(0, 0, 10, 10)) == over
