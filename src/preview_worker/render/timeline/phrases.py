"""The few words that the renderer adds by itself, in the languages that it speaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preview_worker.render.timeline.fields import as_text


@dataclass(frozen=True, slots=True)
class Phrases:
    """Words of one language; ``{}`` stands for a number."""

    step: str
    of: str
    one_step: str
    many_steps: str
    ready: str
    untitled: str
    chapter: str
    many_chapters: str
    goals: str
    page: str
    pages: str


PHRASES = {
    "en": Phrases(
        "Step {}",
        "of {}",
        "1 step",
        "{} steps",
        "You’re all set!",
        "Untitled Preview",
        "Chapter {}",
        "{} chapters",
        "What you will learn",
        "rulebook page {}",
        "rulebook pages {}",
    ),
    "fr": Phrases(
        "Étape {}",
        "sur {}",
        "1 étape",
        "{} étapes",
        "À vous de jouer\u00a0!",
        "Aperçu sans titre",
        "Chapitre {}",
        "{} chapitres",
        "Ce que vous allez apprendre",
        "livret, page {}",
        "livret, pages {}",
    ),
}


def language_of(values: Iterable[object]) -> str:
    """Return the first language that we speak among ``values`` such as ``"fr-CA"``, else ``en``."""
    for value in values:
        tag = as_text(value).strip().lower().replace("_", "-").partition("-")[0]
        if tag in PHRASES:
            return tag
    return "en"
