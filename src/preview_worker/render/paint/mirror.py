"""Pages that read from the right: what stood at the left stands at the right, pictures unturned."""

from __future__ import annotations

from dataclasses import replace

from preview_worker.render.paint.page import (
    Backdrop,
    Box,
    Check,
    Hexagon,
    Item,
    Page,
    Panel,
    Pointing,
    Signs,
    Slot,
    Words,
)


def reads_from_right(page: Page) -> bool:
    """Tell whether most of the page's words start at the right."""
    blocks = [item.block for item in page.items if isinstance(item, Words)]
    at_right = sum(len(block.text) for block in blocks if block.right_to_left)
    return 2 * at_right > sum(len(block.text) for block in blocks)


def mirrored(page: Page, width: float) -> Page:
    """Return ``page`` of ``width`` (design units) laid out from the right, not yet settled."""
    return replace(page, items=tuple(_item(item, width) for item in page.items))


def _item(item: Item, width: float) -> Item:
    match item:
        case Slot() | Backdrop() | Panel():
            return replace(item, box=_box(item.box, width))
        case Hexagon() | Check():
            return replace(item, x=width - item.x)
        case Words():
            return _words(item, width)
        case Pointing():
            return _pointing(item, width)
        case Signs():
            message = "a page is laid out before what points on it is settled"
            raise TypeError(message)


def _pointing(pointing: Pointing, width: float) -> Pointing:
    match pointing.on:
        case Box() as box:
            return replace(pointing, on=_box(box, width))
        case Slot() | Backdrop() as shown:
            return replace(pointing, on=replace(shown, box=_box(shown.box, width)))


def _box(box: Box, width: float) -> Box:
    return box._replace(x=width - box.right)


def _words(words: Words, width: float) -> Words:
    """Move a text; one that itself reads from the left ends where the others start."""
    box, block = _box(words.box, width), words.block
    if not block.right_to_left and block.style.align == "left":
        box = box._replace(x=box.right - block.longest, width=block.longest)
    return replace(words, box=box)
