"""How well words can be read: their colour against the pixels that they stand on.

A page is painted small and without its words, and each text is then compared with what lies under
its ink. A quarter of 1080 lines is enough: letters are much larger than one such pixel, and
pictures keep their real colours because they are thinned out, not averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from preview_worker.render.colour import LUMA
from preview_worker.render.look import TEXT_RATIO
from preview_worker.render.model import Colour, Picture, PictureRef
from preview_worker.render.paint.page import Box, Item, Page, Panel, Words
from preview_worker.render.palette import luminance

LINES_PX = 270
"""The shorter side of the small page, in pixels."""
UNITS = 4.0
"""Design units a pixel of it."""
WORST_PERCENT = 5
"""Share of the pixels that may be worse than what is told.

An edge of a tile or a glint in a photograph takes no letter from a viewer; a stretch of them does,
and the smallest letters cover about a twentieth of their line.
"""

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Rows from the top, then columns, then red, green, blue and alpha."""
_OPACITIES = 20
_IN_HAND = 1.1


class Legibility(NamedTuple):
    """A text of a page and its worst contrast, 1 to 21, with what it stands on."""

    words: Words
    ratio: float


def ink_box(words: Words) -> Box:
    """Return where the letters are, which may be narrower than the box that they were set in."""
    block, box = words.block, words.box
    spare = block.width - block.longest
    if block.style.align == "center":
        spare /= 2
    elif not block.right_to_left:
        spare = 0.0
    x = block.start_x(box.x, box.right) + spare
    return Box(x, box.y, block.longest, block.height)


def bare(page: Page) -> Page:
    """Return the page without its words."""
    kept = tuple(item for item in page.items if not isinstance(item, Words))
    return Page(page.ground, kept)


def measure_ink(page: Page, pixels: Pixels) -> tuple[Legibility, ...]:
    """Compare every text of ``page``, in order, with ``pixels``: the bare page, painted small."""
    return tuple(
        Legibility(item, worst_contrast(item.block.style.colour, cut_out(pixels, ink_box(item))))
        for item in page.items
        if isinstance(item, Words)
    )


def cut_out(pixels: Pixels, box: Box) -> Pixels:
    """Return what lies under ``box`` (design units): one pixel at least, and none off the page."""
    height, width = pixels.shape[:2]
    left, top = (
        min(max(int(at / UNITS), 0), most - 1)
        for at, most in zip(box[:2], (width, height), strict=True)
    )
    right, bottom = int(-(-box.right // UNITS)), int(-(-box.bottom // UNITS))
    return pixels[top : max(bottom, top + 1), left : max(right, left + 1)]


def worst_contrast(colour: Colour, pixels: Pixels) -> float:
    """Return the WCAG 2 contrast that all but the worst few of ``pixels`` have with ``colour``."""
    own = luminance(colour) + 0.05
    under = luminances(pixels).ravel() + 0.05
    ratios = np.maximum(own, under) / np.minimum(own, under)
    place = ratios.size * WORST_PERCENT // 100
    return float(np.partition(ratios, place)[place])


def veiled(page: Page, pixels: Pixels) -> Page:
    """Return ``page`` with its panels as opaque as the words on them need them to be.

    ``pixels`` show the page without its words and without those panels, painted small.
    """
    return replace(page, items=tuple(_veiled(item, pixels) for item in page.items))


def has_veils(page: Page) -> bool:
    """Tell whether any panel of ``page`` is still to become as opaque as it has to be."""
    return any(isinstance(item, Panel) and item.reads for item in page.items)


def without_veils(page: Page) -> Page:
    """Return the page without its words and without the panels that words need."""
    kept = (item for item in bare(page).items if not isinstance(item, Panel) or not item.reads)
    return replace(page, items=tuple(kept))


def _veiled(item: Item, pixels: Pixels) -> Item:
    if not isinstance(item, Panel) or item.reads is None:
        return item
    under = cut_out(pixels, item.box)
    alpha = opacity(item.reads, item.colour, under, item.alpha)
    return replace(item, alpha=alpha, reads=None)


def opacity(ink: Colour, veil: Colour, under: Pixels, least: float) -> float:
    """Return how opaque ``veil`` must be over ``under`` for ``ink`` to be read on it.

    It is ``least`` or more, in steps of a twentieth, and leaves a little in hand: a picture may
    move below its words.
    """
    first = round(least * _OPACITIES)
    for step in range(first, _OPACITIES):
        share = step / _OPACITIES
        mixed = under[..., :3] * (1 - share) + np.array(veil) * share
        if worst_contrast(ink, mixed.astype(np.uint8)) >= TEXT_RATIO * _IN_HAND:
            return share
    return 1.0


def luminances(pixels: Pixels) -> npt.NDArray[np.float32]:
    """Return the relative luminance of every pixel, 0 to 1."""
    red, green, blue = (_curves()[channel][pixels[..., channel]] for channel in range(3))
    total: npt.NDArray[np.float32] = red + green + blue
    return total


@cache
def _curves() -> npt.NDArray[np.float32]:
    """Return what each value of each channel adds to the luminance."""
    greys = [luminance(Colour(value, value, value)) for value in range(256)]
    return np.outer(LUMA, greys).astype(np.float32)


def thinned(
    pictures: Callable[[PictureRef], Picture], share: float
) -> Callable[[PictureRef], Picture]:
    """Return ``pictures`` with ``share`` (0 to 1) of their rows and columns."""

    def thin(ref: PictureRef) -> Picture:
        picture = pictures(ref)
        if share >= 1:
            return picture
        whole = np.frombuffer(picture.rgba, np.uint32)
        whole = whole.reshape(picture.height_px, picture.width_px)
        ys, xs = _kept(picture.height_px, share), _kept(picture.width_px, share)
        kept = whole[ys][:, xs]
        return Picture(len(xs), len(ys), kept.tobytes(), picture.shrunk)

    return thin


def _kept(count: int, share: float) -> npt.NDArray[np.intp]:
    """Return the indices of ``share`` of ``count`` lines, evenly spread."""
    left = max(1, round(count * share))
    return ((np.arange(left) + 0.5) * count / left).astype(np.intp)
