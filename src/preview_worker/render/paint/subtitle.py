"""A caption in the picture: bold letters on a soft dark box, where no other text stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from preview_worker.render.model import Cue
from preview_worker.render.paint.page import Box, Page, Panel, Signs, Size, Tag, Words
from preview_worker.render.paint.text import Block, Style, balanced, typeset
from preview_worker.render.paint.theme import BLACK, WHITE

STYLE = Style(WHITE, 700, leading=1.28, align="center")
SIZE, LEAST_SIZE = 48, 40
MARGIN_SHARE = 0.08
"""What is left free below a caption, of the page's height; and above one that stands at the top."""
SIDE_SHARE = 0.05
PADDING_X, PADDING_Y = 26, 12
RADIUS, SOFTNESS, ALPHA = 14, 10, 0.6
STEP = 12
LEAST_MARGIN = 64
"""What layouts leave free at the bottom of what they are given."""
CLEARANCE = 16
"""How far a caption keeps away from the texts of the page."""


def subtitle(cue: Cue, extent: Size, avoided: Sequence[Box] = ()) -> tuple[Panel, Words]:
    """Return the box and the words of ``cue`` on a page of ``extent``.

    They stand at the bottom, or else as low as they can without covering any box of ``avoided``, or
    at the bottom all the same.
    """
    block = _set(cue, extent)
    place = place_of(block.height, extent, avoided)
    width = block.longest + 2 * PADDING_X
    box = Box((extent.width - width) / 2, place.y, width, place.height)
    words = Box((extent.width - block.width) / 2, box.y + PADDING_Y, block.width, block.height)
    return (
        Panel(box, RADIUS, BLACK, ALPHA, softness=SOFTNESS),
        Words(block, words, "subtitle"),
    )


def _set(cue: Cue, extent: Size) -> Block:
    """Set the lines of ``cue`` as they are; on a narrow page smaller, or in other lines."""
    room = extent.width * (1 - 2 * SIDE_SHARE) - 2 * PADDING_X
    text = "\n".join(cue.lines)
    for size in range(SIZE, LEAST_SIZE - 1, -2):
        block = typeset(text, STYLE, size, extent.width)
        if block.longest <= room:
            return block
    return balanced(typeset(" ".join(cue.lines), STYLE, LEAST_SIZE, room))


def place_of(height: float, extent: Size, avoided: Iterable[Box]) -> Box:
    """Return the stripe of the page where a caption of ``height`` stands."""
    tall = height + 2 * PADDING_Y
    margin = extent.height * MARGIN_SHARE
    bottom = Box(0, extent.height - margin - tall, extent.width, tall)
    taken = [box.grown(0, CLEARANCE) for box in avoided]
    lift = 0
    while bottom.y - lift >= margin:
        stripe = bottom._replace(y=bottom.y - lift)
        if not any(stripe.touches(box) for box in taken):
            return stripe
        lift += STEP
    return bottom


def band_height(cues: Sequence[Cue], extent: Size) -> float:
    """Return how much of the page's bottom its layout leaves to ``cues``, beside its own margin."""
    if not cues:
        return 0
    tall = max(_set(cue, extent).height for cue in cues) + 2 * PADDING_Y + 2 * CLEARANCE
    return max(0.0, extent.height * MARGIN_SHARE + tall - LEAST_MARGIN)


def texts_on(page: Page) -> Iterator[Box]:
    """Yield where the texts of ``page`` are."""
    for item in page.items:
        match item:
            case Words():
                yield _ink(item)
            case Signs():
                yield from (sign.pill for sign in item.signs if isinstance(sign, Tag))
            case _:
                pass


def _ink(words: Words) -> Box:
    """Return the part of the words' box that has letters in it."""
    block, box = words.block, words.box
    slack = max(0.0, block.width - block.longest)
    left = slack / 2 if block.style.align == "center" else 0
    return Box(box.x + left, box.y, block.longest, block.height)
