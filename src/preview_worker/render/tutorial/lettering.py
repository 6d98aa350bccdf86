"""What is written on a scene, told without pixels: each text with its role and its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preview_worker.render.model import (
    Card,
    Colour,
    ComposedCard,
    EndCard,
    Region,
    RowsCard,
    StagedCard,
    StepCard,
    TitleCard,
)

SAFE_MARGIN = 0.05
"""Share of each side that no text comes closer to the edge than."""
_LEFT, _WIDE, _HALF = SAFE_MARGIN, 1 - 2 * SAFE_MARGIN, 0.42
_BADGE = Region(_LEFT, 0.06, 0.4, 0.08)
_HEADING = Region(_LEFT, 0.16, _WIDE, 0.12)
_LEAD = Region(_LEFT, 0.3, _WIDE, 0.12)
_BODY_TOP, _BODY_BOTTOM = 0.3, 0.94
_POSITIONS = {
    "top": Region(0.08, 0.08, 0.84, 0.08),
    "upper": Region(0.08, 0.18, 0.84, 0.12),
    "center": Region(0.08, 0.4, 0.84, 0.24),
    "bottom": Region(0.08, 0.72, 0.84, 0.2),
    "brand-title": Region(0.08, 0.3, 0.84, 0.14),
    "brand-subtitle": Region(0.08, 0.6, 0.84, 0.12),
    "panel-heading": Region(0.08, 0.24, 0.36, 0.16),
    "panel-body": Region(0.08, 0.44, 0.36, 0.44),
    "reference-bottom": Region(0.08, 0.84, 0.84, 0.08),
}


@dataclass(frozen=True, slots=True)
class Lettering:
    """A text on a scene, from ``start_frame`` of it on; ``end_frame`` None is the scene's end.

    ``position`` is the name of its place in a render-config, ``region`` the place itself.
    """

    role: str
    text: str
    position: str
    region: Region
    start_frame: int = 0
    end_frame: int | None = None
    colour: Colour | None = None
    """What the producer wants it to be; None leaves it to the look."""


def letter(card: Card) -> tuple[Lettering, ...]:
    """Return every text on ``card`` in reading order."""
    return tuple(one for one in _lettered(card) if one.text)


def words_on(card: Card) -> str:
    """Return every word on ``card``, in reading order."""
    return " ".join(one.text for one in letter(card))


def _lettered(card: Card) -> Iterable[Lettering]:
    match card:
        case TitleCard():
            return (
                Lettering("title", card.title, "center", Region(0.1, 0.28, 0.8, 0.25)),
                Lettering("body", card.subtitle, "bottom", Region(0.1, 0.56, 0.8, 0.18)),
                Lettering("reference", card.facts, "reference-bottom", Region(0.1, 0.8, 0.8, 0.1)),
            )
        case EndCard():
            return (
                Lettering("title", card.message, "center", Region(0.1, 0.32, 0.8, 0.25)),
                Lettering("body", card.title, "bottom", Region(0.1, 0.6, 0.8, 0.15)),
            )
        case StepCard():
            width = _HALF if card.picture else _WIDE
            body = Region(_LEFT, _BODY_TOP, width, _BODY_BOTTOM - _BODY_TOP)
            return (*_head(card), Lettering("body", card.body, "center", body))
        case RowsCard():
            return (*_head(card), *_rows(card))
        case ComposedCard():
            return (
                Lettering(
                    one.role,
                    one.text,
                    one.position,
                    _POSITIONS.get(one.position, _POSITIONS["center"]),
                    colour=one.colour,
                )
                for one in card.overlays
            )
        case StagedCard():
            return _staged(card)


def _head(card: StepCard | RowsCard) -> tuple[Lettering, ...]:
    return (
        Lettering("badge", _counted(card), "top", _BADGE),
        Lettering("heading", card.title, "upper", _HEADING),
    )


def _counted(card: StepCard | RowsCard) -> str:
    """Return ``"2 of 5"``; a mark that is no number is a picture rather than a word."""
    return f"{card.mark} {card.of}".strip() if card.mark.isdecimal() else card.of


def _rows(card: RowsCard) -> Iterable[Lettering]:
    yield Lettering("body", card.lead, "center", _LEAD)
    top = _LEAD.y + _LEAD.height if card.lead else _BODY_TOP
    height = (_BODY_BOTTOM - top) / max(1, len(card.rows))
    for number, row in enumerate(card.rows):
        region = Region(_LEFT, top + number * height, _WIDE, height)
        yield Lettering("body", f"{row.mark} {row.text}".strip(), "center", region)


def _staged(card: StagedCard) -> Iterable[Lettering]:
    for one in card.texts:
        region = within_safe_area(one.region)
        place = "upper" if region.y + region.height / 2 < 1 / 3 else "center"
        place = "bottom" if region.y + region.height / 2 > 2 / 3 else place
        yield Lettering(one.role, one.text, place, region, one.start_frame, one.end_frame)


def within_safe_area(region: Region) -> Region:
    """Return the part of ``region`` inside the safe area, or all of that area for none."""
    left, top = max(region.x, SAFE_MARGIN), max(region.y, SAFE_MARGIN)
    right = min(region.x + region.width, 1 - SAFE_MARGIN)
    bottom = min(region.y + region.height, 1 - SAFE_MARGIN)
    if left >= right or top >= bottom:
        return Region(SAFE_MARGIN, SAFE_MARGIN, 1 - 2 * SAFE_MARGIN, 1 - 2 * SAFE_MARGIN)
    return Region(left, top, right - left, bottom - top)
