"""Texts on a page: large enough, within the page, apart from each other, and easy to read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import floor

from preview_worker.contract import Finding, PixelBox, Severity
from preview_worker.render.paint import Painter
from preview_worker.render.paint.ink import Legibility, ink_box
from preview_worker.render.paint.page import Box, Page, Signs, Tag, Words
from preview_worker.render.paint.theme import MIN_BODY, MIN_TITLE, SHORT_SIDE
from preview_worker.render.quality.places import pixel_box, reach, shared
from preview_worker.render.wording import one_line, shorten

LEAST_CONTRAST, POOR_CONTRAST = 7.0, 4.5
"""What a text should have, and below what it is an error: AAA and AA of WCAG 2."""
UNREADABLE_PX = 24
"""Below this size (at 1080 lines) no text is read from a sofa; upstream's rules say the same."""
SAFE_SHARE = 0.05
"""Share of each side that televisions may cut off."""
SLACK = 2.0
"""Design units that boxes of letters may be off: they are measured by advances, not by ink."""
TITLES = {"title", "heading", "cta"}
MARKS = {"badge"}
"""Roles of a few digits in a tile, which are a sign rather than a text to read."""


def judge_texts(page: Page, painter: Painter) -> Iterator[Finding]:
    """Tell which texts of one page are too small, in the wrong place, or over each other."""
    texts = [words for words in _texts(page) if words.block.text.strip()]
    whole = Box(0, 0, *(side / painter.scale for side in _sides(painter)))
    for words in texts:
        yield from _judge_size(words, painter.scale)
        yield from _judge_place(words, whole, painter.scale)
    for one, other in combinations(texts, 2):
        yield from _judge_overlap(one, other, painter.scale)


def judge_contrast(page: Page, painter: Painter) -> Iterator[Finding]:
    """Tell which texts of one page are hard to read on what is behind them."""
    for legibility in painter.legibility(page):
        yield from _judge_contrast(legibility, painter.scale)


def _texts(page: Page) -> Iterator[Words]:
    """Yield every text of the page, those of callouts too."""
    for item in page.items:
        if isinstance(item, Words):
            yield item
        elif isinstance(item, Signs):
            yield from (sign.words for sign in item.signs if isinstance(sign, Tag))


def _sides(painter: Painter) -> tuple[int, int]:
    return painter.profile.width_px, painter.profile.height_px


def _quoted(words: Words) -> str:
    return f"“{shorten(one_line(words.block.text), 40)}”"


def _place(words: Words, scale: float) -> PixelBox:
    return pixel_box(ink_box(words), scale)


def _judge_size(words: Words, scale: float) -> Iterator[Finding]:
    least = MIN_TITLE if words.role in TITLES else MIN_BODY
    if words.role in MARKS:
        least = UNREADABLE_PX
    size = float(words.block.size)
    if size >= least:
        return
    yield Finding(
        "text.small",
        f"The text {_quoted(words)} is {size:g} px high at {SHORT_SIDE}p.",
        severity="error" if size < UNREADABLE_PX else "warning",
        box=_place(words, scale),
        measured=size,
        limit=float(least),
        suggestion=f"Use fewer words, so that it can be set at {least} px.",
    )


def _judge_place(words: Words, whole: Box, scale: float) -> Iterator[Finding]:
    """Tell of letters that leave their box, the page, or the part of it that is always seen."""
    ink = ink_box(words)
    over = max(words.block.height - words.box.height, words.block.longest - words.box.width)
    if over > SLACK or reach(ink, whole) > SLACK:
        yield Finding(
            "text.overflow",
            f"The text {_quoted(words)} does not fit where it stands.",
            severity="error",
            box=_place(words, scale),
            measured=round(max(over, reach(ink, whole)) * scale, 1),
            limit=0.0,
            suggestion="Shorten it, or give it more room.",
        )
        return
    safe = whole.grown(-SAFE_SHARE * whole.width, -SAFE_SHARE * whole.height)
    if (out := reach(ink, safe)) > SLACK:
        yield Finding(
            "text.unsafe",
            f"The text {_quoted(words)} reaches into the outer 5 % of the picture.",
            box=_place(words, scale),
            measured=round(out * scale, 1),
            limit=0.0,
            suggestion="Move it inwards: televisions and players may cover the edge.",
        )


def _judge_overlap(one: Words, other: Words, scale: float) -> Iterator[Finding]:
    both = shared(ink_box(one), ink_box(other))
    if min(both.width, both.height) <= SLACK:
        return
    yield Finding(
        "text.overlap",
        f"The texts {_quoted(one)} and {_quoted(other)} stand over each other.",
        severity="error",
        box=pixel_box(both, scale),
        measured=round(both.height * scale, 1),
        limit=0.0,
        suggestion="Move one of them, or show them one after the other.",
    )


def _judge_contrast(legibility: Legibility, scale: float) -> Iterator[Finding]:
    words, ratio = legibility.words, legibility.ratio
    if ratio >= LEAST_CONTRAST or not words.block.text.strip():
        return
    severity: Severity = "error" if ratio < POOR_CONTRAST else "warning"
    yield Finding(
        "contrast.low",
        f"The text {_quoted(words)} has a contrast of {floor(10 * ratio) / 10} to 1 with what is "
        "behind it.",
        severity=severity,
        box=_place(words, scale),
        measured=round(ratio, 2),
        limit=LEAST_CONTRAST,
        suggestion="Choose a lighter or darker colour for the text, or another background.",
    )
