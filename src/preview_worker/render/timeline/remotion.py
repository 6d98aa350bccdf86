"""Remotion scenes: a narration over a picture, timed in frames of the composition's own rate."""

from __future__ import annotations

from fractions import Fraction

from preview_worker.render.model import StepCard
from preview_worker.render.timeline.choreography import choreographed
from preview_worker.render.timeline.drafts import Draft, Plan, Setting, lasting
from preview_worker.render.timeline.fields import (
    SPOKEN,
    TITLES,
    Located,
    as_text,
    first_text,
    identity,
    positive,
)
from preview_worker.render.timeline.layouts import arranged
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.sections import section_among
from preview_worker.render.timeline.steps import shown
from preview_worker.render.wording import headline, one_line, speak

FPS = Fraction(30)
"""Frames a second of a composition that does not say, as upstream has it."""
PASSAGE_FRAMES = 18
"""How long a transition lasts that was asked for, as upstream's slides do."""


def is_remotion(item: Located) -> bool:
    """Tell whether a scene is one of Remotion's, by the fields that only those have."""
    names = ("durationInFrames", "sectionTitle", "themeBorderColor", "visualOverlayText")
    return any(item.get(name) is not None for name in names)


def plan_remotion(script: Located, items: list[Located], setting: Setting) -> Plan:
    """Plan one scene for each member, and add none."""
    fps = positive(script.get("fps"), script.at("fps")) or FPS
    drafts = tuple(_scene(item, n, len(items), (setting, fps)) for n, item in enumerate(items, 1))
    return Plan(setting.title, drafts)


def _scene(item: Located, position: int, total: int, around: tuple[Setting, Fraction]) -> Draft:
    setting, fps = around
    language = setting.language
    spoken = speak(first_text(item, SPOKEN), language)
    on_screen = as_text(item.get("visualOverlayText")) or first_text(item, SPOKEN)
    body = shown(on_screen, language)
    title = one_line(shown(first_text(item, TITLES), language))
    mark = one_line(shown(as_text(item.get("stepNumber")), language)) or str(position)
    frames = positive(item.get("durationInFrames"), item.at("durationInFrames"))
    card = StepCard(
        mark, PHRASES[language].of.format(total), title, body, setting.catalogue.picture_of(item)
    )
    draft = Draft(
        id=identity(item, f"scene-{position}"),
        kind="step",
        title=title or headline(body) or PHRASES[language].step.format(position),
        spoken=spoken or speak(body, language),
        section=section_among((item.get("section"), item.get("type"), title, item.get("id"))),
        card=arranged(card, item, setting.catalogue),
        seconds=frames / fps if frames else lasting(item, setting, spoken, body),
        voice=setting.voices.of(item),
    )
    return choreographed(draft, item, setting, PASSAGE_FRAMES / fps)
