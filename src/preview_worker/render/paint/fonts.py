"""The fonts that the package carries, and no others: pages look the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import skia

FOLDER = Path(__file__).parent.parent / "fonts"
TEXT_FILES = ("Inter-Regular.otf", "Inter-SemiBold.otf", "Inter-Bold.otf")
EMOJI_FILE = "NotoColorEmoji.ttf"
FAMILIES = ["Inter", "Noto Color Emoji"]
_DRAWN_BY_NOBODY = {"\n", " ", "\u00a0", "\u00ad", "\u200c", "\u200d", "\u2060", "\ufe0e", "\ufe0f"}


@dataclass(frozen=True, slots=True)
class Fonts:
    """The loaded fonts, shared by all pages of a process."""

    collection: skia.textlayout.FontCollection
    unicode: skia.Unicode
    faces: tuple[skia.Typeface, ...]

    def missing(self, text: str) -> str:
        """Return the characters of ``text`` that no font can draw, each once, in order."""
        found = dict.fromkeys(
            char
            for char in text
            if char not in _DRAWN_BY_NOBODY
            and not any(face.unicharToGlyph(ord(char)) for face in self.faces)
        )
        return "".join(found)


@cache
def load_fonts() -> Fonts:
    """Load the fonts once; the provider knows nothing of the system's fonts."""
    loader = skia.textlayout.TypefaceFontProvider.New_Custom_Empty()
    provider = skia.textlayout.TypefaceFontProvider()
    faces = []
    for name in (*TEXT_FILES, EMOJI_FILE):
        face = loader.makeFromFile(str(FOLDER / name))
        if face is None:
            message = f"the font {name} is missing from the package"
            raise RuntimeError(message)
        provider.registerTypeface(face)
        faces.append(face)
    collection = skia.textlayout.FontCollection()
    collection.setDefaultFontManager(provider)
    return Fonts(collection, skia.Unicodes.ICU.Make(), tuple(faces))
