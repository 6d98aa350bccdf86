"""A scene whose producer placed everything: each text and picture in its own rectangle.

A text keeps to its rectangle as far as it can be read there: it is kept within the safe area, gives
way to a text that was there before it, and takes free room below or above when it needs more. What
is on changes with time, so the scene has a page for every change.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from preview_worker.contract import Finding
from preview_worker.render.look import Scheme
from preview_worker.render.model import Region, StagedCard, StagedPicture, StagedText
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
    typeset,
)
from preview_worker.render.paint.theme import MIN_BODY, MIN_TITLE
from preview_worker.render.paint.tiles import garland

SAFE = 0.05
"""Share of each side that texts keep clear of, as the storyboard contract has it."""
LEAST_ROOM = (240.0, 68.0)
"""Width and height that a text gets at least."""
PANEL_X, PANEL_Y = 36, 16
GAP = 24
EMPTY_ALPHA = 0.06
GARLAND_LEAST = 200
WHOLE_SHARE = 0.9
"""A picture over so much of the page has a blurred copy of itself around it."""
_TITLE = (Style(weight=700, leading=1.14, align="center", spacing=-0.018), (MIN_TITLE, 120))
_BODY = (Style(weight=500, leading=1.34, align="center"), (MIN_BODY, 64))
_SMALL = (Style(leading=1.3, align="center"), (MIN_BODY, 48))
_LOOKS = {
    "title": _TITLE,
    "heading": _TITLE,
    "cta": _TITLE,
    "transition": _TITLE,
    "brand": _SMALL,
    "caption": _SMALL,
    "reference": _SMALL,
}


@dataclass(frozen=True, slots=True)
class _Standing:
    """A text that was set where it stands."""

    text: StagedText
    block: Block
    box: Box

    @property
    def ink(self) -> Box:
        """Where the letters are, with a little air."""
        width = self.block.longest
        left = self.box.x + (self.box.width - width) / 2
        return Box(left, self.box.y, width, self.block.height).grown(PANEL_X, PANEL_Y)


@dataclass(frozen=True, slots=True)
class _Layer:
    """A text or picture with its items; without a ``level`` it is above all that have one."""

    thing: StagedText | StagedPicture
    items: tuple[Item, ...]
    level: int | None


def plan_staged(card: StagedCard, scheme: Scheme, extent: Extent) -> Spread:
    """Place everything once, and make a page of what is on from each change to the next."""
    spread = Spread()
    boxes = [_region_box(staged.region, extent) for staged in card.pictures]
    standing = _stand(card.texts, boxes, extent, spread)
    layers = [
        _Layer(staged, tuple(_picture(staged, box, scheme, extent)), staged.layer)
        for staged, box in zip(card.pictures, boxes, strict=True)
    ]
    layers += [
        _Layer(one.text, tuple(_words(one, boxes, scheme)), one.text.layer) for one in standing
    ]
    layers.sort(key=lambda layer: math.inf if layer.level is None else layer.level)
    behind = () if card.pictures else _garland([one.ink for one in standing], extent, scheme)
    ground = Ground.of(scheme)
    for start in _changes((*card.pictures, *card.texts)):
        items, moves = list(behind), []
        for layer in layers:
            if layer.items and _is_on(layer.thing, start):
                if isinstance(layer.thing, StagedPicture):
                    last = len(items) + len(layer.items)
                    moves.append(Move(len(items), last, layer.thing.motions))
                items += layer.items
        spread.pages.append(Page(ground, tuple(items), at=start, moves=tuple(moves)))
    return spread


def _changes(things: tuple[StagedText | StagedPicture, ...]) -> list[int]:
    """Return the frames at which what is on changes; the first is the scene's own."""
    frames = {0}
    for thing in things:
        frames.add(thing.start_frame)
        if thing.end_frame is not None:
            frames.add(thing.end_frame)
    return sorted(frames)


def _is_on(thing: StagedText | StagedPicture, frame: int) -> bool:
    return thing.start_frame <= frame and (thing.end_frame is None or frame < thing.end_frame)


def _meet_in_time(one: StagedText, other: StagedText) -> bool:
    later = max(one.start_frame, other.start_frame)
    return _is_on(one, later) and _is_on(other, later)


def _region_box(region: Region, extent: Extent) -> Box:
    left, top = region.x * extent.width, region.y * extent.height
    right = left + region.width * extent.width
    bottom = top + region.height * extent.height
    left, right = sorted((min(max(left, 0), extent.width), min(max(right, 0), extent.width)))
    top, bottom = sorted((min(max(top, 0), extent.height), min(max(bottom, 0), extent.height)))
    return Box(left, top, right - left, bottom - top)


def _safe(extent: Extent) -> Box:
    x, y = extent.width * SAFE, extent.height * SAFE
    return Box(x, y, extent.width - 2 * x, extent.height - 2 * y)


def _text_box(region: Region, extent: Extent) -> Box:
    """Return the text's rectangle within the safe area, grown to hold at least a line."""
    box, safe = _region_box(region, extent), _safe(extent)
    width = min(max(box.width, LEAST_ROOM[0]), safe.width)
    height = min(max(box.height, LEAST_ROOM[1]), safe.height)
    x = box.x + (box.width - width) / 2
    y = box.y + (box.height - height) / 2
    x = min(max(x, safe.x), safe.right - width)
    y = min(max(y, safe.y), safe.bottom - height)
    return Box(x, y, width, height)


def _stand(
    texts: tuple[StagedText, ...], pictures: list[Box], extent: Extent, spread: Spread
) -> list[_Standing]:
    standing: list[_Standing] = []
    for text in texts:
        taken = [one.ink for one in standing if _meet_in_time(one.text, text)]
        to_come = [
            _text_box(other.region, extent)
            for other in texts[texts.index(text) + 1 :]
            if _meet_in_time(text, other)
        ]
        found = _placed(text, taken, [*to_come, *pictures], extent)
        if found is None:
            told = f"The {text.role} text has no room beside the other texts and is left out."
            spread.findings.append(Finding("text.left_out", told))
            continue
        if len(found.block.text) < len(text.text):
            told = f"The {text.role} text does not fit where it is placed; it was cut."
            spread.findings.append(Finding("text.cut", told))
        standing.append(found)
    return standing


def _placed(
    text: StagedText, taken: list[Box], avoided: list[Box], extent: Extent
) -> _Standing | None:
    """Set ``text`` in its rectangle; never over ``taken``, and off ``avoided`` where it can be."""
    own = _text_box(text.region, extent)
    tight = _clear(own, [*taken, *avoided])
    if tight and (found := _set(text, tight)):
        return found
    free = _clear(own, taken) or _clear(
        Box(own.x, extent.height * SAFE, own.width, extent.height * (1 - 2 * SAFE)), taken
    )
    if free is None:
        return None
    if found := _set(text, free):
        return found
    wider = _stretched(free, [*taken, *avoided], extent)
    if found := _set(text, wider):
        return found
    style, (low, _) = _LOOKS.get(text.role, _BODY)
    kept = cut(text.text, style, low, (wider.width - 2 * PANEL_X, wider.height))
    block = typeset(kept, style, low, wider.width - 2 * PANEL_X)
    return _centred(text, block, wider)


def _set(text: StagedText, box: Box) -> _Standing | None:
    style, sizes = _LOOKS.get(text.role, _BODY)
    block = fit(text.text, style, box.width - 2 * PANEL_X, box.height, sizes)
    if len(block.text) < len(text.text) or not fits(block, box.height, whole_words=False):
        return None
    return _centred(text, balanced(block), box)


def _centred(text: StagedText, block: Block, box: Box) -> _Standing:
    x = box.x + (box.width - block.width) / 2
    y = box.y + max(0.0, (box.height - block.height) / 2)
    return _Standing(text, block, Box(x, y, block.width, block.height))


def _clear(box: Box, taken: list[Box]) -> Box | None:
    """Return the tallest strip of ``box`` that none of ``taken`` touches, if it holds a line."""
    strips = [(box.y, box.bottom)]
    for other in taken:
        if box.touches(other):
            strips = [
                strip
                for top, bottom in strips
                for strip in ((top, min(bottom, other.y)), (max(top, other.bottom), bottom))
            ]
    top, bottom = max(strips, key=lambda strip: strip[1] - strip[0])
    return Box(box.x, top, box.width, bottom - top) if bottom - top >= LEAST_ROOM[1] else None


def _stretched(box: Box, taken: list[Box], extent: Extent) -> Box:
    """Return ``box`` made taller, to where something else or the edge of the safe area is."""
    safe = _safe(extent)
    column = Box(box.x, 0, box.width, extent.height)
    near = [other for other in taken if column.touches(other) and not box.touches(other)]
    floor = min((other.y - GAP for other in near if other.y >= box.bottom), default=safe.bottom)
    roof = max((other.bottom + GAP for other in near if other.bottom <= box.y), default=safe.y)
    top, bottom = min(box.y, max(roof, safe.y)), max(box.bottom, min(floor, safe.bottom))
    return Box(box.x, top, box.width, bottom - top)


def _words(one: _Standing, pictures: list[Box], scheme: Scheme) -> list[Item]:
    items: list[Item] = []
    small = _LOOKS.get(one.text.role) is _SMALL
    ink = scheme.look.text if small else scheme.look.title
    if any(one.ink.touches(box) for box in pictures):
        items.append(Panel.veil(one.ink, 24, scheme.look, ink))
    block = inked(one.block, ink)
    return [*items, Words(block, one.box, one.text.role)]


def _picture(staged: StagedPicture, box: Box, scheme: Scheme, extent: Extent) -> list[Item]:
    if min(box.width, box.height) < 1:
        return []
    if staged.picture:
        whole = box.width * box.height >= WHOLE_SHARE * extent.width * extent.height
        whole_page = Backdrop(staged.picture, box)
        shown = whole_page if whole else Slot(staged.picture, box, scheme.is_light)
        return [shown, Pointing(shown, staged.pointers)] if staged.pointers else [shown]
    radius = min(28.0, box.width / 6, box.height / 6)
    items: list[Item] = [Panel(box, radius, scheme.look.title, EMPTY_ALPHA, scheme.accent)]
    style, (low, high) = _SMALL
    style = style.inked(scheme.look.text)
    block = fit(staged.name, style, box.width - 2 * PANEL_X, box.height - 2 * PANEL_Y, (low, high))
    if fits(block, box.height - 2 * PANEL_Y, whole_words=False):
        x = box.x + (box.width - block.width) / 2
        y = box.y + (box.height - block.height) / 2
        items.append(Words(block, Box(x, y, block.width, block.height), "placeholder"))
    return [*items, Pointing(box, staged.pointers)] if staged.pointers else items


def _garland(taken: list[Box], extent: Extent, scheme: Scheme) -> tuple[Item, ...]:
    """Return a row of tiles in the tallest band of the page that no text touches."""
    free = _clear(Box(0, 0, extent.width, extent.height), taken)
    if free is None or free.height < GARLAND_LEAST:
        return ()
    return garland(
        extent.width / 2, free.y + free.height / 2, free.height, extent.width, scheme.look
    )
