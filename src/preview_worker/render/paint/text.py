"""Text set in lines and measured: fitted to its box, or cut into pages that fit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

import skia

from preview_worker.render.colour import BLACK, Colour
from preview_worker.render.paint.fonts import FAMILIES, load_fonts
from preview_worker.render.wording import clusters

Align = Literal["left", "center"]
_ALIGNS = {"left": skia.textlayout.TextAlign.kLeft, "center": skia.textlayout.TextAlign.kCenter}
_SENTENCE = re.compile(r"[.!?…][\"'”’»)]*\s+|\n")
_EVEN_ENOUGH = 8
_LONGEST_LOOK = 4096
"""Characters that are looked at for one page; no page holds as many."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set. ``leading`` is the line height as a multiple of the size."""

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
    """Text set to ``width``; ``longest`` is the width of its longest line."""

    text: str
    style: Style
    size: float
    width: float
    height: float
    longest: float
    paragraph: skia.textlayout.Paragraph


def typeset(text: str, style: Style, size: float, width: float) -> Block:
    """Set ``text`` in lines of at most ``width``."""
    paragraph = _paragraph(text, style, size)
    paragraph.layout(width)
    return Block(text, style, size, width, paragraph.Height, paragraph.LongestLine, paragraph)


def _paragraph(text: str, style: Style, size: float) -> skia.textlayout.Paragraph:
    fonts = load_fonts()
    look = skia.textlayout.TextStyle()
    look.setFontFamilies(FAMILIES)
    look.setFontSize(size)
    look.setFontStyle(skia.FontStyle(style.weight, 5, skia.FontStyle.kUpright_Slant))
    look.setColor(skia.ColorSetRGB(*style.colour))
    look.setHeight(style.leading)
    look.setHeightOverride(True)
    look.setHalfLeading(True)
    look.setLetterSpacing(style.spacing * size)
    whole = skia.textlayout.ParagraphStyle()
    whole.setTextStyle(look)
    whole.setTextAlign(_ALIGNS[style.align])
    builder = skia.textlayout.ParagraphBuilder.make(whole, fonts.collection, fonts.unicode)
    builder.pushStyle(look)
    builder.addText(text)
    return builder.Build()


def inked(block: Block, colour: Colour) -> Block:
    """Set the block again in another colour; do so before it is balanced."""
    return typeset(block.text, block.style.inked(colour), block.size, block.width)


def fits(block: Block, height: float, *, whole_words: bool) -> bool:
    """Tell whether ``block`` stays within its width and ``height``, its words perhaps unbroken."""
    if block.height > height or block.longest > block.width + 0.5:
        return False
    return not whole_words or bool(block.paragraph.MinIntrinsicWidth <= block.width)


def fit(text: str, style: Style, width: float, height: float, sizes: tuple[int, int]) -> Block:
    """Set ``text`` at the largest of ``sizes`` (smallest, largest) that fits.

    When none fits, the smallest is returned, with words broken where they must; the caller asks
    ``fits`` whether that is enough.
    """
    low, high = sizes
    text = text[: _LONGEST_LOOK * 2]
    while low < high:
        middle = (low + high + 1) // 2
        if fits(typeset(text, style, middle, width), height, whole_words=True):
            low = middle
        else:
            high = middle - 1
    return typeset(text, style, low, width)


def balanced(block: Block) -> Block:
    """Set the block again with lines of even length, in no more lines than before."""
    low, high = int(block.longest / 2), int(block.width)
    while high - low > _EVEN_ENOUGH:
        middle = (low + high) // 2
        trial = typeset(block.text, block.style, block.size, middle)
        if trial.height > block.height or not fits(trial, block.height, whole_words=True):
            low = middle
        else:
            high = middle
    narrow = typeset(block.text, block.style, block.size, high)
    if narrow.height > block.height or high >= int(block.width):
        return block
    kept = narrow.longest if block.style.align == "left" else high
    return replace(narrow, width=max(kept, narrow.longest))


def paginate(
    text: str, style: Style, size: float, box: tuple[float, float], most_pages: int
) -> tuple[list[str], bool]:
    """Cut ``text`` into pages that each fit ``box`` (width, height) at ``size``.

    At most ``most_pages`` come back; the second value tells whether text was lost to that, and then
    the last page ends with an ellipsis.
    """
    pages: list[str] = []
    while text and len(pages) < most_pages:
        head, text = _take(text, style, size, box)
        pages.append(head)
    if text:
        pages[-1] = _with_ellipsis(pages[-1], style, size, box)
    return pages, bool(text)


def cut(text: str, style: Style, size: float, box: tuple[float, float]) -> str:
    """Return as much of ``text`` as fits ``box``, ending with an ellipsis if anything was lost."""
    return paginate(text, style, size, box, 1)[0][0]


def _fitting(pieces: list[str], style: Style, size: float, box: tuple[float, float]) -> int:
    """Return how many leading ``pieces`` fit ``box``; at least one, so that paging moves on."""
    low, high = 1, len(pieces)
    while low < high:
        middle = (low + high + 1) // 2
        block = typeset("".join(pieces[:middle]).rstrip(), style, size, box[0])
        if fits(block, box[1], whole_words=False):
            low = middle
        else:
            high = middle - 1
    return low


def _take(text: str, style: Style, size: float, box: tuple[float, float]) -> tuple[str, str]:
    pieces = clusters(text[:_LONGEST_LOOK])
    count = _fitting(pieces, style, size, box)
    if count == len(pieces):
        return text[:_LONGEST_LOOK].strip(), text[_LONGEST_LOOK:].strip()
    head = "".join(pieces[:count])
    following = pieces[count]
    ends = [found.end() for found in _SENTENCE.finditer(head + following)]
    words = [found.end() for found in re.finditer(r"\s", head + following)]
    end = len(head)
    for stops, least in ((ends, 0.55), (words, 0.4)):
        if stops and stops[-1] >= least * len(head):
            end = stops[-1]
            break
    return text[:end].strip(), text[end:].strip()


def _with_ellipsis(text: str, style: Style, size: float, box: tuple[float, float]) -> str:
    pieces = clusters(text.rstrip(" .,;:…"))
    while pieces:
        trial = "".join(pieces).rstrip() + "…"
        if fits(typeset(trial, style, size, box[0]), box[1], whole_words=False):
            return trial
        pieces.pop()
    return "…"
