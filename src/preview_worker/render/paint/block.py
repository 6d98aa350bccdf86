"""A block of text: set in lines once, measured, and ready to be painted."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

import skia

from preview_worker.render.colour import BLACK, Colour
from preview_worker.render.paint.fonts import load_fonts
from preview_worker.render.paint.hyphens import SOFT
from preview_worker.render.paint.script import Script, script_of
from preview_worker.render.paint.tongue import tongue

Align = Literal["left", "center"]
_ALIGNS = {"left": skia.textlayout.TextAlign.kLeft, "center": skia.textlayout.TextAlign.kCenter}
_UNBROKEN, _BREAK = "[^ \n/\u200b\u2010-\u2015-]", "[/\u2010-\u2015-]"
_BREAKS_ANYWHERE = re.compile("[\u0e00-\u0eff\u2e80-\ua4cf\uf900-\uffef]")
"""Letters of scripts that put no spaces between words."""
_WIDEST_LETTER = 1.3
"""In ems: an emoji's."""
_MEASURED_AT, _ENDLESS = 100, 1e6


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set. ``leading`` is the line height as a multiple of the size.

    ``left`` is the side that lines start from, which is the right one where the script has it so.
    """

    colour: Colour = BLACK
    weight: int = 400
    leading: float = 1.36
    align: Align = "left"
    spacing: float = 0

    def inked(self, colour: Colour) -> Style:
        """Return the style in another colour."""
        return replace(self, colour=colour)


@dataclass(frozen=True, slots=True)
class Block:
    """Text set to ``width``; ``longest`` is the width of its longest line.

    ``shown`` is the text with the hyphens of words that were divided, and ``least_width`` the width
    of the longest piece that has no place to break.
    """

    text: str
    style: Style
    size: float
    width: float
    height: float
    longest: float
    paragraph: skia.textlayout.Paragraph
    shown: str
    least_width: float
    right_to_left: bool

    def start_x(self, left: float, right: float) -> float:
        """Return the x at which the block is painted between the sides of its box."""
        at_right = self.right_to_left and self.style.align == "left"
        return right - self.width if at_right else left


def set_text(text: str, style: Style, size: float, width: float) -> Block:
    """Set ``text`` in lines of at most ``width``, its words as they are."""
    shown = text.replace(SOFT, "")
    script = script_of(shown, tongue())
    paragraph = _paragraph(script, style, size)
    paragraph.layout(width)
    return Block(
        text,
        style,
        size,
        width,
        paragraph.Height,
        paragraph.LongestLine,
        paragraph,
        shown,
        _least_width(shown, script.longest, paragraph, (style, size, width)),
        script.right_to_left,
    )


def _least_width(
    text: str,
    longest: int,
    paragraph: skia.textlayout.Paragraph,
    setting: tuple[Style, float, float],
) -> float:
    """Return the width of the longest piece of ``text`` that has no place to break.

    Skia tells it, but is mistaken where a piece is longer than the line by a letter or less.
    """
    style, size, width = setting
    least = float(paragraph.MinIntrinsicWidth)
    letters = int(width / (_WIDEST_LETTER * size)) + 1
    if least > width or longest < letters:
        return least
    pieces = _piece_of(letters).findall(text)
    return max([least, *(_ems(piece, style, tongue()) * size for piece in pieces)])


@cache
def _piece_of(letters: int) -> re.Pattern[str]:
    """Return what finds pieces of so many letters or more that have no place to break."""
    return re.compile(f"{_UNBROKEN}{{{letters},}}{_BREAK}?")


@lru_cache(maxsize=512)
def _ems(piece: str, style: Style, language: str) -> float:
    """Return the width of ``piece`` on a line of its own, as a multiple of its size."""
    if _BREAKS_ANYWHERE.search(piece):
        return 0
    paragraph = _paragraph(script_of(piece, language), style, _MEASURED_AT)
    paragraph.layout(_ENDLESS)
    return float(paragraph.LongestLine) / _MEASURED_AT


def _paragraph(script: Script, style: Style, size: float) -> skia.textlayout.Paragraph:
    fonts = load_fonts()
    look = _look(script.language, style, size)
    whole = skia.textlayout.ParagraphStyle()
    at_right = script.right_to_left and style.align == "left"
    whole.setTextAlign(skia.textlayout.TextAlign.kRight if at_right else _ALIGNS[style.align])
    look.setFontFamilies(script.stretches[0][1])
    whole.setTextStyle(look)
    builder = skia.textlayout.ParagraphBuilder.make(whole, fonts.collection, fonts.unicode)
    for number, (stretch, asked) in enumerate(script.stretches):
        if number:
            look.setFontFamilies(asked)
        builder.pushStyle(look)
        builder.addText(stretch)
        builder.pop()
    return builder.Build()


def _look(language: str, style: Style, size: float) -> skia.textlayout.TextStyle:
    look = skia.textlayout.TextStyle()
    look.setLocale(language)
    look.setFontSize(size)
    look.setFontStyle(skia.FontStyle(style.weight, 5, skia.FontStyle.kUpright_Slant))
    look.setColor(skia.ColorSetRGB(*style.colour))
    look.setHeight(style.leading)
    look.setHeightOverride(True)
    look.setHalfLeading(True)
    look.setLetterSpacing(style.spacing * size)
    return look
