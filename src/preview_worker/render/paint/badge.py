"""The head of a card: a tile with a mark, and what the mark stands for beside it."""

from __future__ import annotations

from preview_worker.render.look import Scheme
from preview_worker.render.paint.page import Box, Hexagon, Item, Panel, Words
from preview_worker.render.paint.text import Style, fit, typeset
from preview_worker.render.paint.theme import MARGIN_X, MARGIN_Y, MIN_BODY

RADIUS = 54
SIZES = (24, 52)


CORNER = (float(MARGIN_X), float(MARGIN_Y))
PILL_X, PILL_Y = 26, 10


def badge(
    mark: str, of: str, scheme: Scheme, at: tuple[float, float] = CORNER, *, over: bool = False
) -> tuple[Item, ...]:
    """Place the head with its upper left corner ``at``, on a pill if it stands over a picture."""
    x, y = at[0], at[1] + RADIUS
    tile = mark_tile(mark, (x + RADIUS, y), RADIUS, scheme)
    ink = scheme.look.title if over else scheme.accent_text
    words = typeset(of, Style(ink, 600, leading=1.2), MIN_BODY, 600)
    beside = Box(x + 2 * RADIUS + 22, y - words.height / 2, words.longest + 2, words.height)
    if over and of:
        pill = beside.grown(PILL_X, PILL_Y)
        veil = Panel.veil(pill, pill.height / 2, scheme.look, ink)
        return (veil, *tile, Words(words, beside, "badge"))
    return (*tile, Words(words, beside, "badge"))


def mark_tile(
    mark: str, middle: tuple[float, float], radius: float, scheme: Scheme
) -> tuple[Item, ...]:
    """Return a tile in the section's colour with a short ``mark`` in its middle."""
    x, y = middle
    digits = Style(scheme.look.mark, 700, leading=1.0, align="center")
    width = radius * 1.5
    low, high = SIZES
    text = fit(mark, digits, width, radius * 1.1, (low, round(high * radius / RADIUS)))
    place = Box(x - width / 2, y - text.height / 2, width, text.height)
    return (Hexagon(x, y, radius, scheme.accent), Words(text, place, "badge"))
