"""Plain steps and chapters: a title card, one scene a step, and an end card."""

from __future__ import annotations

from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.emphasis import without_emphasis
from preview_worker.render.model import EndCard, StepCard, TitleCard
from preview_worker.render.palette import SECTIONS, STEP_SECTIONS
from preview_worker.render.timeline.choreography import choreographed
from preview_worker.render.timeline.drafts import Draft, Plan, Setting
from preview_worker.render.timeline.fields import (
    BODY,
    SPOKEN,
    TITLES,
    Located,
    as_text,
    duration_s,
    first_text,
    identity,
    located,
)
from preview_worker.render.timeline.layouts import arranged
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.wording import clean, headline, one_line, reading_time, speak

TITLE_S = (Fraction(3), Fraction(10))
STEP_MIN_S = Fraction(3)
PICTURE_MIN_S = Fraction(4)
END_S = Fraction(3)


def plan_steps(steps: object, where: str, setting: Setting) -> Plan:
    """Plan the steps at ``where``; none at all still give an opening and a closing."""
    items = located(steps, where)
    drafts = (
        plan_opening(setting, _counted(len(items), setting.language)),
        *(plan_step(item, index, len(items), setting) for index, item in enumerate(items, 1)),
        plan_closing(setting),
    )
    return Plan(setting.title, drafts, _findings(items))


def _findings(items: list[Located]) -> tuple[Finding, ...]:
    if items:
        return ()
    return (Finding("steps.none", "There are no steps: only a title and an end card are shown."),)


def _counted(steps: int, language: str) -> str:
    phrases = PHRASES[language]
    facts = "" if steps == 0 else phrases.one_step if steps == 1 else phrases.many_steps
    return facts.format(steps)


def title_time(text: str, language: str) -> Fraction:
    """Return how long a title card with ``text`` is shown."""
    low, high = TITLE_S
    return min(max(reading_time(text, language), low), high)


def plan_opening(setting: Setting, facts: str) -> Draft:
    """Return the title card of the whole preview, with ``facts`` such as ``"5 steps"``.

    A description that cannot be spoken while the card is on is there to be read; the title is said.
    """
    card = TitleCard(setting.title, setting.description, facts)
    spoken = speak(setting.description, setting.language)
    if not spoken or reading_time(spoken, setting.language) > TITLE_S[1]:
        spoken = speak(setting.title, setting.language)
    seconds = title_time(f"{setting.title} {setting.description}", setting.language)
    return Draft("title", "title", setting.title, spoken, "hook", card, seconds)


def plan_closing(setting: Setting) -> Draft:
    """Return the end card of the whole preview."""
    ready = PHRASES[setting.language].ready
    return Draft("end", "end", ready, "", "end_card", EndCard(ready, setting.title), END_S)


def plan_step(item: Located, position: int, total: int, setting: Setting) -> Draft:
    """Return the scene of one step, which is number ``position`` of ``total``."""
    language = setting.language
    label = PHRASES[language].step.format(position)
    title = one_line(shown(first_text(item, TITLES), language))
    body = shown(_body(item), language)
    picture = setting.catalogue.picture_of(item)
    spoken = speak(first_text(item, SPOKEN), language) or speak(title, language)
    words = f"{title} {body}" if len(body) >= len(spoken) else f"{title} {spoken}"
    least = PICTURE_MIN_S if picture else STEP_MIN_S
    voice = setting.voices.of(item)
    asked = duration_s(item, setting.profile.fps) or setting.voices.length_s(voice)
    card = StepCard(str(position), PHRASES[language].of.format(total), title, body, picture)
    draft = Draft(
        id=identity(item, f"step-{position}"),
        kind="step",
        title=title or headline(body) or label,
        spoken=spoken,
        section=_section(item, position),
        card=arranged(card, item, setting.catalogue),
        seconds=asked or max(reading_time(words, language), least),
        voice=voice,
    )
    return choreographed(draft, item, setting)


def shown(text: str, language: str) -> str:
    """Return ``text`` as it is painted: cleaned, and without the marks of emphasis."""
    return without_emphasis(clean(text, language))


def _body(item: Located) -> str:
    parts = (first_text(item, BODY), as_text(item.get("action")), as_text(item.get("expect")))
    return "\n".join(filter(None, parts))


def _section(item: Located, position: int) -> str:
    for name in ("type", "section"):
        if (word := as_text(item.get(name)).strip().lower()) in SECTIONS:
            return word
    return STEP_SECTIONS[(position - 1) % len(STEP_SECTIONS)]
