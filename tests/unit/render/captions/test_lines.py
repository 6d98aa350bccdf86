"""Captions are broken where a speaker would pause, and never hold more than two lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.captions.lines import LINE_CHARS, MAX_LINES, split_captions
from preview_worker.render.wording import speak

SPOKEN = st.text(
    st.characters(codec="utf-8", categories=("L", "P", "N", "Zs", "So")), max_size=600
).map(speak)


@given(SPOKEN)
def test_no_line_is_too_long_and_no_word_is_lost(text: str) -> None:
    """Two lines of 42 characters at most, and together they are the text."""
    captions = split_captions(text)

    assert all(len(lines) <= MAX_LINES for lines in captions)
    assert all(0 < len(line) <= LINE_CHARS for lines in captions for line in lines)
    joined = "".join("".join(lines) for lines in captions)
    assert joined.replace(" ", "") == text.replace(" ", "")


def test_sentences_are_kept_apart() -> None:
    """A caption ends with its sentence where it can."""
    captions = split_captions(
        "Shuffle the deck and deal three cards to everyone. "
        "Turn up four more and place them beside the river."
    )

    assert [" ".join(lines) for lines in captions] == [
        "Shuffle the deck and deal three cards to everyone.",
        "Turn up four more and place them beside the river.",
    ]


def test_a_long_sentence_is_broken_at_a_clause() -> None:
    """After the comma rather than within the phrase."""
    captions = split_captions(
        "On your turn, take one card from the market by the river, "
        "then refill the market from the draw pile until it has five cards."
    )

    assert captions[0][-1].endswith("river,")


def test_a_word_longer_than_a_line_is_cut_between_characters() -> None:
    """Not inside of what looks like one."""
    family = "👩\u200d👩\u200d👧"
    lines = [line for caption in split_captions(family * 40) for line in caption]

    assert set("".join(lines).split(family)) == {""}
    assert all(line.replace(family, "") == "" for line in lines)


def test_nothing_said_is_no_caption() -> None:
    """Rather than an empty one."""
    assert split_captions("") == []
