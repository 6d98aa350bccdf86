"""Scenes of a reviewed script: what is said, what stands on screen, and the pages it is from."""

from __future__ import annotations

from collections.abc import Sequence

from preview_worker.render.model import StepCard
from preview_worker.render.timeline.choreography import choreographed
from preview_worker.render.timeline.drafts import Draft, Plan, Setting, lasting
from preview_worker.render.timeline.fields import (
    BODY,
    ON_SCREEN,
    SPOKEN,
    TITLES,
    Located,
    as_text,
    first_text,
    identity,
)
from preview_worker.render.timeline.layouts import arranged
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.sections import section_among, section_name, spelled
from preview_worker.render.timeline.steps import shown
from preview_worker.render.wording import headline, one_line, speak

MARKS_OF_REVIEW = (
    *ON_SCREEN[:2],
    "source_pages",
    "visual_callouts",
    "visual_focus",
    "visual_intent",
)


def is_reviewed(item: Located) -> bool:
    """Tell whether a scene comes from a review, by the fields that only such scenes have."""
    return any(item.get(name) for name in MARKS_OF_REVIEW)


def plan_reviewed(items: list[Located], setting: Setting) -> Plan:
    """Plan one scene for each member, and add none."""
    drafts = tuple(_scene(item, n, len(items), setting) for n, item in enumerate(items, 1))
    return Plan(setting.title, drafts)


def _scene(item: Located, position: int, total: int, setting: Setting) -> Draft:
    language = setting.language
    phrases = PHRASES[language]
    section = section_among((item.get("section"), item.get("type"), item.get("id")))
    spoken = speak(first_text(item, SPOKEN), language)
    body = shown(first_text(item, BODY), language)
    named = one_line(shown(first_text(item, TITLES), language))
    if section_among((named,)) != "default" or "_" in named:
        named = section_name(section, language) or spelled(named)
    of = " · ".join(filter(None, (phrases.of.format(total), _pages(item, language))))
    card = StepCard(str(position), of, named, body, setting.catalogue.picture_of(item))
    draft = Draft(
        id=identity(item, f"scene-{position}"),
        kind="step",
        title=named or headline(body or spoken) or phrases.step.format(position),
        spoken=spoken or speak(body, language),
        section=section,
        card=arranged(card, item, setting.catalogue),
        seconds=lasting(item, setting, spoken, body),
        voice=setting.voices.of(item),
    )
    return choreographed(draft, item, setting)


def _pages(item: Located, language: str) -> str:
    pages = item.get("source_pages")
    listed = pages if isinstance(pages, Sequence) and not isinstance(pages, str) else [pages]
    numbers = [text for page in listed[:4] if (text := one_line(shown(as_text(page), language)))]
    if not numbers:
        return ""
    phrases = PHRASES[language]
    return (phrases.pages if numbers[1:] else phrases.page).format(", ".join(numbers))
