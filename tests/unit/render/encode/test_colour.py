"""Colours become those of BT.709, carefully for what stays and quickly for what passes by."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from preview_worker.render.encode.colour import Converter
from preview_worker.render.model import Profile

PROFILE = Profile(64, 36, Fraction(30), "mp4")


def _planes(pixels: np.ndarray[Any, Any], *, quick: bool) -> list[np.ndarray[Any, Any]]:
    frame = Converter(PROFILE, quick=quick).convert(pixels.tobytes())
    assert (frame.format.name, frame.colorspace, frame.color_range) == ("yuv420p", 1, 1)
    whole = frame.to_ndarray().astype(int)
    return [whole[:36], *np.split(whole[36:].reshape(2, -1), 2)]


def _flat(*rgb: int) -> np.ndarray[Any, Any]:
    pixels = np.empty((36, 64, 4), np.uint8)
    pixels[...] = (*rgb, 255)
    return pixels


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("rgb", [(230, 30, 40), (20, 200, 60), (30, 60, 220), (255, 255, 255)])
def test_colours_are_those_of_the_standard(rgb: tuple[int, int, int], *, quick: bool) -> None:
    """Within a level, either way (ITU-R BT.709, 3.2 and 4.6)."""
    red, green, blue = rgb
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    wanted = (
        16 + 219 * luma / 255,
        128 + 224 * (blue - luma) / 1.8556 / 255,
        128 + 224 * (red - luma) / 1.5748 / 255,
    )
    for plane, value in zip(_planes(_flat(*rgb), quick=quick), wanted, strict=True):
        assert np.abs(plane - value).max() <= 1.5


def test_both_ways_give_the_same_picture() -> None:
    """So nobody sees where a motion ends: what differs is how half the colour is averaged."""
    ramp = _flat(0, 0, 0)
    ramp[..., 0] = np.linspace(0, 255, 64)[None, :]
    ramp[..., 1] = np.linspace(255, 0, 36)[:, None]
    pairs = zip(_planes(ramp, quick=False), _planes(ramp, quick=True), strict=True)
    for fine, quick in pairs:
        # A step of the ramp is four levels of red, which is less than two of any plane.
        assert np.abs(fine - quick).max() <= 2
