"""The fonts that the package carries, and no others: pages look the same on every machine."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import skia

from preview_worker.contract import graphemes
from preview_worker.render.language import is_east_asian

FOLDER = Path(__file__).parent.parent / "fonts"
_EAST_ASIAN = "Noto Sans CJK JP"
_CIRCLED, _SUITS = "Noto Sans Symbols", "Noto Sans Symbols2"
_EMOJI = "Noto Color Emoji"
_OTHERS = (
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Armenian",
    "Noto Sans Georgian",
    "Noto Sans Thai",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
)
_SYMBOLS = ("Noto Sans Math", _SUITS, _CIRCLED)
FAMILIES = ("Inter", *_OTHERS, _EAST_ASIAN, *_SYMBOLS, _EMOJI)
"""In the order in which they are asked for a character; emoji are letters' last resort."""
_EMOJI_FILE = "NotoColorEmoji.ttf"
LATIN = ("Inter", _EMOJI)
"""The same for text that needs no more, which is most and is set faster with fewer."""
_SPECIAL = re.compile("[\ufe0f\u20e3\u200d\U0001f3fb-\U0001f3ff\u2460-\u2473\u2660-\u2667]")
_JOINED = re.compile("[\ufe0f\u20e3\u200d\U0001f3fb-\U0001f3ff]")
_SETS = {
    **dict.fromkeys(map(chr, range(0x2460, 0x2474)), _CIRCLED),
    **dict.fromkeys(map(chr, range(0x2660, 0x2668)), _SUITS),
}
"""Characters that belong together and that Inter has only some of, by the font that has all."""
_SELECTORS = range(0xFE00, 0xFE10)


def families(text: str) -> tuple[str, ...]:
    """Return the fonts for ``text``, by the order in which they are asked.

    East Asian text asks its own font first: quotes, dashes and dots are wide there. That font has
    no Latin letters, which stay the same in all languages.
    """
    return (_EAST_ASIAN, *FAMILIES) if is_east_asian(text) else FAMILIES


@dataclass(frozen=True, slots=True)
class Fonts:
    """The loaded fonts, shared by all pages of a process."""

    collection: skia.textlayout.FontCollection
    unicode: skia.Unicode
    faces: tuple[skia.Typeface, ...]
    emoji: skia.Typeface

    def missing(self, text: str) -> str:
        """Return the characters of ``text`` that no font can draw, each once, in order."""
        return "".join(char for char in dict.fromkeys(text) if not self._can_draw(char))

    def _can_draw(self, char: str) -> bool:
        if char in "\n " or unicodedata.category(char) == "Cf" or ord(char) in _SELECTORS:
            return True
        return any(face.unicharToGlyph(ord(char)) for face in self.faces)

    def stretches(self, text: str) -> list[tuple[str, str]]:
        """Split ``text`` where a font has to be asked before all others; ``""`` is none.

        That is the emoji font for what is joined to an emoji, though letters' fonts have the first
        of its characters, and one font for each set of symbols that should look alike.
        """
        if not _SPECIAL.search(text):
            return [(text, "")]
        pieces = groupby(graphemes(text), self._wanted)
        return [("".join(piece), family) for family, piece in pieces]

    def _wanted(self, cluster: str) -> str:
        if _JOINED.search(cluster) and self.emoji.unicharToGlyph(ord(cluster[0])):
            return _EMOJI
        return _SETS.get(cluster, "")


@cache
def load_fonts() -> Fonts:
    """Map the fonts once; the provider knows nothing of the system's fonts."""
    loader = skia.textlayout.TypefaceFontProvider.New_Custom_Empty()
    provider = skia.textlayout.TypefaceFontProvider()
    faces = {}
    for path in sorted(FOLDER.glob("*.[ot]tf")):
        faces[path.name] = face = loader.makeFromFile(str(path))
        if face is None:
            message = f"the font {path.name} cannot be read"
            raise RuntimeError(message)
        provider.registerTypeface(face)
    lacking = {*FAMILIES} - {face.getFamilyName() for face in faces.values()}
    if lacking:
        message = f"fonts are missing from the package: {', '.join(sorted(lacking))}"
        raise RuntimeError(message)
    collection = skia.textlayout.FontCollection()
    collection.setDefaultFontManager(provider)
    emoji = faces[_EMOJI_FILE]
    return Fonts(collection, skia.Unicodes.ICU.Make(), tuple(faces.values()), emoji)
