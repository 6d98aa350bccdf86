"""Several pictures beside each other, each with a few words below it."""

from __future__ import annotations

from collections.abc import Sequence

from preview_worker.render.look import Scheme
from preview_worker.render.paint.page import Box, Extent, Item, Panel, Slot, Words
from preview_worker.render.paint.text import Style, balanced, cut, fit, fits, typeset
from preview_worker.render.paint.theme import MIN_BODY
from preview_worker.render.picture import Exhibit

GAP = 28
CAPTION = Style(weight=500, leading=1.2, align="center")
CAPTION_SIZES = (MIN_BODY, 46)
CAPTION_LINES = 2
AIR = 14
LEAST_CELL, LEAST_CAPTION = 160, 310
"""The least width of a picture, and of one with words below it."""
CARD_RADIUS = 24
CARD_ALPHA = 0.09


def hang(exhibits: Sequence[Exhibit], box: Box, scheme: Scheme, extent: Extent) -> tuple[Item, ...]:
    """Hang ``exhibits`` in ``box``, in as many columns as show them largest."""
    shapes = [extent.size(one.picture).shape if one.picture else 1.0 for one in exhibits]
    captioned = any(one.caption for one in exhibits)
    below = CAPTION_LINES * CAPTION_SIZES[1] * CAPTION.leading + AIR if captioned else 0.0
    items: list[Item] = []
    for one, cell in zip(exhibits, cells(shapes, box, below), strict=True):
        items.append(Panel(cell, CARD_RADIUS, scheme.tile, CARD_ALPHA))
        inner = cell.grown(-AIR, -AIR)
        room = inner._replace(height=inner.height - below)
        if one.picture:
            items.append(Slot(one.picture, room, scheme.is_light, panelled=True))
        if one.caption:
            place = inner._replace(y=room.bottom + AIR, height=below - AIR)
            items.append(_caption(one.caption, place, scheme))
    return tuple(items)


def cells(shapes: Sequence[float], box: Box, below: float) -> list[Box]:
    """Share ``box`` out among pictures of ``shapes``, with ``below`` under each for words."""

    def size(columns: int) -> tuple[float, float]:
        rows = -(-len(shapes) // columns)
        return (
            (box.width - GAP * (columns - 1)) / columns,
            (box.height - GAP * (rows - 1)) / rows,
        )

    def shown(columns: int) -> float:
        """Return how much of the box the pictures then cover."""
        width, height = size(columns)
        width, height = width - 2 * AIR, height - 2 * AIR - below
        return sum(max(0.0, min(width, height * shape)) ** 2 / shape for shape in shapes)

    least = LEAST_CAPTION if below else LEAST_CELL
    most = max(1, min(len(shapes), int((box.width + GAP) / (least + GAP))))
    columns = max(range(1, most + 1), key=shown)
    width, height = size(columns)
    places = []
    for index in range(len(shapes)):
        row, column = divmod(index, columns)
        last = len(shapes) - row * columns
        indent = (width + GAP) * max(0, columns - last) / 2
        x = box.x + indent + column * (width + GAP)
        places.append(Box(x, box.y + row * (height + GAP), width, height))
    return places


def _caption(text: str, place: Box, scheme: Scheme) -> Words:
    style = CAPTION.inked(scheme.look.text)
    block = fit(text, style, place.width, place.height, CAPTION_SIZES)
    if not fits(block, place.height, whole_words=False):
        kept = cut(text, style, MIN_BODY, (place.width, place.height))
        block = typeset(kept, style, MIN_BODY, place.width)
    block = balanced(block)
    x = place.x + (place.width - block.width) / 2
    return Words(block, Box(x, place.y, block.width, block.height), "caption")
