"""Colours, and how well one can be read on another."""

from __future__ import annotations

import re
from typing import NamedTuple


class Colour(NamedTuple):
    """An opaque sRGB colour, 0 to 255 a channel."""

    red: int
    green: int
    blue: int


def from_hex(digits: str) -> Colour:
    """Return the colour of six hexadecimal digits."""
    value = int(digits, 16)
    return Colour(value >> 16, value >> 8 & 255, value & 255)


WHITE = Colour(255, 255, 255)
BLACK = Colour(0, 0, 0)
_SRGB_KNEE = 0.04045
_NAMED = {
    "white": WHITE,
    "black": BLACK,
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
_STEPS = 20
"""A colour is made readable in twentieths of the way to white or black."""


def read_colour(text: str) -> Colour | None:
    """Read ``#rgb``, ``#rrggbb``, ``0xrrggbb`` or a common name; an alpha (``@.5``) is dropped."""
    word = text.strip().lower().partition("@")[0]
    if word in _NAMED:
        return _NAMED[word]
    if found := _DIGITS.fullmatch(word):
        return from_hex(found[1])
    if found := _SHORT.fullmatch(word):
        return from_hex("".join(digit * 2 for digit in found[1]))
    return None


LUMA = (0.2126, 0.7152, 0.0722)
"""What red, green and blue weigh in BT.709, and so in WCAG 2."""


def luminance(colour: Colour) -> float:
    """Return the relative luminance of WCAG 2, 0 for black to 1 for white."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= _SRGB_KNEE else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (weight * linear(one) for weight, one in zip(LUMA, colour, strict=True))
    return red + green + blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def blend(ground: Colour, over: Colour, share: float) -> Colour:
    """Mix ``share`` (0 to 1) of ``over`` into ``ground``."""
    return Colour(*(round(a + (b - a) * share) for a, b in zip(ground, over, strict=True)))


def far_from(ground: Colour) -> Colour:
    """Return white or black, whichever stands out more on ``ground``."""
    return max((WHITE, BLACK), key=lambda end: contrast(end, ground))


def readable(wanted: Colour, ground: Colour, ratio: float) -> Colour:
    """Lighten or darken ``wanted``, no further than needed to reach ``ratio`` on ``ground``."""
    end = far_from(ground)
    for step in range(_STEPS):
        colour = blend(wanted, end, step / _STEPS)
        if contrast(colour, ground) >= ratio:
            return colour
    return end
