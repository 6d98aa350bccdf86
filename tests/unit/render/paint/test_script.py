"""What a text is written in decides its fonts, its direction and its regional shapes."""

from __future__ import annotations

from preview_worker.render.paint.fonts import FAMILIES, LATIN
from preview_worker.render.paint.script import script_of


def test_latin_text_asks_few_fonts() -> None:
    """Typography, Greek and Cyrillic included."""
    text = "« Œuvre » – “d’été”… Правила κανόνες 5 €\n1."

    assert script_of(text, "fr").stretches == ((text, LATIN),)


def test_other_text_asks_all_fonts() -> None:
    """In the order of all."""
    assert script_of("a → b", "en").stretches == (("a → b", FAMILIES),)


def test_east_asian_text_names_its_regional_shapes() -> None:
    """By the language of the page, or by its own letters."""
    assert script_of("直", "ja").language == "ja"
    assert script_of("直", "en").language == "zh-Hans"


def test_each_line_from_right_to_left_is_isolated() -> None:
    """An isolate ends with its line."""
    script = script_of("سطر\nثان", "ar")

    assert script.right_to_left
    assert "".join(text for text, _ in script.stretches) == "\u2067سطر\u2069\n\u2067ثان\u2069"


def test_korean_words_hold_together() -> None:
    """A joiner between syllables keeps lines from breaking there."""
    ((text, _),) = script_of("카드 장", "ko").stretches

    assert text == "카\u2060드 장"
