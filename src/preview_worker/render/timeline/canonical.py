"""Canonical storyboard scenes (contract 1.2.0): what is said and shown, without a place for it."""

from __future__ import annotations

from preview_worker.contract import Finding
from preview_worker.render.model import Card, EndCard, StepCard, TitleCard
from preview_worker.render.timeline.choreography import choreographed
from preview_worker.render.timeline.drafts import Draft, Setting, kind_of, lasting
from preview_worker.render.timeline.fields import (
    SPOKEN,
    TITLES,
    Located,
    as_text,
    first_text,
    identity,
)
from preview_worker.render.timeline.layouts import arranged
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.sections import section_among
from preview_worker.render.timeline.steps import shown
from preview_worker.render.wording import headline, one_line, speak

FIELDS = ("spokenText", "visualPlan", "imageAssetIds", "overlay", "timing", "estimatedDurationMs")


def is_canonical(item: Located) -> bool:
    """Tell whether a scene is canonical, by the fields that only such scenes have."""
    return any(item.get(name) is not None for name in FIELDS)


def plan_canonical(
    item: Located, place: tuple[int, int], setting: Setting, findings: list[Finding]
) -> Draft:
    """Plan a scene that is number ``place[0]`` of ``place[1]``."""
    position, language = place[0], setting.language
    scene_id = identity(item, f"scene-{position}")
    spoken = speak(first_text(item, SPOKEN), language)
    title = one_line(shown(first_text(item, TITLES), language))
    section = section_among(
        (item.get("sectionId"), item.get("visualPlan", "primaryIntent"), item.get("type"), scene_id)
    )
    card = _card(item, (title, spoken, section), place, (setting, findings))
    draft = Draft(
        id=scene_id,
        kind=kind_of(card),
        title=title or headline(spoken) or PHRASES[language].step.format(position),
        spoken=spoken,
        section=section,
        card=card,
        seconds=lasting(item, setting, spoken),
        voice=setting.voices.of(item),
    )
    return choreographed(draft, item, setting)


def _card(
    item: Located,
    words: tuple[str, str, str],
    place: tuple[int, int],
    around: tuple[Setting, list[Finding]],
) -> Card:
    (title, spoken, section), (position, total) = words, place
    setting, findings = around
    language = setting.language
    on_screen = as_text(item.get("overlay", "onScreenText"))
    lines = [line for line in shown(on_screen, language).split("\n") if line and line != title]
    body = "\n".join(lines) or spoken
    picture = setting.catalogue.sought(item, findings, identity(item, f"scene-{position}"))
    if picture is None and section == "hook" and position == 1:
        return TitleCard(title or setting.title, one_line(body), "")
    if picture is None and section == "end_card" and position == total:
        return EndCard(title or one_line(body), setting.title)
    of = PHRASES[language].of.format(total)
    card = StepCard(str(position), of, title, body, picture)
    return arranged(card, item, setting.catalogue, tolerant=True)
