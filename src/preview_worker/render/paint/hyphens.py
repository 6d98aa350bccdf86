"""Words that are too long for their line, divided where their language divides words.

Only such words are touched. What is no word, an address or a row of the same letter, is left to
break anywhere, without a hyphen that would look as if it belonged to it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from itertools import accumulate

import pyphen

SOFT = "\u00ad"
"""Where an author allows a word to be divided; nothing is drawn for it elsewhere."""
HYPHEN = "\u2010\u200b"
"""A hyphen that is drawn, and the place to break behind it."""
LEAST_LETTERS = 3
"""Letters that stay together at both ends of a divided word."""
LONGEST_WORD = 80
_SPACED = re.compile("([ \n]+)")
_APART = re.compile("([/\u2010-\u2015-])")
"""Besides spaces, the places where a line may break by itself; no-break spaces are none."""
_WORD = re.compile("[^\\W\\d_](?:[^\\W\\d_]|[\u00ad'’](?=[^\\W\\d_]))+")
_NONSENSE = re.compile(r"(.)\1\1\1")
_ADDRESS = re.compile(r"://|www\.|@|\.\w+/")

Reaches = Callable[[str, str], bool]
"""Tells whether a piece of text fits on a line, behind what stands on it already."""


def can_divide(text: str, language: str) -> bool:
    """Tell whether we know where words of ``text`` may be divided."""
    return SOFT in text or _dictionary(language) is not None


def divide(text: str, language: str, reaches: Reaches) -> str:
    """Return ``text`` with a ``HYPHEN`` in those words that are too long for any line."""
    done, line = "", 0
    for token in _SPACED.split(text):
        for piece in (token,) if _ADDRESS.search(token) else _APART.split(token):
            bare = piece.replace(SOFT, "")
            if piece and not reaches("", bare):
                bare = _divided(done[line:], piece, language, reaches)
            done += bare
            if HYPHEN in bare or bare.endswith("\n"):
                line = len(done) - len(bare.rpartition(HYPHEN)[2].rpartition("\n")[2])
    return done


def _divided(line: str, piece: str, language: str, reaches: Reaches) -> str:
    """Return ``piece`` in as few parts as it takes, the first of them at the end of ``line``."""
    bare = piece.replace(SOFT, "")
    word = _WORD.search(piece)
    before = len(piece[: word.start()].replace(SOFT, "")) if word else 0
    points = [before + point for point in _points(word[0], language)] if word else []
    divided, start = "", 0
    while points and not reaches("", bare[start:]):
        count = _reached(line, bare[start:], [point - start for point in points], reaches)
        if not count and not line:
            break
        if count:
            divided += bare[start : points[count - 1]] + HYPHEN
            start = points[count - 1]
            points = points[count:]
        line = ""
    return divided + bare[start:]


def _reached(line: str, rest: str, points: list[int], reaches: Reaches) -> int:
    """Return at how many of ``points`` the beginning of ``rest`` still fits behind ``line``."""

    def too_far(point: int) -> bool:
        return not reaches(line, rest[:point] + HYPHEN)

    return bisect_left(points, x=True, key=too_far)


def _points(word: str, language: str) -> list[int]:
    """Return how many letters of ``word``, without its soft hyphens, may stand before a hyphen."""
    if SOFT in word:
        return list(accumulate(map(len, word.split(SOFT)[:-1])))
    dictionary = _dictionary(language)
    if dictionary is None or len(word) > LONGEST_WORD or _NONSENSE.search(word):
        return []
    return [int(point) for point in dictionary.positions(word) if point.data is None]


@cache
def _dictionary(language: str) -> pyphen.Pyphen | None:
    known = pyphen.language_fallback(language.replace("-", "_")) if language else None
    return pyphen.Pyphen(lang=known, left=LEAST_LETTERS, right=LEAST_LETTERS) if known else None
