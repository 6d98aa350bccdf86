"""A watermark: the brand's logo, faint, in a corner of the page that nothing stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from preview_worker.render.brand import Watermark
from preview_worker.render.look import Scheme
from preview_worker.render.paint.ink import ink_box
from preview_worker.render.paint.page import Box, Extent, Item, Page, Panel, Slot, Words

SAFE = 0.05
MOST_HEIGHT = 56
AIR = 8
CORNERS = ("top-right", "bottom-right", "bottom-left", "top-left")


def marked(page: Page, watermark: Watermark, scheme: Scheme, extent: Extent) -> Page:
    """Return ``page`` with the watermark, or as it is when every corner is taken."""
    size = extent.size(watermark.logo)
    share = min(1.0, watermark.width / size.width, MOST_HEIGHT / size.height)
    taken = [box for item in page.items for box in _taken(item)]
    for box in _corners(size.width * share, size.height * share, watermark.position, extent):
        if not any(box.grown(AIR, AIR).touches(one) for one in taken):
            slot = Slot(
                watermark.logo,
                box,
                scheme.is_light,
                panelled=True,
                emblem=True,
                opacity=watermark.opacity,
            )
            return replace(page, items=(*page.items, slot))
    return page


def _taken(item: Item) -> Iterator[Box]:
    match item:
        case Words():
            yield ink_box(item)
        case Slot() | Panel():
            yield item.box
        case _:
            return


def _corners(width: float, height: float, first: str, extent: Extent) -> Iterator[Box]:
    """Return the places of all corners, the one that was asked for first."""
    x, y = SAFE * extent.width, SAFE * extent.height
    for corner in sorted(CORNERS, key=lambda name: name != first):
        left = x if corner.endswith("left") else extent.width - x - width
        top = y if corner.startswith("top") else extent.height - y - height
        yield Box(left, top, width, height)
