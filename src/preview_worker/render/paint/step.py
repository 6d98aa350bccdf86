"""One step: its badge, its words, and its picture or a quiet comb of tiles."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.contract import Finding
from preview_worker.render.look import Look, Scheme
from preview_worker.render.model import StepCard
from preview_worker.render.paint.badge import RADIUS, badge
from preview_worker.render.paint.page import (
    Box,
    Extent,
    Ground,
    Item,
    Move,
    Page,
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
from preview_worker.render.paint.theme import (
    MARGIN_X,
    MARGIN_Y,
    MIN_BODY,
    MIN_TITLE,
    NARROW,
)
from preview_worker.render.paint.tiles import comb

TITLE = Style(weight=700, leading=1.14, spacing=-0.015)
BODY = Style(leading=1.4)
HERO = Style(weight=600, leading=1.32)
GAP = 30
TITLE_SIZES, LONE_SIZES = (56, 88), (60, 112)
BODY_SIZES, HERO_SIZES = (MIN_BODY, 58), (MIN_BODY, 76)
PAGED_SIZE = 44


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the words and the picture of a step go."""

    words: Box
    picture: Box | None


def plan_step(card: StepCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place a step on one page, or on several when its words need them."""
    spread = Spread()
    places = _places(card, extent)
    head = badge(card.mark, card.of, scheme)
    title = _title(card, places.words, spread)
    bodies = _bodies(card, title, places.words, extent.most_pages, spread)
    side = _side(card, scheme, places)
    for text, body in bodies:
        words = _column(title, body, places.words, scheme.look)
        moves = (Move(0, len(side), card.motions),) if card.picture else ()
        items = (*side, *head, *words)
        spread.pages.append(Page(Ground.of(scheme), items, len(text) or 1, moves=moves))
    return spread


def _places(card: StepCard, extent: Extent) -> _Places:
    top, bottom = MARGIN_Y + 2 * RADIUS + GAP, extent.height - MARGIN_Y
    width = extent.width - 2 * MARGIN_X
    if card.picture is None:
        wide = width * 0.72 if extent.width >= NARROW else width
        return _Places(Box(MARGIN_X, top, wide, bottom - top), None)
    if extent.width >= NARROW:
        column = width * 0.5 - GAP
        picture = Box(extent.width - MARGIN_X - column, MARGIN_Y, column, bottom - MARGIN_Y)
        return _Places(Box(MARGIN_X, top, width - column - 2 * GAP, bottom - top), picture)
    half = (bottom - top) * 0.45
    words = Box(MARGIN_X, top + half + GAP, width, bottom - top - half - GAP)
    return _Places(words, Box(MARGIN_X, top, width, half))


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


def _column(title: Block | None, body: Block | None, box: Box, look: Look) -> tuple[Words, ...]:
    """Stack title and body in ``box``, a little above its middle."""
    blocks = [(role, block) for role, block in (("title", title), ("body", body)) if block]
    height = sum(block.height for _, block in blocks) + GAP * (len(blocks) - 1)
    y = box.y + max(0.0, (box.height - height) * 0.42)
    words = []
    for role, block in blocks:
        lone = role == "title" or title is None
        shown = balanced(inked(block, look.title if lone else look.text))
        words.append(Words(shown, Box(box.x, y, box.width, block.height), role))
        y += block.height + GAP
    return tuple(words)


def _side(card: StepCard, scheme: Scheme, places: _Places) -> tuple[Item, ...]:
    if card.picture and places.picture:
        slot = Slot(card.picture, places.picture, scheme.is_light)
        return (slot, Pointing(slot, card.pointers)) if card.pointers else (slot,)
    if places.words.width < NARROW * 0.75:
        return ()
    return comb(places.words.right + 410, 600, 152, scheme)
