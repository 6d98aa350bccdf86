"""French has a space before some of its marks; which ones depends on the region."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.french import NARROW, NO_BREAK, by_region, space_french

TABLE = [
    ("Prêt ?", "Prêt?", "Prêt_?"),
    ("Prêt?", "Prêt?", "Prêt_?"),
    ("Non ; oui !", "Non; oui!", "Non_; oui_!"),
    ("Quoi ?!", "Quoi?!", "Quoi_?!"),
    ("Joueurs : 4", "Joueurs~: 4", "Joueurs~: 4"),
    ("Joueurs: 4", "Joueurs~: 4", "Joueurs~: 4"),
    ("« Oui » ou «non»", "«~Oui~» ou «~non~»", "«~Oui~» ou «~non~»"),
    ("« Prêt ? »", "«~Prêt?~»", "«~Prêt_?~»"),
    ("50% ou 20 €", "50~% ou 20~€", "50~% ou 20~€"),
    ("30 min, 5 cm et 3 h 30", "30~min, 5~cm et 3~h~30", "30~min, 5~cm et 3~h~30"),
    ("5 cartes, 2 l’autre", "5 cartes, 2 l’autre", "5 cartes, 2 l’autre"),
    ("10 000 points", "10~000 points", "10_000 points"),
    ("p. 12, n° 5", "p.~12, n°~5", "p.~12, n°~5"),
]
"""A text, and the same in Canada and in France; ``~`` is a no-break space, ``_`` a narrow one."""
LEFT_ALONE = [
    "https://example.org/jeu?x=1;y=2",
    "à 12:30",
    "`si a ? b : c ;`",
    "a!=b",
    "\"mot\" et 'mot'",
    "(?)",
]


def _written(text: str) -> str:
    return text.replace("~", NO_BREAK).replace("_", NARROW)


@pytest.mark.parametrize(("typed", "canada", "_france"), TABLE)
def test_canada_puts_no_space_before_tall_marks(typed: str, canada: str, _france: str) -> None:
    """But before a colon, inside guillemets and before units."""
    assert space_french(typed, "fr-CA") == _written(canada)


@pytest.mark.parametrize(("typed", "_canada", "france"), TABLE)
def test_france_puts_a_narrow_space_before_tall_marks(
    typed: str, _canada: str, france: str
) -> None:
    """Whether one was typed or not."""
    assert space_french(typed, "fr-FR") == _written(france)


@pytest.mark.parametrize("text", LEFT_ALONE)
@pytest.mark.parametrize("language", ["fr-CA", "fr-FR"])
def test_addresses_times_and_code_are_left_alone(text: str, language: str) -> None:
    """And so are straight quotes."""
    assert space_french(text, language) == text


def test_french_is_canadas_unless_a_region_is_named() -> None:
    """Belgium and Switzerland write as France does."""
    assert space_french("Prêt ?", "fr") == "Prêt?"
    assert space_french("Prêt ?", "fr-BE") == _written("Prêt_?")


@given(st.text("ab1 «»:;!?%€\u00a0\u202f\nhm()", max_size=40), st.sampled_from(["fr", "fr-FR"]))
def test_spacing_twice_changes_nothing_more(text: str, language: str) -> None:
    """What is spaced well is left as it is."""
    once = space_french(text, language)

    assert space_french(once, language) == once


def test_our_own_sentences_follow_the_region() -> None:
    """Every field of them."""

    @dataclass(frozen=True)
    class Words:
        ready: str
        by: str

    said = by_region(Words("Partez !", "Par : {}"))

    assert said["fr"] == Words("Partez!", f"Par{NO_BREAK}: {{}}")
    assert said["fr-FR"] == Words(f"Partez{NARROW}!", f"Par{NO_BREAK}: {{}}")
