"""Colours: the dark theme's section palette, colour names on the wire, and contrast."""

from __future__ import annotations

import re
from typing import NamedTuple

from preview_worker.render.model import Colour


class Section(NamedTuple):
    """The ground of a section's scenes and the accent that stands out on it."""

    ground: Colour
    accent: Colour


def _hex(digits: str) -> Colour:
    value = int(digits, 16)
    return Colour(value >> 16, value >> 8 & 255, value & 255)


SECTIONS = {
    name: Section(_hex(ground), _hex(accent))
    for name, ground, accent in (
        ("hook", "0f172a", "38bdf8"),
        ("game_identity", "1e1b4b", "a78bfa"),
        ("objective", "162044", "60a5fa"),
        ("components", "1a2332", "34d399"),
        ("setup", "1c2333", "fbbf24"),
        ("turn_structure", "1e2a3a", "fb923c"),
        ("core_mechanic", "1a1f3a", "f472b6"),
        ("scoring", "1e293b", "a3e635"),
        ("edge_cases", "27272a", "fca5a5"),
        ("recap", "1e1b4b", "c4b5fd"),
        ("end_card", "0f172a", "38bdf8"),
        ("default", "1e293b", "94a3b8"),
    )
}
STEP_SECTIONS = (
    "objective",
    "components",
    "setup",
    "turn_structure",
    "core_mechanic",
    "scoring",
    "edge_cases",
)
WHITE = Colour(255, 255, 255)
COMPOSED_GROUND = _hex("1a1a2e")

_SRGB_KNEE = 0.04045
_NAMED = {
    "white": WHITE,
    "black": Colour(0, 0, 0),
    "red": Colour(255, 0, 0),
    "green": Colour(0, 128, 0),
    "lime": Colour(0, 255, 0),
    "blue": Colour(0, 0, 255),
    "navy": Colour(0, 0, 128),
    "yellow": Colour(255, 255, 0),
    "gold": Colour(255, 215, 0),
    "orange": Colour(255, 165, 0),
    "purple": Colour(128, 0, 128),
    "magenta": Colour(255, 0, 255),
    "pink": Colour(255, 192, 203),
    "cyan": Colour(0, 255, 255),
    "teal": Colour(0, 128, 128),
    "gray": Colour(128, 128, 128),
    "grey": Colour(128, 128, 128),
    "silver": Colour(192, 192, 192),
    "brown": Colour(165, 42, 42),
}
_DIGITS = re.compile(r"(?:#|0x)?([0-9a-f]{6})(?:[0-9a-f]{2})?", re.ASCII)
_SHORT = re.compile(r"#([0-9a-f]{3})[0-9a-f]?", re.ASCII)


def section_of(name: str) -> Section:
    """Return the colours of a section, the default ones for a name nobody knows."""
    return SECTIONS.get(name, SECTIONS["default"])


def read_colour(text: str) -> Colour | None:
    """Read ``#rgb``, ``#rrggbb``, ``0xrrggbb`` or a common name; an alpha (``@.5``) is dropped."""
    word = text.strip().lower().partition("@")[0]
    if word in _NAMED:
        return _NAMED[word]
    if found := _DIGITS.fullmatch(word):
        return _hex(found[1])
    if found := _SHORT.fullmatch(word):
        return _hex("".join(digit * 2 for digit in found[1]))
    return None


def luminance(colour: Colour) -> float:
    """Return the relative luminance of WCAG 2, 0 for black to 1 for white."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= _SRGB_KNEE else float(((share + 0.055) / 1.055) ** 2.4)

    return (
        0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
    )


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def blend(ground: Colour, over: Colour, share: float) -> Colour:
    """Mix ``share`` (0 to 1) of ``over`` into ``ground``."""
    return Colour(*(round(a + (b - a) * share) for a, b in zip(ground, over, strict=True)))


def readable(wanted: Colour, ground: Colour, ratio: float) -> Colour:
    """Lighten ``wanted`` towards white, and no further than needed to reach ``ratio``."""
    for tenth in range(11):
        colour = blend(wanted, WHITE, tenth / 10)
        if contrast(colour, ground) >= ratio:
            return colour
    return WHITE
