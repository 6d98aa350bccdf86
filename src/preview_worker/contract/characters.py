"""Graphemes: what a reader takes for single characters, however many code points spell them.

Everything here takes time in proportion to the text, whatever the text is. Tables are built when
the first text needs them that is not plain ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import chain, compress

MAX_GRAPHEME_CODES = 64
"""Code points of one grapheme. The longest that people write, families with skin tones and stacks
of Tibetan letters, have fewer than twenty; what goes on after that begins another one."""
_ASSIGNED = (range(0x20000), range(0xE0000, 0xE0200))
"""Where marks and controls are: the first two planes, and the tags of the fourteenth."""
_LAST_NEAR = 0xFFFF
_MARKS = {"Mn", "Mc", "Me"}
_FLAG, _SKIN, _TAG = "\U0001f1e6-\U0001f1ff", "\U0001f3fb-\U0001f3ff", "\U000e0020-\U000e007f"


def one_of(codes: Iterable[int]) -> str:
    """Return a regular expression that finds one character of ``codes``, which rise.

    Those of the first plane are looked up in one table; the few beyond it are a list of ranges that
    is gone through only for characters beyond it.
    """
    near: list[list[int]] = []
    far: list[list[int]] = []
    for code in codes:
        spans = far if code > _LAST_NEAR else near
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    beyond = f"|(?![\x00-\uffff])[{_spelled(far)}]" if far else ""
    return f"(?:[{_spelled(near)}]{beyond})"


def _spelled(spans: list[list[int]]) -> str:
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in spans)


def codes_in(categories: Collection[str]) -> Iterator[int]:
    """Yield the code points, of those that Unicode has given a meaning, in some categories.

    It goes through a hundred thousand of them, for a worker's first text: nearly all of it in C.
    """
    kinds = map(unicodedata.category, map(chr, chain(*_ASSIGNED)))
    return compress(chain(*_ASSIGNED), map(categories.__contains__, kinds))


def marks() -> Iterator[int]:
    """Yield the code points of the combining marks."""
    return codes_in(_MARKS)


@cache
def one_mark() -> str:
    """Return a regular expression that finds one combining mark."""
    return one_of(marks())


@cache
def tower_of(mark: str, height: int) -> re.Pattern[str]:
    """Return what finds more than ``height`` of ``mark`` on each other, so many as a group.

    A run is looked at from its start only, so long runs take no longer than short ones.
    """
    return re.compile(f"(?<!{mark})({mark}{{{height}}}){mark}+")


@cache
def _grapheme() -> re.Pattern[str]:
    joined = f"{one_mark()}|[{_SKIN}{_TAG}]"
    first = f"[{_FLAG}]{{2}}|[^\u200d]|\u200d[^\u200d]?"
    return re.compile(f"(?:{first})(?:\u200d+[^\u200d]?|{joined})*+")


def graphemes(text: str) -> list[str]:
    """Split ``text`` into graphemes; joined again they are the text."""
    if text.isascii():
        return list(text)
    found = _grapheme().findall(text)
    if max(map(len, found), default=0) <= MAX_GRAPHEME_CODES:
        return found
    return [
        one[start : start + MAX_GRAPHEME_CODES]
        for one in found
        for start in range(0, len(one), MAX_GRAPHEME_CODES)
    ]
