"""How a preview looks: the colours of its sections and inks, and what one scene takes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from preview_worker.render.colour import Colour, blend, luminance, readable

TEXT_RATIO = 7.0
"""Contrast that the colours which we choose have (WCAG AAA)."""
DEFAULT = "default"


class Section(NamedTuple):
    """The colours of a section's scenes."""

    ground: Colour
    accent: Colour
    """Stands out on the ground and carries digits in the look's ``mark`` ink."""
    tile: Colour
    """Fills shapes that nobody has to read."""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that a preview's colours come from."""

    theme: str
    sections: Mapping[str, Section] = field(repr=False)
    title: Colour
    """The ink of titles, and of a text that stands alone."""
    text: Colour
    """The ink of everything that is read at length."""
    mark: Colour
    """The ink of digits and signs on an accent."""
    depth: Colour
    """What grounds slope to."""
    slope: float
    """How far they do, 0 to 1."""
    glow: float
    """The opacity of the accent's glow on a ground."""
    haze: float
    """The share that tiles have of the opacity that they would have in the dark."""
    plain: Colour
    """The ground of a scene whose producer laid it out and named none."""
    veil: Colour
    """The colour of a panel between a picture and the words on it."""
    cover: float
    """The least opacity of such a panel; it has as much more as the words need."""

    def scheme(self, section: str) -> Scheme:
        """Return the colours of a section's scenes, the default ones for a name nobody knows."""
        return Scheme(self, *self.sections.get(section, self.sections[DEFAULT]))


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of one scene."""

    look: Look
    ground: Colour
    accent: Colour
    tile: Colour

    @property
    def is_light(self) -> bool:
        """Whether words are darker than what they stand on."""
        return luminance(self.look.title) < luminance(self.ground)

    @property
    def deep(self) -> Colour:
        """Where the ground's slope ends."""
        return blend(self.ground, self.look.depth, self.look.slope)

    @property
    def under(self) -> Colour:
        """The colour on the ground that is hardest to read on, its glow included."""
        places = (self.ground, self.deep)
        glowing = (*places, *(blend(place, self.tile, self.look.glow) for place in places))
        return (min if self.is_light else max)(glowing, key=luminance)

    @property
    def accent_text(self) -> Colour:
        """The accent as words have it: made readable on every part of the ground."""
        return readable(self.accent, self.under, TEXT_RATIO)

    def tint(self, share: float) -> Colour:
        """Return what a panel of the accent with an opacity of ``share`` looks like."""
        return blend(self.under, self.accent, share)
