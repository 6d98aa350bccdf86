"""A text becomes shorter step by step, and every word that it lost is told."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.captions.condense import Condensed, condensed


def last(text: str, language: str = "en") -> Condensed:
    """Return ``text`` as short as it gets."""
    return [*condensed(text, language)][-1]


def test_the_text_itself_comes_first() -> None:
    """Nobody condenses what fits."""
    first = next(condensed("Step 1: Deal (three each).", "en"))

    assert (first.text, first.told()) == ("Step 1: Deal (three each).", "")


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Step 1: Deal. Step 2: Draw.", "Deal. Draw."),
        ("Étape 1 : Mélangez. Étape 2 : Piochez.", "Mélangez. Piochez."),
        ("Take a card (or two).", "Take card."),
        ("Remember: collect gems.", "Collect gems."),
        ("Of course, you may pass. It is really easy.", "You may pass. It is easy."),
        ("Gems score 5 points each, and two gems more.", "Gems score 5 pts each, and 2 gems more."),
        ("The player with the most wins.", "Player with most wins."),
    ],
)
def test_what_nobody_misses_is_left_out(text: str, short: str) -> None:
    """Labels, asides, words that only fill, long forms, articles."""
    assert last(text, "fr" if "Étape" in text else "en").text == short


@pytest.mark.parametrize(
    "text", ["Twenty-two cards.", "Just one card, but not this.", "Player A deals.", "(An aside.)"]
)
def test_what_means_something_stays(text: str) -> None:
    """Numbers within numbers, words that limit, names, and a text that is nothing but an aside."""
    assert last(text).text == text


def test_french_keeps_its_articles() -> None:
    """A French telegram reads badly."""
    assert last("Le joueur marque 5 points.", "fr").text == "Le joueur marque 5 pts."


def test_a_language_without_rules_keeps_its_words() -> None:
    """All but its labels and asides."""
    assert last("Ziehe zwei Karten (verdeckt).", "de").text == "Ziehe zwei Karten."


def test_losses_are_told_with_how_often() -> None:
    """In the words of the text."""
    told = last("Step 1: Score 5 points. Score 2 points (at most).").told()

    assert told == ("left out “Step 1:”, “(at most)”; written shorter “points” as “pts” (2 times)")


@given(st.text(st.sampled_from("aT he123(),.!? :Step points two"), max_size=120))
def test_no_step_makes_it_longer(text: str) -> None:
    """Each is shorter than the one before, and none is without a word."""
    steps = [step.text for step in condensed(text, "en")]

    assert all(len(b) < len(a) for a, b in pairwise(steps))
    assert all(any(map(str.isalnum, step)) for step in steps[1:])
