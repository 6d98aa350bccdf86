"""A scene that the producer laid out: its texts by the names of their positions, none overlapping.

Positions are bands from top to bottom. The upper bands stack down from the top margin, the lower
one stacks up from the bottom margin, and the middle is centred in what is left between them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from preview_worker.contract import Finding
from preview_worker.render.look import Scheme
from preview_worker.render.model import Colour, ComposedCard, Overlay
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
from preview_worker.render.paint.text import Block, Style, balanced, fit, fits, paginate, typeset
from preview_worker.render.paint.theme import MIN_BODY, MIN_TITLE
from preview_worker.render.palette import DARK, WHITE, blend, contrast

MARGIN = 0.08
"""Share of each side that is kept free, as upstream's renderer has it."""
UPPER_Y = 0.18
PICTURE_SHARE = 0.84
GAP = 34
BADGE_X, BADGE_Y = 38, 12
RULE = (160.0, 8.0)
PANEL_X, PANEL_Y = 44, 28
PILL_SHARE, VEIL_ALPHA = 0.08, 0.7
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
_LOOKS = {
    "title": (Style(WHITE, 700, 1.14, "center", -0.018), (MIN_TITLE, 132)),
    "heading": (Style(WHITE, 700, 1.16, "center", -0.012), (MIN_TITLE, 84)),
    "badge": (Style(WHITE, 600, 1.5, "center", 0.06), (MIN_BODY, MIN_BODY)),
    "body": (Style(WHITE, 400, 1.4, "center"), (MIN_BODY, 66)),
    "reference": (Style(WHITE, 400, 1.3, "center"), (MIN_BODY, MIN_BODY)),
}
_OTHER = (Style(WHITE, 400, 1.3, "center"), (MIN_BODY, 48))
LEAST_SHARE = 0.15
_SHARES = {"top": 0.3, "upper": 0.3, "bottom": 0.42}
"""The most of the height that a band may take while others stand beside it."""


@dataclass(frozen=True, slots=True)
class _Text:
    """An overlay that was set, and how much room its look adds around it."""

    overlay: Overlay
    block: Block

    @property
    def above(self) -> float:
        return BADGE_Y if self.overlay.role == "badge" else 0

    @property
    def height(self) -> float:
        under = RULE[1] + GAP * 0.6 if self.overlay.role == "heading" else 0
        return self.block.height + 2 * self.above + under


def plan_composed(card: ComposedCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place the scene's texts; a body that is too long for its band is shown page by page."""
    spread = Spread()
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
    accent = next((o.colour for o in card.overlays if o.role == "badge" and o.colour), None)
    behind = _picture(card, extent)
    moves = (Move(0, len(behind), card.motions),) if behind else ()
    for column in layers:
        items = (*behind, *_items(column, card, (under, accent or scheme.accent)))
        weight = sum(len(text.block.text) for text, _, _ in column) or 1
        spread.pages.append(Page(Ground(ground), items, weight, moves=moves))
    return spread


_Column = list[tuple[_Text, float, float]]
"""Texts with the x of their middle and the y of their upper edge."""


def _columns(
    bands: dict[str, list[Overlay]], ground: Colour, safe: Box, extent: Extent, spread: Spread
) -> list[_Column]:
    def placed(name: str, room: float) -> list[list[_Text]]:
        width = (safe.width, room)
        return _set(bands[name], ground, width, extent.most_pages, spread)

    def kept(*names: str) -> float:
        """Return the least that the bands ``names`` need, with the gaps before them."""
        return sum(LEAST_SHARE * safe.height + GAP for name in names if bands[name])

    alone = sum(map(bool, bands.values())) == 1
    most = {name: safe.height * (1 if alone else share) for name, share in _SHARES.items()}
    set_bands = {"top": placed("top", most["top"])}
    head = _heights(set_bands["top"]) + (GAP if bands["top"] else 0)
    upper_y = max(safe.y + head, extent.height * UPPER_Y if bands["upper"] else 0)
    room = safe.bottom - upper_y
    set_bands["upper"] = placed("upper", min(most["upper"], room - kept("center", "bottom")))
    middle_y = upper_y + _heights(set_bands["upper"]) + (GAP if bands["upper"] else 0)
    room = safe.bottom - middle_y
    set_bands["bottom"] = placed("bottom", min(most["bottom"], room - kept("center")))
    bottom_y = safe.bottom - _heights(set_bands["bottom"])
    room = bottom_y - middle_y - (GAP if bands["bottom"] else 0)
    set_bands["center"] = placed("center", room)
    centre_y = middle_y + (room - _heights(set_bands["center"])) / 2
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


def _stack(texts: list[_Text], x: float, y: float) -> _Column:
    column = []
    for text in texts:
        column.append((text, x, y + text.above))
        y += text.height + GAP
    return column


def _height(texts: list[_Text]) -> float:
    return sum(text.height for text in texts) + GAP * max(0, len(texts) - 1)


def _heights(pages: list[list[_Text]]) -> float:
    return max(map(_height, pages))


def _set(
    overlays: list[Overlay],
    ground: Colour,
    room: tuple[float, float],
    most_pages: int,
    spread: Spread,
) -> list[list[_Text]]:
    """Set a band at the largest sizes that fit ``room`` together; else page its longest text."""
    overlays = _held(overlays, ground, room, spread)
    if not overlays:
        return [[]]
    for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.0):
        texts = [_text(overlay, ground, room, share) for overlay in overlays]
        if _height(texts) <= room[1] and all(
            fits(text.block, room[1], whole_words=False)
            and len(text.block.text) == len(text.overlay.text)
            for text in texts
        ):
            return [texts]
    return _paged(overlays, ground, room, most_pages, spread)


def _held(
    overlays: list[Overlay], ground: Colour, room: tuple[float, float], spread: Spread
) -> list[Overlay]:
    """Return as many overlays as have room for a line each, with a finding for the others."""
    held, height = [], 0.0
    for overlay in overlays:
        line = _text(replace(overlay, text="x"), ground, room, 0.0)
        height += line.height
        if height <= room[1]:
            held.append(overlay)
        height += GAP
    if len(held) < len(overlays):
        told = f"{len(overlays) - len(held)} texts have no room on the scene and are left out."
        spread.findings.append(Finding("text.left_out", told))
    return held


def _look(overlay: Overlay, ground: Colour) -> tuple[Style, tuple[int, int]]:
    style, sizes = _LOOKS.get(overlay.role, _OTHER)
    own = max((WHITE, DARK.mark), key=lambda colour: contrast(colour, ground))
    return replace(style, colour=overlay.colour or own), sizes


def _text(overlay: Overlay, ground: Colour, room: tuple[float, float], share: float) -> _Text:
    style, (low, high) = _look(overlay, ground)
    width = room[0] - 2 * (BADGE_X if overlay.role == "badge" else PANEL_X)
    top = max(low, round(high * share))
    return _Text(overlay, balanced(fit(overlay.text, style, width, room[1], (low, top))))


def _paged(
    overlays: list[Overlay],
    ground: Colour,
    room: tuple[float, float],
    most_pages: int,
    spread: Spread,
) -> list[list[_Text]]:
    """Give each text but the longest one line's worth of room, and page through the longest."""
    longest = max(overlays, key=lambda overlay: len(overlay.text))
    least = room[1] / (len(overlays) + 1)
    pages: dict[int, list[_Text]] = {}
    left = room[1]
    for index, overlay in enumerate(overlays):
        if overlay is not longest:
            pages[index] = _cut(overlay, ground, (room[0], least), 1, spread)
            left -= pages[index][0].height + GAP
    own = next(index for index, overlay in enumerate(overlays) if overlay is longest)
    pages[own] = _cut(longest, ground, (room[0], left), most_pages, spread)
    return [
        [pages[index][min(number, len(pages[index]) - 1)] for index in range(len(overlays))]
        for number in range(len(pages[own]))
    ]


def _cut(
    overlay: Overlay,
    ground: Colour,
    room: tuple[float, float],
    most_pages: int,
    spread: Spread,
) -> list[_Text]:
    style, (low, _) = _look(overlay, ground)
    width = room[0] - 2 * PANEL_X
    texts, lost = paginate(overlay.text, style, low, (width, room[1]), most_pages)
    if lost:
        told = f"A {overlay.role} text does not fit the time and place it is shown in; it was cut."
        spread.findings.append(Finding("text.cut", told))
    return [_Text(overlay, balanced(typeset(text, style, low, width))) for text in texts]


def _picture(card: ComposedCard, extent: Extent) -> tuple[Item, ...]:
    if card.picture is None:
        return ()
    width, height = extent.width * PICTURE_SHARE, extent.height * PICTURE_SHARE
    place = Box((extent.width - width) / 2, (extent.height - height) / 2, width, height)
    backdrop = Backdrop(card.picture, place)
    return (backdrop, Pointing(backdrop, card.pointers)) if card.pointers else (backdrop,)


def _items(column: _Column, card: ComposedCard, colours: tuple[Colour, Colour]) -> tuple[Item, ...]:
    under, accent = colours
    items: list[Item] = []
    for text, x, y in column:
        block = text.block
        box = Box(x - block.width / 2, y, block.width, block.height)
        ink = Box(x - block.longest / 2, y, block.longest, block.height)
        colour = text.overlay.colour or accent
        if text.overlay.role == "badge":
            pill = ink.grown(BADGE_X, BADGE_Y)
            fill = blend(under, block.style.colour, 0.0 if card.picture else PILL_SHARE)
            alpha = VEIL_ALPHA if card.picture else 1.0
            items.append(Panel(pill, pill.height / 2, fill, alpha, colour))
        elif card.picture:
            items.append(Panel(ink.grown(PANEL_X, PANEL_Y / 2), 24, under, VEIL_ALPHA))
        items.append(Words(block, box, text.overlay.role))
        if text.overlay.role == "heading" and not card.picture:
            rule = Box(x - RULE[0] / 2, y + block.height + GAP * 0.35, *RULE)
            items.append(Panel(rule, RULE[1] / 2, accent))
    return tuple(items)
