"""Taking a page apart, so that a frame of it costs little.

What stays as it is, is painted once: on the ground, or as a sprite of its own where it stands over
something that moves. What moves is made ready as sprites too, and as a lens where it grows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import skia

from preview_worker.render.motion import PROPERTIES, Motion
from preview_worker.render.paint import brush
from preview_worker.render.paint.composition import Composition, Part, Piece, Sprite
from preview_worker.render.paint.easel import Easel
from preview_worker.render.paint.lens import Lens, native_surface
from preview_worker.render.paint.page import Backdrop, Box, Item, Move, Page, Signs, Slot
from preview_worker.render.paint.reach import around
from preview_worker.render.paint.reach import reach as reach_of

Draw = Callable[[skia.Canvas], None]
"""Draws something in design units."""


def dissect(easel: Easel, page: Page, motions: tuple[Motion, ...]) -> Composition:
    """Take ``page`` apart; ``motions`` are those of all that is on it together."""
    bench = _Bench(easel, page, still=not motions)
    moves = {move.first: move for move in page.moves if move.motions}
    index = 0
    while index < len(page.items):
        move = moves.get(index)
        if move is None:
            bench.add(page.items[index])
            index += 1
        else:
            bench.add_moving(move)
            index = max(move.last, index + 1)
    bench.settle()
    return Composition(bench.ground(), tuple(bench.parts), motions, easel.scale)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A picture that grows: what is behind it, itself, what is before it, and where all that is."""

    behind: Draw
    lens: Lens
    before: list[Draw]
    reach: Box


@dataclass(slots=True)
class _Bench:
    """A page that is being taken apart, from its lowest item up. Boxes are in design units."""

    easel: Easel
    page: Page
    still: bool
    """Whether anything may be painted on the ground, since not all of the page moves."""
    parts: list[Part] = field(default_factory=list)
    _sunk: list[Draw] = field(default_factory=list)
    _waiting: list[tuple[Draw, Box]] = field(default_factory=list)
    """What stands still over the last part."""
    _taken: list[Box] = field(default_factory=list)
    """Where the parts, and what waits to be one, may be seen."""

    def add(self, item: Item) -> None:
        """Add an item that does not move; what points comes and goes all the same."""
        reach = reach_of(item, self.easel.size)
        if isinstance(item, Signs):
            self._add_part((item,), reach, ())
        else:
            self._add_still(partial(self.easel.draw, item=item), reach)

    def add_moving(self, move: Move) -> None:
        """Add items that move as one thing."""
        items = self.page.items[move.first : move.last]
        grows = any("view" in PROPERTIES[motion.kind] for motion in move.motions)
        if grows and _stays(move.motions) and isinstance(items[0], Slot | Backdrop):
            opened = self._opened(items[0], move.motions)
            self._add_still(opened.behind, reach_of(items[0], self.easel.size))
            signs = (item for item in items[1:] if isinstance(item, Signs))
            edge = self._sprites(opened.before, opened.reach)
            self._add_part((opened.lens, *edge, *signs), opened.reach, move.motions)
            return
        reach = around([reach_of(item, self.easel.size) for item in items])
        pieces: list[Piece] = []
        painted: list[Draw] = []
        for item in items:
            if isinstance(item, Signs):
                pieces += [*self._sprites(painted, reach), item]
            elif grows and isinstance(item, Slot | Backdrop):
                opened = self._opened(item, move.motions)
                pieces += [*self._sprites([*painted, opened.behind], reach), opened.lens]
                painted = opened.before
            else:
                painted.append(partial(self.easel.draw, item=item))
        pieces += self._sprites(painted, reach)
        self._add_part(tuple(pieces), reach, move.motions, Box(0, 0, *self.easel.size))

    def _opened(self, item: Slot | Backdrop, motions: tuple[Motion, ...]) -> _Opened:
        picture, easel = self.easel.pictures(item.picture), self.easel
        if isinstance(item, Backdrop):
            place = brush.fitted(picture, item.box, easel.scale)
            cover = partial(brush.draw_cover, picture=picture, size=easel.size)
            return _Opened(cover, Lens.of(picture, self._pixels(place), 0.0, motions), [], place)
        stand = brush.stand_of(picture, item, easel.scale)
        place, radius = self._pixels(stand.place), stand.radius * easel.scale
        behind, edge = (
            partial(brush.draw_behind, stand=stand),
            partial(brush.draw_edge, stand=stand),
        )
        reach = stand.place.grown(brush.BORDER, brush.BORDER)
        return _Opened(behind, Lens.of(picture, place, radius, motions), [edge], reach)

    def _add_still(self, draw: Draw, reach: Box) -> None:
        if self.still and not any(reach.touches(other) for other in self._taken):
            self._sunk.append(draw)
            return
        self._waiting.append((draw, reach))
        self._taken.append(reach)

    def _add_part(
        self,
        pieces: tuple[Piece, ...],
        reach: Box,
        motions: tuple[Motion, ...],
        seen: Box | None = None,
    ) -> None:
        self.settle()
        self._taken.append(seen or reach)
        self.parts.append(Part(pieces, self._pixels(reach), motions))

    def settle(self) -> None:
        """Make one part of all that stands still over the last one."""
        if self._waiting:
            reach = around([reach for _, reach in self._waiting])
            pieces = self._sprites([draw for draw, _ in self._waiting], reach)
            self.parts.append(Part(tuple(pieces), self._pixels(reach)))
            self._waiting.clear()

    def ground(self) -> skia.Image:
        """Return the page's ground, and on it what no part touches."""
        profile = self.easel.profile
        surface = native_surface(profile.width_px, profile.height_px, opaque=True)
        pixels = self.easel.ground(self.page)
        given = skia.ImageInfo.Make(
            profile.width_px,
            profile.height_px,
            skia.ColorType.kRGBA_8888_ColorType,
            skia.AlphaType.kOpaque_AlphaType,
        )
        surface.writePixels(skia.Pixmap(given, pixels, profile.width_px * 4), 0, 0)
        canvas = surface.getCanvas()
        canvas.scale(self.easel.scale, self.easel.scale)
        for draw in self._sunk:
            draw(canvas)
        return surface.makeImageSnapshot()

    def _sprites(self, draws: list[Draw], reach: Box) -> list[Piece]:
        """Return one sprite of all ``draws``, or none, and empty them."""
        if not draws:
            return []
        box = self._pixels(reach)
        left, top = math.floor(box.x), math.floor(box.y)
        width, height = math.ceil(box.right) - left, math.ceil(box.bottom) - top
        surface = native_surface(width, height)
        canvas = surface.getCanvas()
        canvas.translate(-left, -top)
        canvas.scale(self.easel.scale, self.easel.scale)
        for draw in draws:
            draw(canvas)
        draws.clear()
        return [Sprite(surface.makeImageSnapshot(), left, top)]

    def _pixels(self, box: Box) -> Box:
        return Box(*(side * self.easel.scale for side in box))


def _stays(motions: tuple[Motion, ...]) -> bool:
    """Tell whether a thing with ``motions`` stays in its frame, and its frame in its place."""
    return all(PROPERTIES[one.kind] == ("view",) and min(one.scale) >= 1 for one in motions)
