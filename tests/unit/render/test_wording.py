"""Words are cleaned of what could break a page, and counted as a reader's time goes."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.contract import graphemes
from preview_worker.render.wording import (
    MAX_MARKS,
    clean,
    headline,
    reading_load,
    reading_time,
    shorten,
    speak,
    word_count,
)


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("a\x00b\x07c\x9bd", "abcd"),
        ("safe\u202egpj.exe\u202c", "safegpj.exe"),
        ("\u2067x\u2069\u200e\u200f\u061c", "x"),
        ("e\u0301", "é"),
        ("tab\there\r\nnext  line", "tab here\nnext line"),
        ("\n\n one \n\n\n two \n", "one\ntwo"),
        ("\ufffe\uffff\ufdd0\U0001ffffok", "ok"),
        ("\ud800lone", "lone"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
    ],
)
def test_what_could_break_a_page_is_taken_out(given_text: str, wanted: str) -> None:
    """Controls, overrides, noncharacters and lone surrogates go; emoji sequences stay."""
    assert clean(given_text) == wanted


def test_towers_of_marks_are_cut_down() -> None:
    """A character keeps a few combining marks, not hundreds."""
    cleaned = clean("Z" + "\u0302\u0303\u0330" * 100 + "algo")

    assert len(cleaned) <= len("Zalgo") + MAX_MARKS
    assert cleaned.endswith("algo")


@given(st.text())
def test_cleaning_leaves_nothing_to_clean(text: str) -> None:
    """Cleaned text has no control characters but line feeds, and cleaning again changes nothing."""
    once = clean(text)

    assert clean(once) == once
    assert not [c for c in once if unicodedata.category(c) in {"Cc", "Cs"} and c != "\n"]


def test_french_text_gets_french_spaces() -> None:
    """Those of its region, and no other text does."""
    assert clean("Prêt ?", "fr-FR") == "Prêt\u202f?"
    assert clean("Prêt ?", "fr") == "Prêt?"
    assert clean("Ready ?", "en") == "Ready ?"


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("# Heading\nDeal *three* cards.", "Deal three cards."),
        ("Deal. [pause] Go.", "Deal. Go."),
        ("Source: page 4\nDraw `one` card.", "Draw one card."),
        ("Evidence: rulebook p. 3\nPass.", "Pass."),
        ("Roll. Visual: two dice spin. Move.", "Roll. Move."),
        ("Keep   the\n\nspace", "Keep the space"),
    ],
)
def test_directions_are_not_spoken(given_text: str, wanted: str) -> None:
    """Headings, sources, directions, brackets and markup are not what a narrator says."""
    assert speak(given_text, "en") == wanted


def test_a_very_long_word_takes_the_time_of_several() -> None:
    """Twelve characters are a word's time."""
    assert word_count("one two") == 2
    assert word_count("x" * 120) == 10


def test_french_is_read_more_slowly_than_english() -> None:
    """145 words a minute and 135, and a breath of 400 ms."""
    text = "word " * 145

    assert reading_time(text, "en") == 60 + Fraction(2, 5)
    assert reading_time(text, "fr") > reading_time(text, "en")


@pytest.mark.parametrize("word", ["Aufenthaltsgenehmigung", "卡牌收集者", "นักสะสมอัญมณี"])
def test_nothing_is_spoken_faster_than_it_can_be_read(word: str) -> None:
    """Neither long words nor languages without spaces: 17 characters a second."""
    text = f"{word} " * 100 if word.isascii() else word * 100

    assert reading_load(text) <= 17 * reading_time(text, "en")


def test_spaces_are_not_read() -> None:
    """Characters are counted as upstream's checker counts them."""
    assert reading_load("a b\u00a0c") == 3


@given(st.text(max_size=60))
def test_the_load_is_no_less_than_javascript_counts(text: str) -> None:
    """UTF-16 units that are no white space."""
    units = sum(
        len(char.encode("utf-16-le", "surrogatepass")) // 2 for char in text if char.strip()
    )

    assert reading_load(text) >= units


@given(st.text())
def test_clusters_lose_nothing(text: str) -> None:
    """Joined again, the clusters are the text."""
    assert "".join(graphemes(text)) == text


@pytest.mark.parametrize("whole", ["ที่", "👩‍👩‍👧", "👍🏽", "🇫🇷", "1️⃣", "é", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])
def test_what_looks_like_one_character_stays_whole(whole: str) -> None:
    """Families, skin tones, flags, keycaps and marks are one cluster each."""
    assert graphemes(f"a{whole}b") == ["a", whole, "b"]


def test_two_flags_are_two_graphemes() -> None:
    """Regional letters pair up from the left."""
    assert graphemes("🇫🇷🇨🇦") == ["🇫🇷", "🇨🇦"]


def test_text_is_cut_at_a_word() -> None:
    """An ellipsis tells that something is missing."""
    assert shorten("Shuffle the harbour deck", 14) == "Shuffle the…"
    assert shorten("short", 14) == "short"


def test_a_headline_is_the_first_sentence() -> None:
    """Without its full stop, as titles go."""
    assert headline("Deal three cards. Then wait.") == "Deal three cards"
    assert headline("盤を置きます。駒を並べます。") == "盤を置きます"
