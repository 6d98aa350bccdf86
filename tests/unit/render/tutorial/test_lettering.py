"""Every text of a card is told, with a place inside the safe area."""

from __future__ import annotations

import pytest

from preview_worker.render.model import (
    Card,
    Colour,
    ComposedCard,
    EndCard,
    Overlay,
    Region,
    Row,
    RowsCard,
    StagedCard,
    StagedText,
    StepCard,
    TitleCard,
)
from preview_worker.render.tutorial.lettering import SAFE_MARGIN, letter, within_safe_area

CARDS: list[tuple[Card, list[str]]] = [
    (TitleCard("Moss", "", "2 steps"), ["Moss", "2 steps"]),
    (EndCard("Done!", "Moss"), ["Done!", "Moss"]),
    (StepCard("2", "of 5", "Deal", "Three cards."), ["2 of 5", "Deal", "Three cards."]),
    (StepCard("✓", "In short", "Deal", ""), ["In short", "Deal"]),
    (
        RowsCard("1", "of 5", "Box", (Row("9", "tiles"), Row("", "sand")), "Look:"),
        ["1 of 5", "Box", "Look:", "9 tiles", "sand"],
    ),
    (ComposedCard(Colour(0, 0, 0), (Overlay("body", "Hi", "bottom"),)), ["Hi"]),
    (StagedCard((), (StagedText("title", "Ho", Region(-1, 0.9, 3, 0.5)),)), ["Ho"]),
]


@pytest.mark.parametrize(("card", "expected"), CARDS)
def test_texts_are_told_in_reading_order(card: Card, expected: list[str]) -> None:
    """An empty one is left out."""
    assert [one.text for one in letter(card)] == expected


@pytest.mark.parametrize("card", [card for card, _ in CARDS])
def test_no_text_leaves_the_safe_area(card: Card) -> None:
    """Five percent on every side."""
    for one in letter(card):
        x, y, width, height = one.region
        assert min(x, y, 1 - x - width, 1 - y - height) >= SAFE_MARGIN - 1e-9
        assert min(width, height) > 0


def test_a_region_outside_is_replaced_by_the_whole_safe_area() -> None:
    """A text has to stand somewhere."""
    assert within_safe_area(Region(1.2, 0, 0.5, 1)) == pytest.approx((0.05, 0.05, 0.9, 0.9))


def test_the_times_of_a_staged_text_are_kept() -> None:
    """It comes and goes when its producer says so."""
    card = StagedCard((), (StagedText("body", "x", Region(0.1, 0.1, 0.2, 0.2), 15, 45),))

    (one,) = letter(card)
    assert (one.start_frame, one.end_frame) == (15, 45)
