"""Items on their page at rest."""

from __future__ import annotations

import numpy as np
import pytest
import skia

from preview_worker.render.paint.easel import Easel
from preview_worker.render.paint.page import Backdrop, Box, Ground, Page, Pointing, Slot
from preview_worker.render.palette import BLACK
from tests.unit.render.paint.moving import BOARD, PROFILE, pixels_of, plain

BOX = Box(400, 200, 900, 600)


def easel() -> Easel:
    """Return an easel that has an orange picture for everything."""
    shown = plain((240, 120, 0))
    return Easel(PROFILE, lambda _: shown)


def test_a_page_is_as_large_as_its_profile() -> None:
    """In pixels and in design units."""
    pixels = easel().paint(Page(Ground(BLACK), ()))

    assert len(pixels) == PROFILE.width_px * PROFILE.height_px * 4
    assert easel().size == (1920, 1080)


@pytest.mark.parametrize("shown", [Slot(BOARD, BOX), Backdrop(BOARD, BOX)])
def test_a_picture_lies_where_it_is_said_to(shown: Slot | Backdrop) -> None:
    """Orange to its edges; a pixel of softness is left out."""
    place = easel().place_of(shown)
    left, top, right, bottom = (
        round(side * easel().scale) for side in (place.x, place.y, place.right, place.bottom)
    )
    pixels = pixels_of(easel().paint(Page(Ground(BLACK), (shown,))))
    inside = pixels[top + 8 : bottom - 8, left + 2 : right - 2]

    assert np.abs(inside - np.array((240, 120, 0))).max() <= 1
    assert np.abs(pixels[(top + bottom) // 2, left - 3] - np.array((240, 120, 0))).max() > 40


def test_a_box_is_its_own_place() -> None:
    """Where something stands for a picture that nobody has."""
    assert easel().place_of(BOX) == BOX


def test_what_points_has_to_be_settled_first() -> None:
    """Its places depend on the picture, which is nobody's to guess."""
    canvas = skia.Surface(8, 8).getCanvas()
    with pytest.raises(TypeError, match="settled"):
        easel().draw(canvas, Pointing(BOX, ()))
