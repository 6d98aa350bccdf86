"""Sections by the words that producers use for them."""

from __future__ import annotations

import pytest

from preview_worker.render.timeline.sections import section_among, spelled, word_of


@pytest.mark.parametrize(
    ("values", "section"),
    [
        (["segment-setup"], "setup"),
        ([None, 3, "Turn structure"], "turn_structure"),
        (["components_overview"], "components"),
        (["brand_outro"], "end_card"),
        (["nothing", "scoring"], "scoring"),
        (["default"], "default"),
        ([], "default"),
    ],
)
def test_the_first_known_word_decides(values: list[object], section: str) -> None:
    """Types, sections and ids, with or without a prefix."""
    assert section_among(values) == section


def test_words_of_the_wire_are_spelled_for_people() -> None:
    """And people's words for the wire."""
    assert spelled("trade_phase") == "Trade phase"
    assert word_of(" Trade-Phase ") == "trade_phase"
