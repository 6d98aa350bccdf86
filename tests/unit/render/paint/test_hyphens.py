"""Long words are divided where their language divides them, with as few hyphens as possible."""

from __future__ import annotations

import pytest

from preview_worker.render.paint.hyphens import HYPHEN, SOFT, can_divide, divide

LINE = 14


def reaches(line: str, piece: str) -> bool:
    """Tell whether so many characters stand on a line of ``LINE``."""
    return len((line + piece).replace(HYPHEN, "-")) <= LINE


def divided(text: str, language: str) -> str:
    """Return ``text`` with a stroke where a hyphen was put in."""
    return divide(text, language, reaches).replace(HYPHEN, "|")


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Donaudampfschifffahrt", "de", "Donaudampf|schifffahrt"),
        ("anticonstitutionnellement", "fr-CA", "anticonstitu|tionnellement"),
        ("incomprehensibilities", "en", "incomprehens|ibilities"),
        ("desproporcionadamente", "es", "desproporcio|nadamente"),
        ("precipitevolissimevolmente", "it", "precipitevo|lissimevol|mente"),
        ("verantwoordelijkheid", "nl", "verantwoorde|lijkheid"),
    ],
)
def test_words_are_divided_as_their_language_does(text: str, language: str, wanted: str) -> None:
    """Each part as long as the line allows."""
    assert divided(text, language) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "short words only",
        "https://example.org/incomprehensibilities",
        "x" * 40,
        "incomprehensibilities" * 5,
        "123456789012345678901234567890",
        "will-o’-the-wisps",
    ],
)
def test_no_false_hyphen_is_put_in(text: str) -> None:
    """Into words that fit, addresses, numbers and nonsense."""
    assert divided(text, "en") == text


def test_a_word_begins_on_the_line_before() -> None:
    """Where a part of it still fits there."""
    assert divided("the incomprehensibilities", "en") == "the incompre|hensibilities"


def test_marks_around_a_word_stay_with_it() -> None:
    """Quotes before it and a full stop behind."""
    assert divided("“incomprehensibilities.”", "en") == "“incomprehens|ibilities.”"


def test_soft_hyphens_are_where_the_author_divides() -> None:
    """In any language; where the word fits, they vanish."""
    word = f"Abra{SOFT}kadabrasim{SOFT}salabim"

    assert divided(word, "") == "Abra|kadabrasim|salabim"
    assert divided(f"Abra{SOFT}kadabra", "") == "Abrakadabra"


def test_languages_without_hyphens_are_known() -> None:
    """Nothing is divided in them unless the author says where."""
    assert can_divide("word", "fr-CA")
    assert not can_divide("将棋", "ja")
    assert not can_divide("word", "")
    assert can_divide(f"wo{SOFT}rd", "")
