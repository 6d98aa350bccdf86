"""How far the items of a page are seen: boxes, in design units, that hold all of their ink."""

from __future__ import annotations

from collections.abc import Sequence

from preview_worker.render.paint.brush import CLIP_EM
from preview_worker.render.paint.page import (
    Backdrop,
    Box,
    Check,
    Hexagon,
    Item,
    Mark,
    Panel,
    Pointing,
    Signs,
    Slot,
    Words,
)

SHADE = 84.0
"""A slot's shade is seen so far outside the slot, with its offset."""
CHECK = 1.4
"""What a check mark reaches from its centre, in multiples of its size."""


def reach(item: Item, size: tuple[float, float]) -> Box:
    """Return where ``item`` may be seen, at rest, on a page with the sides ``size``."""
    match item:
        case Backdrop():
            return Box(0, 0, *size)
        case Slot():
            return item.box.grown(SHADE, SHADE)
        case Signs():
            return item.place
        case Pointing():
            return reach(item.on, size) if not isinstance(item.on, Box) else item.on
        case _:
            return _mark_reach(item)


def _mark_reach(mark: Mark) -> Box:
    match mark:
        case Panel():
            return mark.box.grown(2, 2)
        case Words():
            ink = mark.block.size * CLIP_EM + 2
            return mark.box.grown(ink, ink)
        case Hexagon():
            return _square(mark.x, mark.y, mark.radius + mark.line)
        case Check():
            return _square(mark.x, mark.y, mark.size * CHECK)


def _square(x: float, y: float, around: float) -> Box:
    return Box(x - around, y - around, 2 * around, 2 * around)


def around(boxes: Sequence[Box]) -> Box:
    """Return the smallest box that holds all of ``boxes``."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return Box(left, top, right - left, bottom - top)
