"""Words as they may be shown and spoken: cleaned of what could break a page, counted, cut.

A payload's text is data from strangers. Control characters, bidirectional overrides and towers of
combining marks are taken out here, once, so that every later step can trust what it gets.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import cache, lru_cache
from itertools import compress

from preview_worker.contract import MAX_GRAPHEME_CODES, codes_in, marks, one_mark, one_of, tower_of
from preview_worker.render.french import space_french
from preview_worker.render.language import Tongues, primary

MAX_MARKS = 4
"""Combining marks kept on one character; living scripts need three."""
HEADLINE_CHARS = 60
LONG_WORD_CHARS = 12
"""A longer word takes the reader's time of several."""
WORDS_PER_MINUTE = Tongues(en=145, fr=135)
BREATH_S = Fraction(2, 5)
CAPTION_CHARS_PER_S = 16
"""Nothing is spoken faster than its captions can be read: 17 characters a second, and gaps."""
WIDE_LOAD = 2
"""A full-width character takes the reader's time of two: 8.5 a second, where Netflix allows 9."""

_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_KEPT = {"\n", "\u200c", "\u200d", "\u00ad", "\u2060"}
_TAGS = range(0xE0020, 0xE0080)
_SENTENCE_END = re.compile(r"(?<=[.!?…\u061f\u0964])\s|(?<=[\u3002\uff01\uff1f])")
"""Latin, Arabic and Indic marks before a space, East Asian ones anywhere."""
_SPOKEN_CUTS = (
    re.compile(r"^[ \t]*#{1,6}[ \t].*$", re.MULTILINE),
    re.compile(r"^[ \t]*(?:sources?|evidence)[ \t]*:.*$", re.MULTILINE | re.IGNORECASE),
    re.compile(
        r"\b(?:inline[ ]visual|visual|opening[ ]shot|on[ -]screen|source|evidence)[ ]?:"
        r"[^.!?\n]*[.!?]?",
        re.IGNORECASE,
    ),
    re.compile(r"\[[^\[\]]*\]"),
)
_MARKUP = re.compile(r"[*_`]+")
_LAST_TWO = 0xFFFE
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
"""Unicode keeps these, and the last two codes of every plane, for no character."""
_PLANES = range(17)
_ASTRAL = 0x10000
_WIDE = {"W", "F"}
_ASCII_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f]")
_JOINER = "\u200d"
_JOINERS = re.compile(f"{_JOINER}{{2,}}")
_LINK = f"[^{_JOINER}\\s][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]?{_JOINER}"
_CHAIN = re.compile(f"((?:{_LINK}){{7}})((?:{_LINK})+)")
"""Joiners close to each other, the first few as a group: a family needs three, and to shape a chain
of them takes more than the square of its length."""
_ASTRALS = re.compile("[\U00010000-\U0010ffff]")
_SPACES = re.compile(r"[^\S\n\u00a0\u202f]+")


@cache
def _hidden() -> re.Pattern[str]:
    """Return what finds the characters that are never painted."""
    last = (0x10000 * plane + code for plane in _PLANES for code in (_LAST_TWO, 0xFFFF))
    never = {*codes_in({"Cc", "Cf", "Cs"}), *_NONCHARACTERS, *last}
    return re.compile(f"{one_of(sorted(never - {*map(ord, _KEPT)} - {*_TAGS}))}+")


@cache
def _stacked() -> str:
    """Return a regular expression that finds one mark that stands above or below another."""
    return one_of(code for code in marks() if unicodedata.combining(chr(code)))


@cache
def _wide() -> re.Pattern[str]:
    widths = map(unicodedata.east_asian_width, map(chr, range(_ASTRAL)))
    return re.compile(one_of(compress(range(_ASTRAL), map(_WIDE.__contains__, widths))))


def _unchained(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2].replace(_JOINER, '')}"


def _legible(text: str) -> str:
    """Return ``text`` in NFC without what is never painted and without towers of marks."""
    if text.isascii():
        return _ASCII_CONTROLS.sub("", text)
    # To sort marks takes the square of their number: the tallest towers are cut before that.
    text = tower_of(one_mark(), MAX_GRAPHEME_CODES).sub(r"\1", text)
    text = _hidden().sub("", unicodedata.normalize("NFC", text))
    if _JOINER in text:
        text = _CHAIN.sub(_unchained, _JOINERS.sub(_JOINER, text))
    return tower_of(_stacked(), MAX_MARKS).sub(r"\1", text)


def clean(text: str, language: str = "en") -> str:
    """Return ``text`` fit to be painted: NFC, no controls, paragraphs kept as single line feeds."""
    if not text:
        return ""
    text = _legible(_LINE_ENDS.sub("\n", text).replace("\t", " "))
    lines = (line.strip() for line in _SPACES.sub(" ", text).split("\n"))
    text = "\n".join(filter(None, lines))
    return space_french(text, language) if primary(language) == "fr" else text


def one_line(text: str) -> str:
    """Return ``text`` on a single line."""
    return text.replace("\n", " ")


def speak(text: str, language: str) -> str:
    """Return what a narrator would say of ``text``: no headings, sources, directions or markup."""
    text = _LINE_ENDS.sub("\n", text)
    for cut in _SPOKEN_CUTS:
        text = cut.sub(" ", text)
    return one_line(clean(_MARKUP.sub("", text), language))


def shorten(text: str, limit: int) -> str:
    """Cut ``text`` to ``limit`` characters at a word, with an ellipsis if anything was lost."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    kept = head.rpartition(" ")[0] if " " in head[limit // 2 :] else head
    return kept.rstrip(" ,;:.-–") + "…"


def headline(text: str) -> str:
    """Return the first sentence of ``text``, short enough for a list of chapters."""
    line = text.partition("\n")[0]
    sentence = _SENTENCE_END.split(line, maxsplit=1)[0]
    return shorten(sentence.rstrip(".\u3002\u0964") or line, HEADLINE_CHARS)


def word_count(text: str) -> int:
    """Count words as a reader's time goes: a very long word counts as several."""
    return sum(-(-len(word) // LONG_WORD_CHARS) for word in text.split())


def reading_load(text: str) -> int:
    """Count what a reader has to read: characters without spaces, wide and astral ones twice.

    So it is never less than the UTF-16 units that a checker written in JavaScript counts.
    """
    letters = "".join(text.split())
    if letters.isascii():
        return len(letters)
    wide = len(_wide().findall(letters)) + len(_ASTRALS.findall(letters))
    return len(letters) + wide * (WIDE_LOAD - 1)


@lru_cache(maxsize=4096)
def is_wide(char: str) -> bool:
    """Tell whether ``char`` is as wide as it is high, as Chinese characters and emoji are."""
    return unicodedata.east_asian_width(char) in _WIDE


def reading_time(text: str, language: str) -> Fraction:
    """Return the seconds it takes to read ``text`` aloud, with a breath at its end.

    Long words, and languages that have no spaces between them, need the time of their characters.
    """
    spoken_s = Fraction(60 * word_count(text), WORDS_PER_MINUTE[language])
    return max(spoken_s, Fraction(reading_load(text), CAPTION_CHARS_PER_S)) + BREATH_S
