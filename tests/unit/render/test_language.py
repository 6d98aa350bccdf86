"""Language tags are read as people write them, and letters tell where tags do not."""

from __future__ import annotations

import pytest

from preview_worker.render.language import (
    Tongues,
    guess_language,
    is_east_asian,
    primary,
    read_tag,
    runs_right_to_left,
    shaping_of,
)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("fr_ca", "fr-CA"),
        (" JA ", "ja"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("de-1996", "de-1996"),
        ("English", ""),
        ("", ""),
        ("../x", ""),
    ],
)
def test_tags_are_read(written: str, tag: str) -> None:
    """Whatever their case; what is no tag is nothing."""
    assert read_tag(written) == tag


def test_what_is_missing_in_a_language_is_sought_nearby() -> None:
    """In its dialect, then without its region, then in English."""
    words = Tongues({"en": "hello", "fr": "allô", "fr-FR": "bonjour"})

    assert [words[tag] for tag in ("fr", "fr-CA", "fr-BE", "ja", "en-GB")] == [
        *("allô", "allô", "bonjour", "hello", "hello")
    ]


def test_without_english_nothing_stands_in() -> None:
    """The tag that was asked for is named."""
    with pytest.raises(KeyError, match="ja"):
        Tongues[str]()["ja"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("将棋の駒", "ja"),
        ("바둑 骨", "ko"),
        ("轮到你时", "zh-Hans"),
        ("輪到你時", "zh-Hant"),
        ("中", "zh-Hans"),
        ("Catan", ""),
        ("Катан", ""),
    ],
)
def test_letters_tell_the_language(text: str, language: str) -> None:
    """Kana Japanese, Hangul Korean, ideographs the kind of Chinese that has them."""
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("language", "tag"),
    [
        ("ja", "ja"),
        ("ko-KR", "ko-KR"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("en", "zh-Hans"),
        ("", "zh-Hans"),
    ],
)
def test_ideographs_take_the_shapes_of_the_language(language: str, tag: str) -> None:
    """Where it has ideographs; else those that the text itself speaks for."""
    assert shaping_of("直骨", language) == tag


def test_a_mentioned_name_makes_no_text_east_asian() -> None:
    """Most of the letters do."""
    assert is_east_asian("Catan の遊び方")
    assert not is_east_asian("It is called カタン in Japan")
    assert not is_east_asian("…")


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("لعبة لوحية", "", True),
        ("Catan هي لعبة لوحية رائعة", "", True),
        ("لعبة Catan", "ar", True),
        ("לוח", "he-IL", True),
        ("The word לוח means board", "en", False),
        ("Catan", "ar", False),
    ],
)
def test_the_direction_is_that_of_most_letters(text: str, language: str, *, wanted: bool) -> None:
    """Or of the language, as soon as it has a letter in the text."""
    assert runs_right_to_left(text, language) is wanted


def test_the_language_stands_without_its_region() -> None:
    """As the list of chapters has it."""
    assert [primary(tag) for tag in ("fr-CA", "zh-Hant-TW", "en")] == ["fr", "zh", "en"]
