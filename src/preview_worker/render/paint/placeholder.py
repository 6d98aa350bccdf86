"""The placeholder: a page that nobody takes for a scene, and that says what is lacking and why."""

from __future__ import annotations

from preview_worker.render.colour import Colour, blend, from_hex, readable
from preview_worker.render.look import TEXT_RATIO, Scheme
from preview_worker.render.paint.badge import PILL_X
from preview_worker.render.paint.page import (
    Box,
    Extent,
    Ground,
    Hexagon,
    Item,
    Page,
    Panel,
    Spread,
    Words,
)
from preview_worker.render.paint.text import Block, Style, balanced, cut, fit, fits, typeset
from preview_worker.render.paint.theme import BLACK, MIN_BODY, MIN_TITLE
from preview_worker.render.placeholder import PlaceholderCard

AMBER = from_hex("f59e0b")
TILE, GAP = 96, 34
TAPE, DASH = 30, 88
"""The width of the tapes along both sides, and the length of their dashes."""
MARK_SIZE, MESSAGE_SIZES, TITLE_SIZES = 112, (MIN_BODY, 60), (MIN_TITLE, 88)
PILL_ALPHA = 0.16
TAPE_SHARE = 0.8
"""How black a tape is between its dashes."""


def plan_placeholder(card: PlaceholderCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place the placeholder's one page, in the colours of a warning whatever the section's are."""
    ground = scheme.look.plain
    inner = extent.inner
    blocks = _blocks(card, ground, scheme, inner)
    height = 2 * TILE + sum(block.height + GAP for _, block in blocks)
    middle, y = extent.width / 2, inner.y + max(0.0, (inner.height - height) / 2)
    items = [*_tapes(extent, ground), *_sign(middle, y + TILE)]
    y += 2 * TILE
    for role, block in blocks:
        y += GAP
        box = Box(middle - block.width / 2, y, block.width, block.height)
        if role == "facts":
            pill = Box(middle - block.longest / 2, y, block.longest, block.height).grown(PILL_X, 0)
            items.append(Panel(pill, block.height / 2, AMBER, PILL_ALPHA))
        items.append(Words(block, box, role))
        y += block.height
    return Spread([Page(Ground(ground), tuple(items))])


def _blocks(
    card: PlaceholderCard, ground: Colour, scheme: Scheme, inner: Box
) -> list[tuple[str, Block]]:
    """Return the message, the scene's title if it has one, and the code, by their roles."""
    ink = readable(AMBER, ground, TEXT_RATIO)
    words = [("body", card.message, Style(ink, 600, 1.3, "center"), MESSAGE_SIZES, 0.2)]
    if card.title:
        style = Style(scheme.look.title, 700, 1.14, "center", -0.015)
        words.insert(0, ("title", card.title, style, TITLE_SIZES, 0.26))
    if card.code:
        tinted = readable(AMBER, blend(ground, AMBER, PILL_ALPHA), TEXT_RATIO)
        style = Style(tinted, 600, 1.7, "center")
        words.append(("facts", card.code, style, (MIN_BODY, MIN_BODY), 0.2))
    return [
        (role, _fitted(text, style, (inner.width, inner.height * share), sizes))
        for role, text, style, sizes, share in words
    ]


def _fitted(text: str, style: Style, room: tuple[float, float], sizes: tuple[int, int]) -> Block:
    block = fit(text, style, *room, sizes)
    if not fits(block, room[1], whole_words=False) or len(block.text) < len(text):
        block = typeset(cut(text, style, sizes[0], room), style, sizes[0], room[0])
    return balanced(block)


def _sign(x: float, y: float) -> tuple[Item, ...]:
    """Return an amber tile with an exclamation mark around a centre."""
    mark = typeset("!", Style(BLACK, 700, 1.0, "center"), MARK_SIZE, TILE)
    place = Box(x - TILE / 2, y - mark.height / 2, TILE, mark.height)
    return (Hexagon(x, y, TILE, AMBER), Words(mark, place, "badge"))


def _tapes(extent: Extent, ground: Colour) -> list[Item]:
    """Return a dashed tape along each side of the page.

    They go on below what burned captions leave of the page: to its edge, where they are cut.
    """
    height = 2 * extent.height
    items: list[Item] = []
    for x in (0.0, extent.width - TAPE):
        items.append(Panel(Box(x, 0, TAPE, height), 0, blend(ground, BLACK, TAPE_SHARE)))
        tops = range(DASH // 2, round(height), 2 * DASH)
        items += (Panel(Box(x, y, TAPE, DASH), 0, AMBER) for y in tops)
    return items
