"""A signature is small, whole, and over nothing."""

from __future__ import annotations

import pytest

from preview_worker.render.brand import Signature
from preview_worker.render.paint.ink import ink_box
from preview_worker.render.paint.page import Box, Extent, Size, Slot, Words
from preview_worker.render.paint.signature import HEIGHT, MOST_WIDTH, sign
from preview_worker.render.palette import DARK
from preview_worker.render.picture import PictureRef

LOGO = PictureRef(("logo.png",), "/here")
LINE = Box(120, 90, 900, HEIGHT)
SCHEME = DARK.scheme("hook")


def _extent(size: Size) -> Extent:
    return Extent(1920, 1080, 1, lambda _: size)


@pytest.mark.parametrize("size", [Size(4000, 500), Size(900, 900), Size(30, 30), Size(100, 2000)])
def test_a_logo_is_kept_small_and_in_shape(size: Size) -> None:
    """And no larger than its pixels allow."""
    (slot,) = sign(Signature("", LOGO), LINE, SCHEME, _extent(size))

    assert isinstance(slot, Slot)
    assert slot.box.width / slot.box.height == pytest.approx(size.shape)
    assert slot.box.width <= min(MOST_WIDTH, size.width) + 0.01
    assert slot.box.height <= min(HEIGHT, size.height) + 0.01


@pytest.mark.parametrize("centred", [False, True])
def test_the_name_stands_beside_the_logo(*, centred: bool) -> None:
    """On the same line, not over it; in its middle at the end."""
    slot, words = sign(
        Signature("Moss & Fern", LOGO), LINE, SCHEME, _extent(Size(400, 100)), centred=centred
    )
    assert isinstance(slot, Slot)
    assert isinstance(words, Words)
    left, right = slot.box.x, ink_box(words).right

    assert slot.box.right < words.box.x
    assert slot.box.y + slot.box.height / 2 == pytest.approx(words.box.y + words.box.height / 2)
    assert words.block.size >= 40
    if centred:
        assert (left + right) / 2 == pytest.approx(LINE.x + LINE.width / 2, abs=2)
    else:
        assert left == LINE.x


def test_a_name_that_is_too_long_is_cut() -> None:
    """With an ellipsis, on its line."""
    (words,) = sign(Signature("Fern " * 40), LINE, SCHEME, _extent(Size(1, 1)))

    assert isinstance(words, Words)
    assert words.block.text.endswith("…")
    assert ink_box(words).right <= LINE.right
