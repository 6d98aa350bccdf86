"""A scene of a producer in a named composition: texts in one column, the picture in its place."""

from __future__ import annotations

from dataclasses import replace

from preview_worker.render.look import Scheme
from preview_worker.render.model import Colour, ComposedCard, Overlay
from preview_worker.render.paint.arrangement import COMPOSITIONS, Arrangement, arrange
from preview_worker.render.paint.band import (
    BADGE_X,
    BADGE_Y,
    GAP,
    RULE,
    Room,
    Text,
    height_of,
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
    Slot,
    Spread,
    Words,
)
from preview_worker.render.paint.text import Align
from preview_worker.render.palette import DARK, WHITE, contrast

ORDER = ("badge", "title", "heading")
LAST = "reference"
PILL_ALPHA = 0.12
AIR, RADIUS = 36, 28


def is_split(card: ComposedCard) -> bool:
    """Tell whether a scene asks for a composition that there is."""
    return card.layout in COMPOSITIONS


def plan_split(card: ComposedCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place the scene's texts in a column; one that is too long is shown page by page."""
    spread = Spread()
    sizes = [extent.size(card.picture)] if card.picture else []
    places = _headless(arrange(card.layout, sizes, extent))
    room, column = _room(card, scheme, places), places.words
    side = _side(card, scheme, places)
    moves = (Move(0, len(side), card.motions),) if side else ()
    pages = set_band(_ordered(card), replace(room, height=column.height), extent.most_pages, spread)
    ground = Ground(card.ground) if card.ground else Ground.of(scheme)
    for texts in pages:
        items = (*side, *_stacked(texts, column, scheme, places))
        weight = sum(len(text.block.text) for text in texts) or 1
        spread.pages.append(Page(ground, items, weight, moves=moves))
    return spread


def _headless(places: Arrangement) -> Arrangement:
    """Return ``places`` with the badge's room given to the words, whose first line it is here."""
    words, picture, top = places.words, places.picture, places.head[1]
    if places.over:
        return places
    if picture and picture.bottom <= words.y:
        raised = picture.y - top
        picture, top = picture._replace(y=top), words.y - raised
    return replace(
        places, words=Box(words.x, top, words.width, words.bottom - top), picture=picture
    )


def _room(card: ComposedCard, scheme: Scheme, places: Arrangement) -> Room:
    title, text = scheme.look.title, scheme.look.text
    if places.over:
        text = title
    elif card.ground:
        title = text = _ink_on(card.ground)
    align: Align = "center" if places.centred else "left"
    return Room(places.words.width, 0.0, title, text, align)


def _ink_on(ground: Colour) -> Colour:
    return max((WHITE, DARK.mark), key=lambda ink: contrast(ink, ground))


def _ordered(card: ComposedCard) -> list[Overlay]:
    """Return the texts as they are read: badge, title, what is told, where it is from."""

    def rank(overlay: Overlay) -> int:
        if overlay.role == LAST:
            return len(ORDER) + 1
        return ORDER.index(overlay.role) if overlay.role in ORDER else len(ORDER)

    return sorted(card.overlays, key=rank)


def _side(card: ComposedCard, scheme: Scheme, places: Arrangement) -> tuple[Item, ...]:
    if card.picture is None or places.picture is None:
        return ()
    light = scheme.is_light if card.ground is None else _ink_on(card.ground) != WHITE
    shown: Slot | Backdrop = Slot(card.picture, places.picture, light)
    if places.over:
        shown = Backdrop(card.picture, places.picture)
    return (shown, Pointing(shown, card.pointers)) if card.pointers else (shown,)


def _stacked(
    texts: list[Text], column: Box, scheme: Scheme, places: Arrangement
) -> tuple[Item, ...]:
    spare = max(0.0, column.height - height_of(texts))
    y = column.y + spare * places.gravity
    items: list[Item] = []
    if places.over and texts:
        veil = Box(column.x, y, column.width, height_of(texts)).grown(AIR, AIR * 0.8)
        look = scheme.look
        items.append(Panel.veil(veil, RADIUS, look, look.title))
    for text in texts:
        items += _text(text, (column, y + text.above), scheme, over=places.over)
        y += text.height + GAP
    return tuple(items)


def _text(text: Text, place: tuple[Box, float], scheme: Scheme, *, over: bool) -> list[Item]:
    (column, y), block = place, text.block
    inset = BADGE_X if text.overlay.role == "badge" else 0.0
    x = column.x + inset
    if block.style.align == "center":
        x = column.x + (column.width - block.width) / 2
    left = x + (block.width - block.longest) / 2 if block.style.align == "center" else x
    words = Words(block, Box(x, y, block.width, block.height), text.overlay.role)
    colour = text.overlay.colour or scheme.accent
    match text.overlay.role:
        case "badge":
            fill = 0.0 if over else PILL_ALPHA
            pill = Box(left, y, block.longest, block.height).grown(BADGE_X, BADGE_Y)
            return [Panel(pill, pill.height / 2, colour, fill, colour), words]
        case "heading":
            at = left + (block.longest - RULE[0]) / 2 if block.style.align == "center" else left
            rule = Box(at, y + block.height + GAP * 0.35, *RULE)
            return [words, Panel(rule, RULE[1] / 2, colour)]
        case _:
            return [words]
