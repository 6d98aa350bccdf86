"""One step: its badge, its words, and its picture or a quiet comb of tiles."""

from __future__ import annotations

from collections.abc import Sequence

from preview_worker.contract import Finding
from preview_worker.render.look import Scheme
from preview_worker.render.model import StepCard
from preview_worker.render.paint.arrangement import (
    COMPOSITIONS,
    Arrangement,
    arrange,
)
from preview_worker.render.paint.badge import badge
from preview_worker.render.paint.grid import hang
from preview_worker.render.paint.ink import ink_box
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
from preview_worker.render.paint.text import (
    Block,
    Style,
    balanced,
    cut,
    fit,
    fits,
    inked,
    paginate,
    typeset,
)
from preview_worker.render.paint.theme import MIN_BODY, MIN_TITLE
from preview_worker.render.paint.tiles import comb
from preview_worker.render.picture import Exhibit

TITLE = Style(weight=700, leading=1.14, spacing=-0.015)
BODY = Style(leading=1.4)
HERO = Style(weight=600, leading=1.32)
GAP = 30
TITLE_SIZES, LONE_SIZES = (56, 88), (60, 112)
BODY_SIZES, HERO_SIZES = (MIN_BODY, 58), (MIN_BODY, 76)
PAGED_SIZE = 44
KNOWN = {*COMPOSITIONS, "grid"}
MOST_HUNG = 9
VEIL_AIR, VEIL_RADIUS = 36, 28


def plan_step(card: StepCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place a step on one page, or on several when its words need them."""
    spread = Spread()
    exhibits = _exhibits(card, spread)
    sizes = [extent.size(one.picture) for one in exhibits if one.picture]
    places = arrange(_composition(card, spread), sizes, extent)
    head = badge(card.mark, card.of, scheme, places.head, over=places.over)
    title = _title(card, places.words, spread)
    bodies = _bodies(card, title, places.words, extent.most_pages, spread)
    side = _side(card, exhibits, scheme, (places, extent))
    for text, body in bodies:
        words = _column(title, body, places, scheme)
        moves = (Move(0, len(side), card.motions),) if card.picture and not exhibits[1:] else ()
        items = (*side, *head, *words)
        spread.pages.append(Page(Ground.of(scheme), items, len(text) or 1, moves=moves))
    return spread


def _exhibits(card: StepCard, spread: Spread) -> tuple[Exhibit, ...]:
    exhibits = card.gallery or ((Exhibit(card.picture),) if card.picture else ())
    if exhibits[MOST_HUNG:]:
        told = f"Only the first {MOST_HUNG} of {len(exhibits)} pictures are shown."
        spread.findings.append(Finding("pictures.first", told))
    return exhibits[:MOST_HUNG]


def _composition(card: StepCard, spread: Spread) -> str:
    if card.layout and card.layout not in KNOWN:
        told = f"There is no composition {card.layout!r}; the one that suits is used."
        suggestion = f"Ask for one of {', '.join(COMPOSITIONS)}."
        spread.findings.append(Finding("layout.unknown", told, suggestion=suggestion))
    return card.layout


def _title(card: StepCard, box: Box, spread: Spread) -> Block | None:
    if not card.title:
        return None
    share, sizes = (0.42, TITLE_SIZES) if card.body else (1.0, LONE_SIZES)
    room = (box.width, box.height * share)
    block = fit(card.title, TITLE, *room, (MIN_TITLE, sizes[1]))
    if block.height > room[1] or len(block.text) < len(card.title):
        spread.findings.append(Finding("text.cut", "The step's title is too long to be shown."))
        block = typeset(cut(card.title, TITLE, MIN_TITLE, room), TITLE, MIN_TITLE, box.width)
    return block


def _bodies(
    card: StepCard, title: Block | None, box: Box, most_pages: int, spread: Spread
) -> list[tuple[str, Block | None]]:
    if not card.body:
        return [("", None)]
    room = box.height - (title.height + GAP if title else 0)
    style = BODY if title else HERO
    sizes = BODY_SIZES if title else HERO_SIZES
    block = fit(card.body, style, box.width, room, sizes)
    if fits(block, room, whole_words=False) and len(block.text) == len(card.body):
        return [(card.body, block)]
    size = (box.width, room)
    texts, lost = paginate(card.body, BODY, PAGED_SIZE, size, most_pages)
    if lost:
        texts, lost = paginate(card.body, BODY, MIN_BODY, size, most_pages)
        block_size = MIN_BODY
    else:
        block_size = PAGED_SIZE
    if lost:
        told = "The step's text does not fit the time it is shown for, and was cut."
        spread.findings.append(Finding("text.cut", told))
    return [(text, typeset(text, BODY, block_size, box.width)) for text in texts]


def _column(
    title: Block | None, body: Block | None, places: Arrangement, scheme: Scheme
) -> tuple[Item, ...]:
    """Stack title and body in their box, on a veil where they stand on a picture."""
    box, look = places.words, scheme.look
    blocks = [(role, block) for role, block in (("title", title), ("body", body)) if block]
    height = sum(block.height for _, block in blocks) + GAP * (len(blocks) - 1)
    y = box.y + max(0.0, (box.height - height) * places.gravity)
    words: list[Item] = []
    for role, block in blocks:
        lone = role == "title" or title is None
        shown = balanced(inked(block, look.title if lone or places.over else look.text))
        x = box.x + ((box.width - shown.longest) / 2 if places.centred else 0)
        words.append(Words(shown, Box(x, y, box.width - (x - box.x), block.height), role))
        y += block.height + GAP
    if places.over and words:
        return (_veil([one for one in words if isinstance(one, Words)], scheme), *words)
    return tuple(words)


def _veil(words: list[Words], scheme: Scheme) -> Panel:
    """Return a panel behind ``words``, as opaque as they will need it to be."""
    boxes = [ink_box(one) for one in words]
    x, y = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    box = Box(x, y, right - x, bottom - y).grown(VEIL_AIR, VEIL_AIR * 0.8)
    return Panel.veil(box, VEIL_RADIUS, scheme.look, scheme.look.title)


def _side(
    card: StepCard,
    exhibits: Sequence[Exhibit],
    scheme: Scheme,
    around: tuple[Arrangement, Extent],
) -> tuple[Item, ...]:
    places, extent = around
    if places.picture is None:
        if extent.is_narrow:
            return ()
        return comb(places.words.right + 410, 600, 152, scheme)
    if exhibits[1:]:
        return hang(exhibits, places.picture, scheme, extent)
    first = exhibits[0].picture
    if first is None:
        return ()
    shown: Slot | Backdrop = Slot(first, places.picture, scheme.is_light, card.border)
    if places.over:
        shown = Backdrop(first, places.picture)
    return (shown, Pointing(shown, card.pointers)) if card.pointers else (shown,)
