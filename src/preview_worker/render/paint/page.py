"""A page as it will be painted: what stands where, in design units, decided before any pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from preview_worker.contract import Finding
from preview_worker.render.colour import contrast, far_from
from preview_worker.render.look import TEXT_RATIO, Look, Scheme
from preview_worker.render.model import Colour, PictureRef
from preview_worker.render.motion import Motion
from preview_worker.render.paint.text import Block
from preview_worker.render.paint.theme import MARGIN_X, MARGIN_Y, NARROW
from preview_worker.render.pointer import Appearance, Pointer

SAFE = 0.055
"""Share of the height that stays free above and below, a little more than the safe area."""
NARROW_MARGIN = 0.7
"""Share of the usual side margins that a narrow page has."""


class Box(NamedTuple):
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.y + self.height

    def grown(self, by_x: float, by_y: float) -> Box:
        """Return the box with a border added on every side."""
        return Box(self.x - by_x, self.y - by_y, self.width + 2 * by_x, self.height + 2 * by_y)

    def touches(self, other: Box) -> bool:
        """Tell whether both have any of the page in common."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What covers the whole page first: one colour, or a slope from it to a deeper one."""

    colour: Colour
    deep: Colour | None = None
    """Where the slope ends; without it the ground is flat."""
    accent: Colour | None = None
    """The colour of the glow on a slope."""
    glow: float = 0.0
    """The opacity of the glow in its middle."""

    @classmethod
    def of(cls, scheme: Scheme) -> Ground:
        """Return the ground of a scene with the colours of ``scheme``."""
        return cls(scheme.ground, scheme.deep, scheme.tile, scheme.look.glow)


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A picture over the whole page: blurred and darkened as cover, and in full within ``box``."""

    picture: PictureRef
    box: Box


@dataclass(frozen=True, slots=True)
class Slot:
    """A picture that is shown in full within ``box``, on a mount where it needs one."""

    picture: PictureRef
    box: Box
    light: bool = False
    """Whether it lies on a light ground, which wants another mount and a softer shadow."""
    border: Colour | None = None
    """The colour of a border that the producer asked for."""
    panelled: bool = False
    """Whether it lies on a panel already, and so needs neither mount nor shadow."""
    emblem: bool = False
    """Whether it is a sign such as a logo, which is meant to be small."""
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Panel:
    """A rounded rectangle."""

    box: Box
    radius: float
    colour: Colour
    alpha: float = 1.0
    outline: Colour | None = None
    reads: Colour | None = None
    """The ink of words on it; the panel is then as much more opaque as they need to be read."""
    softness: float = 0
    """How wide its edge fades, half of it outside."""

    @classmethod
    def veil(cls, box: Box, radius: float, look: Look, ink: Colour) -> Panel:
        """Return a panel between a picture and words in ``ink``, of the colour that suits both."""
        own = contrast(ink, look.veil) >= TEXT_RATIO
        return cls(box, radius, look.veil if own else far_from(ink), look.cover, reads=ink)


@dataclass(frozen=True, slots=True)
class Hexagon:
    """A tile standing on its point; ``line`` is the width of an outline, 0 for a filled tile."""

    x: float
    y: float
    radius: float
    colour: Colour
    alpha: float = 1.0
    line: float = 0


@dataclass(frozen=True, slots=True)
class Check:
    """A check mark around a centre."""

    x: float
    y: float
    size: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Words:
    """A block of text with the box that it must stay in; it is painted at the box's corner."""

    block: Block
    box: Box
    role: str = "body"


@dataclass(frozen=True, slots=True)
class Pointing:
    """What points at things on a picture, or on what stands in a box for want of one."""

    on: Slot | Backdrop | Box
    pointers: tuple[Pointer, ...]


class Point(NamedTuple):
    """A point on the page."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tag:
    """A few words on a pill, with a line to the ``target`` that they speak of."""

    words: Words
    pill: Box
    target: Point
    colour: Colour
    on: Appearance


@dataclass(frozen=True, slots=True)
class Outline:
    """A rounded outline around something."""

    box: Box
    colour: Colour
    on: Appearance


@dataclass(frozen=True, slots=True)
class Dart:
    """An arrow."""

    tail: Point
    head: Point
    colour: Colour
    on: Appearance


Sign = Tag | Outline | Dart


@dataclass(frozen=True, slots=True)
class Signs:
    """What points at things within ``place``, settled; it follows a picture that grows there."""

    place: Box
    signs: tuple[Sign, ...]


Mark = Panel | Hexagon | Check | Words
"""An item that needs no picture."""
Item = Backdrop | Slot | Mark | Pointing | Signs


@dataclass(frozen=True, slots=True)
class Move:
    """Items of a page that move as one thing: ``first`` up to but not including ``last``."""

    first: int
    last: int
    motions: tuple[Motion, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One still of a scene. ``weight`` says how much of the scene's time it needs."""

    ground: Ground
    items: tuple[Item, ...]
    weight: int = 1
    at: int | None = None
    """The frame of the scene that it starts on, where the producer said so."""
    moves: tuple[Move, ...] = ()
    """What moves, in the order of the items, none of them in two."""


@dataclass(slots=True)
class Spread:
    """The pages of one scene, and what a person should know of them."""

    pages: list[Page] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Size(NamedTuple):
    """The sides of something in design units."""

    width: float
    height: float

    @property
    def shape(self) -> float:
        """The width by the height."""
        return self.width / self.height


def unseen(_ref: PictureRef) -> Size:
    """Say that a picture is large and square, where nobody looked."""
    return Size(2160.0, 2160.0)


class Extent(NamedTuple):
    """The page in design units, and how many pages the scene has time for."""

    width: float
    height: float
    most_pages: int
    size: Callable[[PictureRef], Size] = unseen
    """Tells how large a picture can be drawn before its pixels show."""

    @property
    def is_narrow(self) -> bool:
        """Whether the page has no room for two columns."""
        return self.width < NARROW

    @property
    def inner(self) -> Box:
        """The page within its margins."""
        x = MARGIN_X * (NARROW_MARGIN if self.is_narrow else 1.0)
        y = max(MARGIN_Y, SAFE * self.height)
        return Box(x, y, self.width - 2 * x, self.height - 2 * y)
