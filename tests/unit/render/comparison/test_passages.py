"""Words that came and went are told apart from those that stayed."""

from __future__ import annotations

from preview_worker.render.comparison.passages import Passage, compare_words


def test_equal_texts_have_no_passages() -> None:
    """White space is none of their words."""
    assert compare_words("deal  three\ncards", "deal three cards") == ()


def test_passages_are_words_in_a_row_with_one_fate() -> None:
    """What went stands before what came in its place."""
    assert compare_words("deal three cards now", "deal four cards right now") == (
        Passage("kept", "deal"),
        Passage("removed", "three"),
        Passage("added", "four"),
        Passage("kept", "cards"),
        Passage("added", "right"),
        Passage("kept", "now"),
    )


def test_a_text_can_come_from_nothing() -> None:
    """And go to nothing."""
    assert compare_words("", "all new") == (Passage("added", "all new"),)
    assert compare_words("all gone", "") == (Passage("removed", "all gone"),)
