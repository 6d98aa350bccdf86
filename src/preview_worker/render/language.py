"""Languages and the scripts that they are written in, by their tags: ``fr-CA``, ``zh-Hant``.

A tag is what the producer gave (BCP 47). Where nobody said what a text is written in, its
characters tell as much as is needed to set it: which regional shapes its ideographs take, and which
side its lines start from.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TypeVar

Told = TypeVar("Told")

DEFAULT = "en"
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7a3]")
_HAN = re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_LETTERS_A_SYLLABLE = 3
_TRADITIONAL = {"hant", "tw", "hk", "mo"}
_EAST_ASIAN = {"zh", "ja", "ko"}
_RIGHT_TO_LEFT_LANGUAGES = {"ar", "ckb", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"}
_CANADIAN = {"fr", "fr-ca"}


class Tongues(dict[str, Told]):
    """What there is by language: ``fr-BE`` finds that of its dialect, then that of ``fr``.

    English stands in for languages that are missing.
    """

    def __missing__(self, tag: str) -> Told:
        """Return what comes nearest to ``tag``."""
        for near in (dialect(tag), primary(tag), DEFAULT):
            if near in self:
                return self[near]
        raise KeyError(tag)


def read_tag(value: str) -> str:
    """Return ``value`` as a tag such as ``fr-CA`` or ``zh-Hant``; nothing if it is none."""
    tag = value.strip().lower().replace("_", "-")
    if not _TAG.fullmatch(tag):
        return ""
    first, *others = tag.split("-")
    return "-".join((first, *(_cased(part) for part in others)))


def _cased(part: str) -> str:
    """Write a region in capitals and a script with one, as tags are written."""
    if len(part) == 2:  # noqa: PLR2004 -- regions have two letters
        return part.upper()
    return part.title() if len(part) == 4 else part  # noqa: PLR2004 -- and scripts four


def primary(tag: str) -> str:
    """Return the language of ``tag`` without region and script: ``fr`` of ``fr-CA``."""
    return tag.partition("-")[0].lower()


def dialect(tag: str) -> str:
    """Return ``tag`` by its typography: French is Canada's unless another region is named."""
    if primary(tag) != "fr":
        return tag
    return "fr-CA" if tag.lower() in _CANADIAN else "fr-FR"


def guess_language(text: str) -> str:
    """Return the language that the script of ``text`` speaks for; nothing where it tells none."""
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    if not (ideographs := "".join(_HAN.findall(text))):
        return ""
    return "zh-Hant" if _is_traditional(ideographs) else "zh-Hans"


def _is_traditional(ideographs: str) -> bool:
    """Tell whether the simplified standard lacks more of ``ideographs`` than Big5 does."""
    return _missing_from("gb2312", ideographs) > _missing_from("big5", ideographs)


def _missing_from(encoding: str, text: str) -> int:
    return len(text) - len(text.encode(encoding, "ignore").decode(encoding))


def shaping_of(text: str, language: str) -> str:
    """Return the tag by which ``text`` is given its glyphs.

    It is ``language`` unless that is not written in the script of ``text``. Chinese comes as
    ``zh-Hans`` or ``zh-Hant``, which is what fonts distinguish.
    """
    if primary(language) not in _EAST_ASIAN:
        return guess_language(text) or language
    if primary(language) != "zh":
        return language
    parts = set(language.lower().split("-"))
    return "zh-Hant" if parts & _TRADITIONAL else "zh-Hans"


def is_east_asian(text: str) -> bool:
    """Tell whether ``text`` is Chinese, Japanese or Korean, and does not just mention a name."""
    wide = sum(len(found.findall(text)) for found in (_HAN, _KANA, _HANGUL))
    return wide * _LETTERS_A_SYLLABLE > len(_LATIN.findall(text))


def runs_right_to_left(text: str, language: str) -> bool:
    """Tell whether lines of ``text`` begin at their right end.

    In a language that does so, one such letter is enough; else most of them have to be such. The
    first letter alone, which decides elsewhere, is often that of a game's Latin name.
    """
    if not _RIGHT_TO_LEFT.search(text):
        return False
    if primary(language) in _RIGHT_TO_LEFT_LANGUAGES:
        return True
    sides = [unicodedata.bidirectional(char) for char in text]
    return sides.count("R") + sides.count("AL") > sides.count("L")
