"""Scenes of the first storyboards: a title, a few captions, and the assets that they show."""

from __future__ import annotations

from preview_worker.contract import Finding
from preview_worker.render.model import StepCard
from preview_worker.render.timeline.choreography import choreographed
from preview_worker.render.timeline.drafts import Draft, Setting, lasting
from preview_worker.render.timeline.fields import (
    BODY,
    SPOKEN,
    TITLES,
    Located,
    as_text,
    first_text,
    identity,
    located,
)
from preview_worker.render.timeline.layouts import arranged
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.sections import section_among
from preview_worker.render.timeline.steps import shown
from preview_worker.render.wording import headline, one_line, speak


def plan_old_scene(
    item: Located, place: tuple[int, int], setting: Setting, findings: list[Finding]
) -> Draft:
    """Plan a scene that is number ``place[0]`` of ``place[1]``."""
    (position, total), language = place, setting.language
    scene_id = identity(item, f"scene-{position}")
    title = one_line(shown(first_text(item, TITLES), language))
    body = shown(first_text(item, BODY) or _overlaid(item), language)
    spoken = speak(first_text(item, SPOKEN) or body, language) or speak(title, language)
    picture = setting.catalogue.sought(_with_asset(item), findings, scene_id)
    of = PHRASES[language].of.format(total)
    card = StepCard(str(position), of, title, body, picture)
    draft = Draft(
        id=scene_id,
        kind="step",
        title=title or headline(body) or PHRASES[language].step.format(position),
        spoken=spoken,
        section=section_among((item.get("type"), item.get("sourceId"), scene_id)),
        card=arranged(card, item, setting.catalogue, tolerant=True),
        seconds=lasting(item, setting, spoken, body),
        voice=setting.voices.of(item),
    )
    return choreographed(draft, item, setting)


def _overlaid(item: Located) -> str:
    texts = (as_text(one.get("text")) for one in located(item.get("overlays"), item.at("overlays")))
    return "\n".join(filter(None, texts))


def _with_asset(item: Located) -> Located:
    """Return ``item`` with its first asset as the picture, where it names none otherwise."""
    assets = item.get("assets")
    if not isinstance(assets, list) or not assets:
        return item
    return Located({"image": assets[0], **item.record}, item.where)
