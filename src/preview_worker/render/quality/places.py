"""Where on the picture something is, as findings tell it: in whole pixels, from design units."""

from __future__ import annotations

from math import ceil, floor

from preview_worker.contract import PixelBox
from preview_worker.render.paint.page import Box

_HAIR = 1e-6
"""What floats may be off: a box that ends on a pixel's edge does not touch the next one."""


def pixel_box(box: Box, scale: float) -> PixelBox:
    """Return the pixels that ``box`` touches; ``scale`` is pixels a design unit."""
    left, top = floor(box.x * scale + _HAIR), floor(box.y * scale + _HAIR)
    right, bottom = ceil(box.right * scale - _HAIR), ceil(box.bottom * scale - _HAIR)
    return PixelBox(left, top, right - left, bottom - top)


def shared(one: Box, other: Box) -> Box:
    """Return what two boxes have in common; without any, a side of it is zero or less."""
    left, top = max(one.x, other.x), max(one.y, other.y)
    right, bottom = min(one.right, other.right), min(one.bottom, other.bottom)
    return Box(left, top, right - left, bottom - top)


def reach(inner: Box, outer: Box) -> float:
    """Return how far ``inner`` sticks out of ``outer``, at most, in design units; 0 if it fits."""
    return max(
        0.0,
        outer.x - inner.x,
        outer.y - inner.y,
        inner.right - outer.right,
        inner.bottom - outer.bottom,
    )
