"""Prints show what was filmed, in their own size, and cells come back as they were."""

from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from preview_worker.render.model import Profile, Still
from preview_worker.render.prints import SIZES_PX, Look, picture, read_cell, take_print


def _still(width: int, height: int) -> tuple[Profile, Still]:
    """Return a picture whose left half is red and whose right half is blue."""
    pixels = np.full((height, width, 4), (200, 20, 20, 255), np.uint8)
    pixels[:, width // 2 :, :3] = (20, 20, 200)
    return Profile(width, height, Fraction(30), "mp4"), Still(0, 1, pixels.tobytes())


def _near(image: Image.Image, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    """Tell whether a pixel has the colour, but for what JPEG makes of it."""
    found = image.convert("RGB").getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(a - b) <= 6 for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize("look", [look for look in SIZES_PX if look not in {"cell", "frame"}])
def test_a_print_is_a_jpeg_of_its_size(look: Look) -> None:
    """Left and right where they were."""
    image = Image.open(io.BytesIO(take_print(*_still(320, 180), look)))
    width, height = image.size

    assert (image.format, image.size) == ("JPEG", SIZES_PX[look])
    assert _near(image, (width // 4, height // 2), (200, 20, 20))
    assert _near(image, (3 * width // 4, height // 2), (20, 20, 200))


def test_a_frame_keeps_the_size_of_the_preview() -> None:
    """Whatever that is."""
    image = Image.open(io.BytesIO(take_print(*_still(322, 94), "frame")))

    assert image.size == (322, 94)


def test_a_cell_comes_back_pixel_by_pixel() -> None:
    """It is kept without loss, because it becomes part of another JPEG."""
    profile, still = _still(960, 540)
    cell = read_cell(take_print(profile, still, "cell"))

    assert cell.size == SIZES_PX["cell"]
    assert cell.tobytes() == picture(profile, still.rgba, SIZES_PX["cell"]).tobytes()
    assert cell.getpixel((10, 10)) == (200, 20, 20)


@pytest.mark.parametrize(
    ("size", "corner"), [((180, 320), (4, 180)), ((1000, 200), (320, 4))], ids=["tall", "wide"]
)
def test_another_shape_is_letterboxed(size: tuple[int, int], corner: tuple[int, int]) -> None:
    """On dark paper, with the picture whole in the middle."""
    profile, still = _still(*size)
    image = picture(profile, still.rgba, (640, 360))

    assert image.size == (640, 360)
    assert image.getpixel(corner) == (11, 16, 32)
    assert _near(image, (312, 180), (200, 20, 20))
    assert _near(image, (328, 180), (20, 20, 200))
