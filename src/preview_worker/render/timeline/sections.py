"""Sections of a tutorial: which one a scene belongs to, and what it is called on screen."""

from __future__ import annotations

from collections.abc import Iterable

from preview_worker.render.language import Tongues
from preview_worker.render.palette import SECTIONS
from preview_worker.render.timeline.fields import as_text

_PREFIXES = ("segment-", "scene-", "setup-", "overlay-")
_ALIASES = {
    "intro": "hook",
    "introduction": "hook",
    "welcome": "hook",
    "game_overview": "hook",
    "overview": "game_identity",
    "goal": "objective",
    "objectives": "objective",
    "components_overview": "components",
    "materials": "components",
    "setup_step": "setup",
    "turn_flow": "turn_structure",
    "turns": "turn_structure",
    "gameplay": "turn_structure",
    "secondary_mechanics": "core_mechanic",
    "mechanics": "core_mechanic",
    "scoring_summary": "scoring",
    "special_rules": "edge_cases",
    "summary": "recap",
    "outro": "end_card",
    "end": "end_card",
    "brand_outro": "end_card",
    "conclusion": "end_card",
}
_NAMES = Tongues(
    en={
        "hook": "Welcome",
        "game_identity": "The game",
        "objective": "Your goal",
        "components": "What is in the box",
        "setup": "Setting up",
        "turn_structure": "Your turn",
        "core_mechanic": "The heart of the game",
        "secondary_mechanics": "Also in play",
        "scoring": "Scoring",
        "edge_cases": "Special cases",
        "recap": "In short",
        "end_card": "Ready to play",
    },
    fr={
        "hook": "Bienvenue",
        "game_identity": "Le jeu",
        "objective": "Votre but",
        "components": "Dans la boîte",
        "setup": "Mise en place",
        "turn_structure": "Votre tour",
        "core_mechanic": "Le cœur du jeu",
        "secondary_mechanics": "À jouer aussi",
        "scoring": "Le décompte",
        "edge_cases": "Cas particuliers",
        "recap": "En bref",
        "end_card": "À vous de jouer",
    },
)


def word_of(value: object) -> str:
    """Return a type or section as one lower-case word: ``"Turn structure"`` as turn_structure."""
    return "_".join(as_text(value).strip().lower().replace("-", " ").replace("_", " ").split())


def section_among(values: Iterable[object]) -> str:
    """Return the first section that one of ``values`` (a type, a section, an id) names."""
    for value in values:
        text = as_text(value).strip().lower()
        for prefix in _PREFIXES:
            text = text.removeprefix(prefix)
        word = word_of(text)
        if (word := _ALIASES.get(word, word)) in SECTIONS and word != "default":
            return word
    return "default"


def section_name(section: str, language: str) -> str:
    """Return what ``section`` is called on screen; nothing for one that has no name."""
    return _NAMES[language].get(section, "")


def spelled(word: str) -> str:
    """Return a word of the wire as people write it: ``trade_phase`` as ``Trade phase``."""
    text = " ".join(word.replace("_", " ").split())
    return text[:1].upper() + text[1:]
