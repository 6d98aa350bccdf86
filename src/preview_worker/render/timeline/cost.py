"""What a preview would cost, judged before anything is painted."""

from __future__ import annotations

from collections.abc import Sequence

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


def check_scene_count(count: int, settings: RenderSettings) -> None:
    """Refuse more scenes than we render, before any of them is looked at."""
    if count > settings.max_scenes:
        message = (
            f"The preview has {count} scenes; at most {settings.max_scenes} are rendered. "
            "Split it into several previews."
        )
        raise PreviewError(ErrorCode.PAYLOAD_COST, message)


def check_cost(drafts: Sequence[Draft], settings: RenderSettings) -> None:
    """Refuse a preview that is too long, or has too much text, for one render."""
    check_scene_count(len(drafts), settings)
    seconds = sum(draft.seconds for draft in drafts)
    if seconds > settings.max_duration_s:
        message = (
            f"The preview would last {float(seconds):.0f} s; at most {settings.max_duration_s} s "
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
