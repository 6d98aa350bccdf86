"""The closing: a tile with a check mark, a kind word, and what it was about."""

from __future__ import annotations

from preview_worker.render.look import Look, Scheme
from preview_worker.render.model import EndCard
from preview_worker.render.paint.page import (
    Box,
    Check,
    Extent,
    Ground,
    Hexagon,
    Item,
    Page,
    Spread,
    Words,
)
from preview_worker.render.paint.signature import HEIGHT, sign
from preview_worker.render.paint.text import Style, balanced, cut, fit, typeset
from preview_worker.render.paint.theme import (
    MARGIN_X,
    MIN_BODY,
    MIN_TITLE,
    NARROW,
)
from preview_worker.render.paint.tiles import ROOT3

TILE = 104
GAP = 40
_FLANK = ("setup", "core_mechanic", "components", "turn_structure", "scoring")


def plan_end(card: EndCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place the end card's one page."""
    width = extent.width - 4 * MARGIN_X if extent.width >= NARROW else extent.width - 2 * MARGIN_X
    message = balanced(
        fit(
            card.message,
            Style(scheme.look.title, 700, 1.15, "center", -0.018),
            width,
            320,
            (MIN_TITLE, 112),
        )
    )
    style = Style(scheme.accent_text, 600, 1.3, "center")
    room = (width, 230.0)
    title = fit(card.title, style, *room, (MIN_BODY, 56))
    if title.height > room[1] or len(title.text) < len(card.title):
        title = typeset(cut(card.title, style, MIN_BODY, room), style, MIN_BODY, width)
    title = balanced(title)
    foot: tuple[Item, ...] = ()
    room_y = extent.height
    if card.signature:
        line = extent.inner._replace(y=extent.inner.bottom - HEIGHT, height=HEIGHT)
        foot = sign(card.signature, line, scheme, extent, centred=True)
        room_y = line.y + GAP
    y = (room_y - 2 * TILE - message.height - title.height - 2 * GAP) / 2
    middle = extent.width / 2
    items: list[Item] = [*foot, *_flanks(middle, y + TILE, extent.width, scheme.look)]
    items += (
        Hexagon(middle, y + TILE, TILE, scheme.accent),
        Check(middle, y + TILE, TILE * 0.42, scheme.look.mark),
    )
    y += 2 * TILE + GAP
    for role, block in (("title", message), ("subtitle", title)):
        box = Box(middle - block.width / 2, y, block.width, block.height)
        items.append(Words(block, box, role))
        y += block.height + GAP
    return Spread([Page(Ground.of(scheme), tuple(items))])


def _flanks(x: float, y: float, width: float, look: Look) -> list[Hexagon]:
    """Return the tiles to both sides of the check, fading outwards."""
    step = TILE * ROOT3
    count = min(len(_FLANK), int((width / 2 - step / 2) / step))
    return [
        Hexagon(
            x + side * step * (n + 1),
            y,
            TILE * 0.92,
            look.scheme(name).tile,
            0.5 * 0.55**n * look.haze,
        )
        for n, name in enumerate(_FLANK[:count])
        for side in (-1, 1)
    ]
