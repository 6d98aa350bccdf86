"""Grounds are painted at a quarter of their size, and look as if they were not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import skia

from preview_worker.render.model import Colour
from preview_worker.render.paint.brush import draw_ground, paint_ground
from preview_worker.render.paint.page import Ground
from preview_worker.render.palette import DARK

SLOPE = Ground.of(DARK.scheme("scoring"))
SIZE = (1920.0, 1080.0)
DITHER_LEVELS = 2
"""Both are dithered, each by itself, and a dithered value is at most a level from its own."""


def _whole(size_px: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    width, height = size_px
    pixels = np.zeros((height, width, 4), np.uint8)
    canvas = skia.Surface(pixels, skia.ColorType.kRGBA_8888_ColorType).getCanvas()
    canvas.scale(width / SIZE[0], height / SIZE[1])
    draw_ground(canvas, SLOPE, SIZE)
    return pixels


@pytest.mark.parametrize("size_px", [(640, 360), (321, 181), (90, 160)])
def test_a_slope_is_where_it_is_when_every_pixel_is_drawn(size_px: tuple[int, int]) -> None:
    """Also where a side is odd."""
    painted = paint_ground(SLOPE, SIZE, size_px)

    assert painted.shape == (size_px[1], size_px[0], 4)
    assert np.abs(painted.astype(int) - _whole(size_px)).max() <= DITHER_LEVELS


def test_a_slope_has_no_bands() -> None:
    """Between two levels there are pixels of both, so no edge is seen."""
    row = paint_ground(SLOPE, SIZE, (640, 360))[180, :, 1].astype(int)

    assert np.abs(np.diff(row)).max() <= DITHER_LEVELS
    assert (np.diff(row) != 0).sum() > 2 * np.unique(row).size


def test_a_flat_ground_is_one_colour() -> None:
    """To the last corner."""
    painted = paint_ground(Ground(Colour(12, 34, 56)), SIZE, (33, 17))

    assert (painted == (12, 34, 56, 255)).all()
