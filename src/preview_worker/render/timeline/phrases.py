"""The few words that the renderer adds by itself, in the languages that it speaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preview_worker.render.french import by_region
from preview_worker.render.language import Tongues, read_tag
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


PHRASES = Tongues(
    en=Phrases(
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
    **by_region(
        Phrases(
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
        )
    ),
)


def language_of(values: Iterable[object]) -> str:
    """Return the tag of the first language among ``values``, ``"fr-CA"``; nothing if none is there.

    It may be one that we have no phrases for: its own words are set as it wants them.
    """
    return next(filter(None, (read_tag(as_text(value)) for value in values)), "")
