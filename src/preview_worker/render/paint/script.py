"""How a text is written: its stretches and their fonts, its direction, its regional shapes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from preview_worker.render.language import runs_right_to_left, shaping_of
from preview_worker.render.paint.fonts import LATIN, families, load_fonts

_BEYOND_LATIN = re.compile("[^\n -\u052f\u2000-\u2060\u20a0-\u20bf]")
"""Anything but Latin, Greek and Cyrillic letters and their punctuation, which one font has."""
_WITHIN_WORD = re.compile("(?<=[\uac00-\ud7a3])(?=[\uac00-\ud7a3])")
_JOINER = "\u2060"
"""Keeps Korean words whole, whose syllables lines may break between, though readers mind it."""
_REMEMBERED = 64
"""Texts are set many times, at one size after the other, before the next one comes."""
_ISOLATED = "\u2067{}\u2069"
"""A line whose words and marks run from right to left; the binding has no other way to say so."""


@dataclass(frozen=True, slots=True)
class Script:
    """A text in ``stretches``, each with the families that are asked for it, in their order.

    ``longest`` is how many characters stand between two spaces at most.
    """

    stretches: tuple[tuple[str, tuple[str, ...]], ...]
    language: str
    longest: int
    right_to_left: bool = False


@lru_cache(maxsize=_REMEMBERED)
def script_of(text: str, language: str) -> Script:
    """Return how ``text`` is written on a page that speaks ``language``."""
    longest = max(map(len, text.split(" ")))
    if text.isascii() or not _BEYOND_LATIN.search(text):
        return Script(((text, LATIN),), language, longest)
    language = shaping_of(text, language)
    asked = families(text)
    right_to_left = runs_right_to_left(text, language)
    text = _WITHIN_WORD.sub(_JOINER, text)
    if right_to_left:
        text = "\n".join(map(_ISOLATED.format, text.split("\n")))
    stretches = tuple(
        (stretch, (family, *asked) if family else asked)
        for stretch, family in load_fonts().stretches(text)
    )
    return Script(stretches, language, longest, right_to_left)
