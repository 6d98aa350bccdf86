"""Text fitted to its box by dividing long words and by its size, or cut into pages that fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from preview_worker.contract import graphemes
from preview_worker.render.colour import Colour
from preview_worker.render.paint.block import Align, Block, Style, set_text
from preview_worker.render.paint.hyphens import HYPHEN, can_divide, divide
from preview_worker.render.paint.tongue import tongue

__all__ = [
    "Align",
    "Block",
    "Style",
    "balanced",
    "cut",
    "fit",
    "fits",
    "inked",
    "paginate",
    "typeset",
]

_SENTENCE = re.compile(
    r"[.!?…\u061f\u0964][\"'”’»)]*\s+|[\u3002\uff01\uff1f][\u300d\u300f\uff09]*|\n"
)
"""Where a sentence ends: Latin, Arabic and Indic marks before a space, East Asian ones anywhere."""
_EVEN_ENOUGH = 8
HYPHENS_WORTH = 4 / 3
"""Words are divided if that lets them be so much larger, or if they do not fit in whole at all."""
_FIRST_LOOK = 256
_LONGEST_LOOK = 4096
"""Characters that are looked at for one page; no page holds as many."""


def typeset(text: str, style: Style, size: float, width: float) -> Block:
    """Set ``text`` in lines of at most ``width``, long words divided."""
    block = set_text(text, style, size, width)
    if block.least_width <= width or not can_divide(text, tongue()):
        return block

    def reaches(line: str, piece: str) -> bool:
        if set_text(piece, style, size, width).least_width > width:
            return False
        before = set_text(line, style, size, width).height if line else 0
        return not line or set_text(line + piece, style, size, width).height == before

    shown = divide(text, tongue(), reaches)
    return replace(set_text(shown, style, size, width), text=text)


def inked(block: Block, colour: Colour) -> Block:
    """Set the block again in another colour; do so before it is balanced."""
    return typeset(block.text, block.style.inked(colour), block.size, block.width)


def fits(block: Block, height: float, *, whole_words: bool) -> bool:
    """Tell whether ``block`` stays within its width and ``height``.

    With ``whole_words``, no word of it may be broken without a hyphen either.
    """
    if block.height > height or block.longest > block.width + 0.5:
        return False
    return not whole_words or block.least_width <= block.width


def fit(text: str, style: Style, width: float, height: float, sizes: tuple[int, int]) -> Block:
    """Set ``text`` at the largest of ``sizes`` (smallest, largest) that fits.

    Long words are divided where that makes much of a difference. When no size fits, the smallest is
    returned, with words broken where they must; the caller asks ``fits`` whether that is enough.
    """
    text = text[: _LONGEST_LOOK * 2]
    whole, held = _largest(partial(set_text, text, style, width=width), height, sizes)
    as_it_is = fits(whole, height, whole_words=True)
    if (as_it_is and not held) or not can_divide(text, tongue()):
        return whole
    divided, _ = _largest(partial(typeset, text, style, width=width), height, sizes)
    return whole if as_it_is and divided.size < whole.size * HYPHENS_WORTH else divided


def _largest(
    set_at: Callable[[int], Block], height: float, sizes: tuple[int, int]
) -> tuple[Block, bool]:
    """Return the largest block that fits, or the smallest; and whether a word holds it there."""
    low, high = sizes
    held = False
    while low < high:
        middle = (low + high + 1) // 2
        block = set_at(middle)
        if fits(block, height, whole_words=True):
            low = middle
        else:
            high = middle - 1
            held = block.least_width > block.width
    return set_at(low), held


def balanced(block: Block) -> Block:
    """Set the block again with lines of even length, in no more lines than before.

    Words that were divided stay so only at the ends of the lines that they were divided for.
    """
    if HYPHEN in block.shown:
        return block
    low, high = int(block.longest / 2), int(block.width)
    while high - low > _EVEN_ENOUGH:
        middle = (low + high) // 2
        trial = set_text(block.shown, block.style, block.size, middle)
        if trial.height > block.height or not fits(trial, block.height, whole_words=True):
            low = middle
        else:
            high = middle
    narrow = set_text(block.shown, block.style, block.size, high)
    if narrow.height > block.height or high >= int(block.width):
        return block
    kept = high if block.right_to_left or block.style.align == "center" else narrow.longest
    return replace(narrow, text=block.text, width=max(kept, narrow.longest))


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
    """Return how many leading ``pieces`` fit ``box``; at least one, so that paging moves on.

    Few pieces are tried first, and then twice as many each time: to set text that fills ten pages
    takes ten times as long as what fills one.
    """

    def reaches(count: int) -> bool:
        block = typeset("".join(pieces[:count]).rstrip(), style, size, box[0])
        return fits(block, box[1], whole_words=False)

    low, high = 1, min(_FIRST_LOOK, len(pieces))
    while high < len(pieces) and reaches(high):
        low, high = high, min(2 * high, len(pieces))
    while low < high:
        middle = (low + high + 1) // 2
        if reaches(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _take(text: str, style: Style, size: float, box: tuple[float, float]) -> tuple[str, str]:
    pieces = graphemes(text[:_LONGEST_LOOK])
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
    pieces = graphemes(text.rstrip(" .,;:…"))
    while pieces:
        trial = "".join(pieces).rstrip() + "…"
        if fits(typeset(trial, style, size, box[0]), box[1], whole_words=False):
            return trial
        pieces.pop()
    return "…"
