"""Spoken text as atoms: the pieces that a line may be broken between, and never within.

Most scripts put spaces between words. Chinese and Japanese may be broken after almost every
character and Thai, Lao, Burmese and Khmer put no spaces between words, so there an atom is what a
reader takes for one character, and the rules of line breaking (kinsoku) say where none may end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from preview_worker.contract import graphemes
from preview_worker.render.wording import is_wide, reading_load

LINE_CHARS = 42
WIDE_LINE_CHARS = 16
"""Full-width characters on a line, as Netflix' style guides have it for Chinese and Korean."""
NARROW, WIDE = 8, 21
"""Widths of characters, chosen so that 42 narrow ones are as wide as 16 wide ones."""
LINE_WIDTH = LINE_CHARS * NARROW

SENTENCE_COST, CLAUSE_COST, JOINT_COST = 0, 12, 28
WORD_COST, LEANING_COST, WITHIN_COST = 40, 52, 64
LEANING_CHARS = 3
"""A word this short, such as an article or a number, belongs to the one that follows."""

_SENTENCE_ENDS = tuple(".!?…\u3002\uff01\uff1f\uff61")
_CLAUSE_ENDS = tuple(",;:—–\u3001\uff0c\uff1b\uff1a")
"""The codes are those of the full-width marks, and of the half-width full stop of Japanese."""
_JOINING = frozenset(
    (
        *("and", "at", "because", "before", "but", "by", "for", "from", "if", "in", "into", "of"),
        *("on", "onto", "or", "than", "that", "then", "to", "until", "when", "while", "with"),
        *("without", "avec", "car", "dans", "de", "des", "dont", "du", "en", "et", "jusqu’à"),
        *("mais", "ou", "où", "par", "pendant", "pour", "puis", "quand", "que", "qui", "sans"),
        *("si", "sous", "sur", "vers", "à"),
    )
)
"""Prepositions and conjunctions: a phrase begins with them, so a line may."""
_QUOTES = "\"'”’»」』)\uff09"
_UNSPACED = (
    range(0x0E00, 0x0F00),  # Thai, Lao
    range(0x1000, 0x10A0),  # Burmese
    range(0x1780, 0x1800),  # Khmer
)
_HANGUL = (range(0x1100, 0x1200), range(0x3130, 0x3190), range(0xAC00, 0xD7B0))
_HIRAGANA = range(0x3041, 0x30A0)
_BEGINS_NO_LINE = frozenset("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶะาำๅๆฯ\"'%")
"""Small kana, Thai vowels that follow their consonant, and marks that close or count."""
_ENDS_NO_LINE = frozenset("เแโใไ\"'")
"""Thai vowels that are written before their consonant."""
_CLOSING = frozenset(("Pe", "Pf", "Po", "Pd", "Lm"))
_OPENING = frozenset(("Ps", "Pi"))
_ASTRAL = 0x10000


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of text that stays whole."""

    text: str
    spaced: bool
    """True when a space stands before it, unless it begins a line."""
    width: int
    load: int
    """How many characters it counts for a reader; spaces count nothing."""
    pause: int = SENTENCE_COST
    """What it costs to break after it; the last atom ends the text, which costs nothing."""


def atoms_of(text: str) -> tuple[Atom, ...]:
    """Return the atoms of ``text``; what cannot be seen is none."""
    found: list[Atom] = []
    for word in text.split(" "):
        spaced = True
        for piece in _pieces(word):
            if found:
                found[-1] = replace(found[-1], pause=_pause(found[-1].text, piece, spaced=spaced))
            found.append(Atom(piece, spaced, width_of(piece), reading_load(piece)))
            spaced = False
    return tuple(found)


def joined(atoms: Sequence[Atom]) -> str:
    """Return the text of ``atoms`` as it stands on a line of its own."""
    return "".join(f" {atom.text}" if atom.spaced else atom.text for atom in atoms).strip(" ")


def width_of(text: str) -> int:
    """Return the width of ``text`` on a line; see ``NARROW`` and ``WIDE``."""
    if text.isascii():
        return NARROW * len(text)
    return sum(map(_cluster_width, graphemes(text)))


def _cluster_width(cluster: str) -> int:
    units = len(cluster) + sum(ord(char) >= _ASTRAL for char in cluster)
    return max(NARROW * units, WIDE if any(map(is_wide, cluster)) else 0)


def _within(char: str, ranges: tuple[range, ...]) -> bool:
    return any(ord(char) in one for one in ranges)


def _is_unspaced(char: str) -> bool:
    """Tell whether ``char`` is written without spaces between words."""
    if _within(char, _UNSPACED):
        return True
    return is_wide(char) and not _within(char, _HANGUL)


def _pieces(word: str) -> Iterator[str]:
    """Cut a word where its script allows it, and where it is longer than a line."""
    if all(char.isspace() or unicodedata.category(char) == "Cf" for char in word):
        return
    if word.isascii() and len(word) <= LINE_CHARS:
        yield word
        return
    piece = ""
    for cluster in graphemes(word):
        if piece and (_may_break(piece, cluster) or width_of(piece + cluster) > LINE_WIDTH):
            yield piece
            piece = ""
        # A chain of joined emoji can be longer than any line.
        while _cluster_width(cluster) > LINE_WIDTH:
            yield cluster[:WIDE_LINE_CHARS]
            cluster = cluster[WIDE_LINE_CHARS:]  # noqa: PLW2901 -- what is left of it
        piece += cluster
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    last, first = before[-1], after[0]
    if not (_is_unspaced(before[0]) or _is_unspaced(last) or _is_unspaced(first)):
        return False
    if first in _BEGINS_NO_LINE or unicodedata.category(first) in _CLOSING:
        return False
    return last not in _ENDS_NO_LINE and unicodedata.category(last) not in _OPENING


def _pause(text: str, following: str, *, spaced: bool) -> int:
    """Return what it costs to break after ``text`` when ``following`` comes next."""
    bare = text.rstrip(_QUOTES) or text
    if bare.endswith(_SENTENCE_ENDS):
        return SENTENCE_COST
    if bare.endswith(_CLAUSE_ENDS):
        return CLAUSE_COST
    if not spaced:
        # A phrase of Japanese ends in hiragana, and the next one begins with something else.
        ended = ord(text[-1]) in _HIRAGANA and ord(following[0]) not in _HIRAGANA
        return WORD_COST if ended else WITHIN_COST
    if _within(text[-1], _UNSPACED):
        return CLAUSE_COST
    if len(text) <= LEANING_CHARS:
        return LEANING_COST
    return JOINT_COST if following.lower() in _JOINING else WORD_COST
