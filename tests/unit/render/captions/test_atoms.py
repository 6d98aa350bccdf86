"""Text comes apart where its script allows a line to end, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.captions.atoms import (
    CLAUSE_COST,
    JOINT_COST,
    LEANING_COST,
    LINE_WIDTH,
    SENTENCE_COST,
    WIDE_LINE_CHARS,
    WITHIN_COST,
    WORD_COST,
    atoms_of,
    joined,
    width_of,
)


def texts(text: str) -> list[str]:
    """Return the atoms of ``text`` as strings."""
    return [atom.text for atom in atoms_of(text)]


def test_words_stay_whole() -> None:
    """Also those with hyphens, apostrophes and no-break spaces."""
    assert texts("Don’t re-roll\u00a0! 2–4 players") == [
        "Don’t",
        "re-roll\u00a0!",
        "2–4",
        "players",
    ]


def test_korean_words_stay_whole() -> None:
    """Korean has spaces between its words."""
    assert texts("카드를 뽑으세요.") == ["카드를", "뽑으세요."]


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("摸牌。", ["摸", "牌。"]),
        ("他说《三》张", ["他", "说", "《三》", "张"]),
        ("「カード」", ["「カー", "ド」"]),
        ("ちょっと", ["ちょっ", "と"]),
        ("取3张VP牌", ["取", "3", "张", "VP", "牌"]),
    ],
)
def test_no_line_begins_with_what_closes(text: str, atoms: list[str]) -> None:
    """Kinsoku: what closes clings to what stands before it, what opens to what follows."""
    assert texts(text) == atoms


def test_thai_vowels_stay_with_their_consonant() -> None:
    """Those before it and those after it."""
    assert texts("เกมไพ่") == ["เก", "ม", "ไพ่"]


def test_an_emoji_sequence_is_one_atom() -> None:
    """A family is no crowd."""
    family, flag = "👩\u200d👩\u200d👧", "🇫🇷"

    assert texts(f"{family}{flag}") == [family, flag]


def test_an_endless_chain_of_emoji_is_cut() -> None:
    """Hostile, but no line may be longer than a line."""
    assert all(atom.width <= LINE_WIDTH for atom in atoms_of("👩\u200d" * 300))


def test_what_cannot_be_seen_is_no_atom() -> None:
    """A caption without ink would be an empty line in a file."""
    assert atoms_of("\u200d \u00a0 \u2060\u00ad") == ()


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("End. Next", SENTENCE_COST),
        ("“End.” Next", SENTENCE_COST),
        ("first, next", CLAUSE_COST),
        ("cards from", JOINT_COST),
        ("some cards", WORD_COST),
        ("the cards", LEANING_COST),
        ("牌牌", WITHIN_COST),
        ("牌。牌", SENTENCE_COST),
        ("引く前", WORD_COST),
    ],
)
def test_a_pause_costs_what_a_reader_loses_by_it(text: str, pause: int) -> None:
    """Little after a sentence, much within a phrase."""
    atoms = atoms_of(text)

    assert atoms[-2].pause == pause if text != "“End.” Next" else atoms[0].pause == pause


def test_sixteen_wide_characters_fill_a_line() -> None:
    """As forty-two narrow ones do."""
    assert width_of("牌" * WIDE_LINE_CHARS) == width_of("a" * 42) == LINE_WIDTH


@given(st.text(st.characters(categories=("L", "N", "P", "M", "So")), max_size=200))
def test_atoms_make_up_their_text(text: str) -> None:
    """Nothing is lost and nothing is longer than a line."""
    atoms = atoms_of(text)

    assert joined(atoms) == text
    assert all(0 < atom.width <= LINE_WIDTH for atom in atoms)
