"""A scene that the producer laid out: its texts by the names of their positions, none overlapping.

Positions are bands from top to bottom. The upper bands stack down from the top margin, the lower
one stacks up from the bottom margin, and the middle is centred in what is left between them.
"""

from __future__ import annotations

from dataclasses import replace

from preview_worker.contract import Finding
from preview_worker.render.look import Scheme
from preview_worker.render.model import Colour, ComposedCard, Overlay
from preview_worker.render.paint.arrangement import COMPOSITIONS
from preview_worker.render.paint.band import (
    BADGE_X,
    BADGE_Y,
    GAP,
    PANEL_X,
    RULE,
    Room,
    Text,
    heights,
    set_band,
)
from preview_worker.render.paint.page import (
    Backdrop,
    Box,
    Extent,
    Ground,
    Item,
    Move,
    Page,
    Panel,
    Pointing,
    Spread,
    Words,
)
from preview_worker.render.paint.theme import TEXT_RATIO
from preview_worker.render.palette import BLACK, DARK, WHITE, blend, contrast

MARGIN = 0.08
"""Share of each side that is kept free, as upstream's renderer has it."""
UPPER_Y = 0.18
PICTURE_SHARE = 0.84
PANEL_Y = 28
PILL_SHARE = 0.08
_BANDS = {
    "top": "top",
    "upper": "upper",
    "panel-heading": "upper",
    "brand-title": "upper",
    "bottom": "bottom",
    "lower": "bottom",
    "brand-subtitle": "bottom",
    "reference-bottom": "bottom",
}
LEAST_SHARE = 0.15
_SHARES = {"top": 0.3, "upper": 0.3, "bottom": 0.42}
"""The most of the height that a band may take while others stand beside it."""


def plan_composed(card: ComposedCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place the scene's texts; a body that is too long for its band is shown page by page."""
    spread = Spread()
    if card.layout:
        told = f"There is no composition {card.layout!r}; texts stand by their positions."
        suggestion = f"Ask for one of {', '.join(COMPOSITIONS)}."
        spread.findings.append(Finding("layout.unknown", told, suggestion=suggestion))
    ground = card.ground or scheme.look.plain
    under = scheme.look.veil if card.picture else ground
    bands: dict[str, list[Overlay]] = {"top": [], "upper": [], "center": [], "bottom": []}
    for overlay in card.overlays:
        bands[_BANDS.get(overlay.position, "center")].append(overlay)
    safe = Box(
        extent.width * MARGIN,
        extent.height * MARGIN,
        extent.width * (1 - 2 * MARGIN),
        extent.height * (1 - 2 * MARGIN),
    )
    layers = _columns(bands, under, safe, extent, spread)
    behind = _picture(card, extent)
    moves = (Move(0, len(behind), card.motions),) if behind else ()
    for column in layers:
        items = (*behind, *_items(column, card, scheme))
        weight = sum(len(text.block.text) for text, _, _ in column) or 1
        spread.pages.append(Page(Ground(ground), items, weight, moves=moves))
    return spread


_Column = list[tuple[Text, float, float]]
"""Texts with the x of their middle and the y of their upper edge."""


def _columns(
    bands: dict[str, list[Overlay]], ground: Colour, safe: Box, extent: Extent, spread: Spread
) -> list[_Column]:
    own = max((WHITE, DARK.mark), key=lambda colour: contrast(colour, ground))

    def placed(name: str, height: float) -> list[list[Text]]:
        room = Room(safe.width, height, own, own)
        return set_band(bands[name], room, extent.most_pages, spread)

    def kept(*names: str) -> float:
        """Return the least that the bands ``names`` need, with the gaps before them."""
        return sum(LEAST_SHARE * safe.height + GAP for name in names if bands[name])

    alone = sum(map(bool, bands.values())) == 1
    most = {name: safe.height * (1 if alone else share) for name, share in _SHARES.items()}
    set_bands = {"top": placed("top", most["top"])}
    head = heights(set_bands["top"]) + (GAP if bands["top"] else 0)
    upper_y = max(safe.y + head, extent.height * UPPER_Y if bands["upper"] else 0)
    room = safe.bottom - upper_y
    set_bands["upper"] = placed("upper", min(most["upper"], room - kept("center", "bottom")))
    middle_y = upper_y + heights(set_bands["upper"]) + (GAP if bands["upper"] else 0)
    room = safe.bottom - middle_y
    set_bands["bottom"] = placed("bottom", min(most["bottom"], room - kept("center")))
    bottom_y = safe.bottom - heights(set_bands["bottom"])
    room = bottom_y - middle_y - (GAP if bands["bottom"] else 0)
    set_bands["center"] = placed("center", room)
    centre_y = middle_y + (room - heights(set_bands["center"])) / 2
    starts = {"top": safe.y, "upper": upper_y, "center": centre_y, "bottom": bottom_y}
    count = max(map(len, set_bands.values()))
    middle_x = extent.width / 2
    return [
        [
            placed
            for name, pages in set_bands.items()
            for placed in _stack(pages[min(number, len(pages) - 1)], middle_x, starts[name])
        ]
        for number in range(count)
    ]


def _stack(texts: list[Text], x: float, y: float) -> _Column:
    column = []
    for text in texts:
        column.append((text, x, y + text.above))
        y += text.height + GAP
    return column


def _picture(card: ComposedCard, extent: Extent) -> tuple[Item, ...]:
    if card.picture is None:
        return ()
    width, height = extent.width * PICTURE_SHARE, extent.height * PICTURE_SHARE
    place = Box((extent.width - width) / 2, (extent.height - height) / 2, width, height)
    backdrop = Backdrop(card.picture, place)
    return (backdrop, Pointing(backdrop, card.pointers)) if card.pointers else (backdrop,)


def _pill(box: Box, ink: Colour, card: ComposedCard, colours: tuple[Scheme, Colour]) -> Panel:
    """Return the pill behind a badge: of the ground's colour, or a veil over a picture."""
    scheme, outline = colours
    if card.picture:
        return replace(Panel.veil(box, box.height / 2, scheme.look, ink), outline=outline)
    ground = card.ground or scheme.look.plain
    fill = blend(ground, ink, PILL_SHARE)
    if contrast(ink, fill) < TEXT_RATIO:
        # The colour is the producer's and barely stands out: the pill makes way for it.
        fill = blend(ground, max((WHITE, BLACK), key=lambda end: contrast(ink, end)), 0.6)
    return Panel(box, box.height / 2, fill, outline=outline)


def _items(column: _Column, card: ComposedCard, scheme: Scheme) -> tuple[Item, ...]:
    badges = (one.colour for one in card.overlays if one.role == "badge")
    accent = next(filter(None, badges), scheme.accent)
    items: list[Item] = []
    for text, x, y in column:
        block = text.block
        box = Box(x - block.width / 2, y, block.width, block.height)
        ink = Box(x - block.longest / 2, y, block.longest, block.height)
        colour = text.overlay.colour or accent
        if text.overlay.role == "badge":
            pill = ink.grown(BADGE_X, BADGE_Y)
            items.append(_pill(pill, block.style.colour, card, (scheme, colour)))
        elif card.picture:
            place = ink.grown(PANEL_X, PANEL_Y / 2)
            items.append(Panel.veil(place, 24, scheme.look, block.style.colour))
        items.append(Words(block, box, text.overlay.role))
        if text.overlay.role == "heading" and not card.picture:
            rule = Box(x - RULE[0] / 2, y + block.height + GAP * 0.35, *RULE)
            items.append(Panel(rule, RULE[1] / 2, accent))
    return tuple(items)
