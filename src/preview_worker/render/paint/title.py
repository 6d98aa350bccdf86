"""The opening: title, what it is about, and a board of tiles beside them."""

from __future__ import annotations

from preview_worker.contract import Finding
from preview_worker.render.look import Scheme
from preview_worker.render.model import TitleCard
from preview_worker.render.paint.page import Box, Extent, Ground, Item, Page, Panel, Spread, Words
from preview_worker.render.paint.signature import HEIGHT, sign
from preview_worker.render.paint.text import Block, Style, balanced, cut, fit, typeset
from preview_worker.render.paint.theme import (
    MIN_BODY,
    MIN_TITLE,
    NARROW,
    TEXT_RATIO,
)
from preview_worker.render.paint.tiles import board
from preview_worker.render.palette import readable

TITLE = Style(weight=700, leading=1.12, spacing=-0.018)
SUBTITLE = Style(leading=1.34)
BAR_HEIGHT, GAP = 10, 34
PILL_X, PILL_ALPHA = 32, 0.14


def plan_title(card: TitleCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place the title card's one page."""
    beside = extent.width >= NARROW
    left = extent.inner.x
    width = extent.width * 0.55 - left if beside else extent.inner.width
    tiles: tuple[Item, ...] = ()
    inner = extent.inner
    if beside:
        tiles = board(extent.width * 0.79, extent.height * 0.47, 118, scheme.look)
    spread = Spread()
    head: tuple[Item, ...] = ()
    room = inner
    if card.signature:
        head = sign(card.signature, inner._replace(width=width, height=HEIGHT), scheme, extent)
        used = HEIGHT + GAP
        room = inner._replace(y=inner.y + used, height=inner.height - used)
    blocks = _blocks(card, scheme, (width, room.height), spread)
    height = sum(block.height for _, block in blocks) + GAP * (len(blocks) - 1) + BAR_HEIGHT + GAP
    y = room.y + (room.height - height) / 2
    items: list[Item] = [*tiles, *head, Panel(Box(left, y, 132, BAR_HEIGHT), 5, scheme.accent)]
    y += BAR_HEIGHT + GAP
    for role, block in blocks:
        box = Box(left, y, width, block.height)
        if role == "facts":
            pill = Box(left, y, block.longest + 2 * PILL_X, block.height)
            items.append(Panel(pill, block.height / 2, scheme.accent, PILL_ALPHA))
            box = Box(left + PILL_X, y, block.longest + 2, block.height)
        items.append(Words(block, box, role))
        y += block.height + GAP
    spread.pages.append(Page(Ground.of(scheme), tuple(items)))
    return spread


def _blocks(
    card: TitleCard, scheme: Scheme, room: tuple[float, float], spread: Spread
) -> list[tuple[str, Block]]:
    width, height = room
    style = TITLE.inked(scheme.look.title)
    title = _whole(card.title, style, (width, height * 0.52), (MIN_TITLE, 132), spread)
    blocks = [("title", title)]
    if card.subtitle:
        box = (width, height * 0.26)
        style = SUBTITLE.inked(scheme.look.text)
        blocks.append(("subtitle", _whole(card.subtitle, style, box, (MIN_BODY, 50), spread)))
    if card.facts:
        ink = readable(scheme.accent, scheme.tint(PILL_ALPHA), TEXT_RATIO)
        style = Style(ink, 600, leading=1.8)
        blocks.append(("facts", typeset(card.facts, style, MIN_BODY, width - 2 * PILL_X)))
    return blocks


def _whole(
    text: str, style: Style, box: tuple[float, float], sizes: tuple[int, int], spread: Spread
) -> Block:
    """Fit ``text``, or what can be shown of it, with a finding for the rest."""
    block = fit(text, style, *box, sizes)
    kept = text
    if block.height > box[1] or len(block.text) < len(text):
        kept = cut(text, style, sizes[0], box)
        told = "The title card's text is too long to be shown in full."
        spread.findings.append(Finding("text.cut", told))
        block = typeset(kept, style, sizes[0], box[0])
    return balanced(block)
