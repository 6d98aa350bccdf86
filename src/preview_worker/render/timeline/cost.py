"""What a preview would cost, judged before anything is painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.model import (
    Card,
    ComposedCard,
    EndCard,
    RowsCard,
    StagedCard,
    StepCard,
    TitleCard,
)
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline.drafts import Draft

MOST_TOLD_S = 10**9
"""Frames by a rate near zero are more seconds than a float can say."""
VALUE_CHARS = 12
"""What a value weighs beside its characters."""


def check_scene_count(count: int, settings: RenderSettings) -> None:
    """Refuse more scenes than we render, before any of them is looked at."""
    if count > settings.max_scenes:
        message = (
            f"The preview has {count} scenes; at most {settings.max_scenes} are rendered. "
            "Split it into several previews."
        )
        raise PreviewError(ErrorCode.PAYLOAD_COST, message)


def weight_of(value: object) -> int:
    """Return how many characters are within ``value``; what is no text counts as a few.

    Planning takes time by the characters and by the values, so this bounds it before it begins.
    """
    weight, left = 0, [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            weight += len(one)
        elif isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, Sequence):
            left += one
        weight += VALUE_CHARS
    return weight


def check_source(source: object, settings: RenderSettings) -> int:
    """Refuse texts that would take too long to plan; return what those of ``source`` weigh."""
    weight = weight_of(source)
    if weight > settings.max_source_chars:
        message = (
            f"The scenes are read from {weight} characters; at most {settings.max_source_chars} "
            "are read. Shorten it or split it."
        )
        raise PreviewError(ErrorCode.PAYLOAD_COST, message)
    return weight


def check_cost(drafts: Sequence[Draft], settings: RenderSettings) -> None:
    """Refuse a preview that is too long, or has too much text, for one render."""
    check_scene_count(len(drafts), settings)
    seconds = sum(draft.seconds for draft in drafts)
    if seconds > settings.max_duration_s:
        told = float(min(seconds, MOST_TOLD_S))
        message = (
            f"The preview would last {told:.0f} s; at most {settings.max_duration_s} s "
            "are rendered. Shorten it or split it."
        )
        raise PreviewError(ErrorCode.PAYLOAD_COST, message)
    characters = sum(len(draft.spoken) + _text_length(draft.card) for draft in drafts)
    if characters > settings.max_text_chars:
        message = (
            f"The preview has {characters} characters of text; at most {settings.max_text_chars} "
            "are rendered. Shorten it or split it."
        )
        raise PreviewError(ErrorCode.PAYLOAD_COST, message)


def _text_length(card: Card) -> int:
    match card:
        case TitleCard():
            return len(card.title) + len(card.subtitle)
        case StepCard():
            return len(card.title) + len(card.body)
        case EndCard():
            return len(card.title)
        case RowsCard():
            return len(card.title) + sum(len(row.text) for row in card.rows)
        case StagedCard():
            return sum(len(staged.text) for staged in card.texts)
        case ComposedCard():
            return sum(len(overlay.text) for overlay in card.overlays)
