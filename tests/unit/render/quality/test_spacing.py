"""French texts that were typed with other spaces than French has."""

from __future__ import annotations

import pytest

from preview_worker.contract import Finding
from preview_worker.render.quality.spacing import MOST, judge_spacing
from tests.unit.render.jobs import job_of


def notes(*texts: str, language: str = "fr-FR") -> list[Finding]:
    """Return the findings of steps with these texts."""
    request = job_of(title="Une partie", steps=[{"text": text} for text in texts]).request
    return list(judge_spacing(request, language))


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Un texte: le voici", "Un texte\u00a0: le voici"),
        ("Prêts? Partez!", "Prêts\u202f? Partez\u202f!"),
        ("Quoi?! Encore", "Quoi\u202f?! Encore"),
        ("Il dit «oui» et part", "Il dit «\u00a0oui\u00a0» et part"),
    ],
)
def test_a_missing_space_is_told_with_the_corrected_text(typed: str, set_: str) -> None:
    """As a note: what is shown is set right in any case."""
    (note,) = notes(typed)

    assert (note.code, note.severity) == ("text.spacing", "note")
    assert note.suggestion == f"Write “{set_}”"
    assert "/previewRequest/steps/0/text" in note.message


@pytest.mark.parametrize(
    "text",
    [
        "Un texte : le voici",
        "Un texte\u00a0: le voici",
        "Prêts\u202f? Partez\u202f!",
        "Il est 12:30 à Paris",
        "Voir https://exemple.fr pour la suite",
        "Sans rien",
    ],
)
def test_what_has_its_spaces_or_needs_none_is_fine(text: str) -> None:
    """Times and addresses have colons that are no punctuation."""
    assert notes(text) == []


def test_canada_wants_no_space_before_tall_marks() -> None:
    """So that one which was typed is told."""
    (note,) = notes("Prêts ? Partez!", language="fr-CA")

    assert note.suggestion == "Write “Prêts? Partez!”"


def test_other_languages_are_left_alone() -> None:
    """English has no such spaces."""
    assert notes("A text: here it is", language="en") == []


def test_only_so_many_notes_are_told() -> None:
    """Nobody reads hundreds of them."""
    assert len(notes(*["Un texte: le voici"] * (MOST + 9))) == MOST
