"""Placing what points at things on a picture: within it, apart from each other, off its texts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from preview_worker.contract import Finding
from preview_worker.render.model import Colour
from preview_worker.render.motion import Motion, Spot
from preview_worker.render.paint.easel import Easel
from preview_worker.render.paint.page import (
    Box,
    Dart,
    Item,
    Outline,
    Page,
    Point,
    Pointing,
    Sign,
    Signs,
    Spread,
    Tag,
    Words,
)
from preview_worker.render.paint.signs import EDGE, INK
from preview_worker.render.paint.text import Block, Style, balanced, cut, fit, fits, typeset
from preview_worker.render.paint.theme import MIN_BODY, TEXT_RATIO
from preview_worker.render.palette import readable
from preview_worker.render.pointer import Appearance, Arrow, Callout, FocusBox

PAD_X, PAD_Y = 24.0, 8.0
AIR = 14.0
"""Between two tags, and between a tag and somebody else's target."""
REACHES = (64.0, 100.0, 150.0, 220.0, 320.0)
"""How far a tag may stand from its target, edge to point, nearest first."""
TURNS = 16
FIRST_TURN = -3
"""Tags stand to the upper right of their targets where they can, in sixteenths of a turn."""
GRID = 24.0
WIDTH_SHARE, HEIGHT_SHARE = 0.46, 0.4
"""The most of a picture that one tag may take."""
LABEL = Style(INK, 700, leading=1.18, align="center")
SIZES = (MIN_BODY, 46)


def settle(spread: Spread, easel: Easel) -> None:
    """Replace what points on the pages of ``spread`` by signs with places of their own."""
    for number, page in enumerate(spread.pages):
        if any(isinstance(item, Pointing) for item in page.items):
            told: list[Finding] = [] if number else spread.findings
            spread.pages[number] = _settled(page, easel, told)


def _settled(page: Page, easel: Easel, findings: list[Finding]) -> Page:
    texts = [item.box for item in page.items if isinstance(item, Words)]
    items: list[Item] = []
    for index, item in enumerate(page.items):
        if isinstance(item, Pointing):
            moves = (move for move in page.moves if move.first <= index < move.last)
            motions = [motion for move in moves for motion in move.motions]
            place = easel.place_of(item.on)
            room = _Room(place, _seen_throughout(place, motions), texts)
            items.append(room.signs(item))
            findings += room.findings
        else:
            items.append(item)
    return replace(page, items=tuple(items))


@dataclass(slots=True)
class _Room:
    """A picture, and what stands on it already. All is in design units."""

    place: Box
    window: Box
    """The part of the picture that is seen in every frame, however it grows."""
    texts: Sequence[Box]
    findings: list[Finding] = field(default_factory=list)
    _targets: list[Point] = field(default_factory=list)
    _pills: list[Box] = field(default_factory=list)
    _outlines: list[Box] = field(default_factory=list)

    @property
    def inner(self) -> Box:
        """Where tags may stand."""
        edge = min(EDGE, self.place.width * 0.05, self.place.height * 0.05)
        return self.place.grown(-edge, -edge)

    def signs(self, pointing: Pointing) -> Signs:
        """Give everything that points a place, in its order."""
        speaking = [one for one in pointing.pointers if not isinstance(one, FocusBox) and one.text]
        self._targets = [self._at(_target(one)) for one in speaking]
        boxes = (one for one in pointing.pointers if isinstance(one, FocusBox))
        self._outlines = [self._outlined(box) for box in boxes]
        found = [sign for pointer in pointing.pointers for sign in self._signs_of(pointer)]
        # Tags last, so that no line or outline runs over words.
        found.sort(key=lambda sign: isinstance(sign, Tag))
        return Signs(self.place, tuple(found))

    def _signs_of(self, pointer: Callout | FocusBox | Arrow) -> Iterator[Sign]:
        colour, on = pointer.colour, pointer.on
        if isinstance(pointer, FocusBox):
            yield Outline(self._outlined(pointer), colour, on)
            return
        if isinstance(pointer, Arrow):
            yield Dart(self._at(pointer.tail), self._at(pointer.head), colour, on)
        if pointer.text:
            yield from self._tag(pointer.text, self._at(_target(pointer)), pointer.colour, on)

    def _at(self, spot: Spot) -> Point:
        """Return where a spot of the picture is on the page, a little within the picture."""
        x, y = (min(max(share, 0.0), 1.0) for share in spot)
        inner = self.inner
        return Point(
            min(max(self.place.x + x * self.place.width, inner.x), inner.right),
            min(max(self.place.y + y * self.place.height, inner.y), inner.bottom),
        )

    def _outlined(self, box: FocusBox) -> Box:
        corner, opposite = (
            self._at(box.corner),
            self._at((box.corner[0] + box.sides[0], box.corner[1] + box.sides[1])),
        )
        return Box(*corner, opposite.x - corner.x, opposite.y - corner.y)

    def _tag(self, text: str, target: Point, colour: Colour, on: Appearance) -> Iterator[Tag]:
        block = self._set(text)
        pill = self._free_place(_pill_sides(block), target) if block else None
        if block is None or pill is None:
            told = f"The callout {text[:40]!r} has no room on its picture and is left out."
            self.findings.append(Finding("callouts.no_room", told))
            return
        if len(block.text) < len(text):
            told = f"The callout {text[:40]!r} is too long for its picture; it was cut."
            self.findings.append(Finding("text.cut", told))
        self._pills.append(pill)
        x = pill.x + (pill.width - block.width) / 2
        y = pill.y + (pill.height - block.height) / 2
        words = Words(block, Box(x, y, block.width, block.height), "callout")
        yield Tag(words, pill, target, readable(colour, INK, TEXT_RATIO), on)

    def _set(self, text: str) -> Block | None:
        """Set ``text`` in lines as even as they can be; None where not even a word has room."""
        width = self.inner.width * WIDTH_SHARE - 2 * PAD_X
        height = self.inner.height * HEIGHT_SHARE - 2 * PAD_Y
        if width < MIN_BODY or height < MIN_BODY * LABEL.leading:
            return None
        block = fit(text, LABEL, width, height, SIZES)
        if len(block.text) < len(text) or not fits(block, height, whole_words=False):
            block = typeset(cut(text, LABEL, MIN_BODY, (width, height)), LABEL, MIN_BODY, width)
        block = balanced(block)
        return typeset(block.text, LABEL, block.size, math.ceil(block.longest) + 1)

    def _free_place(self, sides: tuple[float, float], target: Point) -> Box | None:
        """Return the place nearest to ``target`` that is free.

        Best is one that is always seen, with a clear line to the target, off what is outlined.
        """
        near = [box for box in _around(target, sides) if self._is_free(box)]
        seen = [box for box in near if _holds(self.window, box)]
        if near and not seen:
            seen = [
                box
                for box in self._everywhere(target, sides)
                if _holds(self.window, box) and self._is_free(box)
            ]
        for places in (seen, near):
            clear = [box for box in places if self._has_clear_line(box, target)]
            apart = [box for box in clear if not self._is_outlined(box)]
            for chosen in (apart, clear, places):
                if chosen:
                    return chosen[0]
        return next((box for box in self._everywhere(target, sides) if self._is_free(box)), None)

    def _has_clear_line(self, box: Box, target: Point) -> bool:
        return not any(_crosses(target, _middle(box), pill) for pill in self._pills)

    def _is_outlined(self, box: Box) -> bool:
        return any(map(box.grown(AIR, AIR).touches, self._outlines))

    def _is_free(self, box: Box) -> bool:
        aired = box.grown(AIR, AIR)
        if not _holds(self.inner, box) or any(
            aired.touches(other) for other in (*self._pills, *self.texts)
        ):
            return False
        return not any(
            aired.x < target.x < aired.right and aired.y < target.y < aired.bottom
            for target in self._targets
        )

    def _everywhere(self, target: Point, sides: tuple[float, float]) -> list[Box]:
        """Return places all over the picture, the nearest to ``target`` first."""
        inner = self.inner
        across = int(max(0.0, inner.width - sides[0]) // GRID) + 1
        down = int(max(0.0, inner.height - sides[1]) // GRID) + 1
        boxes = [
            Box(inner.x + column * GRID, inner.y + row * GRID, *sides)
            for column, row in itertools.product(range(across), range(down))
        ]
        return sorted(boxes, key=lambda box: math.dist(_middle(box), target))


def _target(pointer: Callout | Arrow) -> Spot:
    return pointer.target if isinstance(pointer, Callout) else pointer.tail


def _pill_sides(block: Block) -> tuple[float, float]:
    height = block.height + 2 * PAD_Y
    return max(block.width + 2 * PAD_X, height), height


def _middle(box: Box) -> Point:
    return Point(box.x + box.width / 2, box.y + box.height / 2)


def _around(target: Point, sides: tuple[float, float]) -> Iterator[Box]:
    """Return places around ``target``: the near ones first, and first those to its upper right."""
    width, height = sides
    turns = sorted(range(TURNS), key=lambda turn: min(turn, TURNS - turn))
    for reach, turn in itertools.product(REACHES, turns):
        angle = math.tau * (FIRST_TURN + turn) / TURNS
        x, y = math.cos(angle), math.sin(angle)
        away = reach + abs(x) * width / 2 + abs(y) * height / 2
        yield Box(target.x + x * away - width / 2, target.y + y * away - height / 2, width, height)


def _crosses(start: Point, end: Point, box: Box) -> bool:
    """Tell whether the line from ``start`` to ``end`` runs over ``box``."""
    steps = max(2, int(math.dist(start, end) / (AIR / 2)))
    return any(
        box.x < start.x + (end.x - start.x) * step / steps < box.right
        and box.y < start.y + (end.y - start.y) * step / steps < box.bottom
        for step in range(steps + 1)
    )


def _holds(room: Box, box: Box) -> bool:
    return (
        box.x >= room.x
        and box.y >= room.y
        and box.right <= room.right
        and box.bottom <= room.bottom
    )


def _seen_throughout(place: Box, motions: Sequence[Motion]) -> Box:
    """Return the part of a picture in ``place`` that all ``motions`` leave within its frame."""
    left, top, right, bottom = 0.0, 0.0, 1.0, 1.0
    for motion in motions:
        zoom = max(1.0, *motion.scale)
        for x, y in (motion.anchor, motion.anchor_end or motion.anchor):
            left, top = max(left, x * (1 - 1 / zoom)), max(top, y * (1 - 1 / zoom))
            right = min(right, x + (1 - x) / zoom)
            bottom = min(bottom, y + (1 - y) / zoom)
    return Box(
        place.x + left * place.width + EDGE,
        place.y + top * place.height + EDGE,
        (right - left) * place.width - 2 * EDGE,
        (bottom - top) * place.height - 2 * EDGE,
    )
