"""Several chapters: an opening, a title and the steps of each, and one end."""

from __future__ import annotations

from preview_worker.contract import Finding
from preview_worker.render.model import TitleCard
from preview_worker.render.palette import STEP_SECTIONS
from preview_worker.render.timeline.chapter import plan_chapter
from preview_worker.render.timeline.drafts import Draft, Plan, Setting
from preview_worker.render.timeline.fields import (
    BODY,
    Located,
    as_text,
    first_text,
    identity,
    located,
)
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.steps import (
    plan_closing,
    plan_opening,
    plan_step,
    shown,
    title_time,
)
from preview_worker.render.wording import headline, one_line, speak

NAMES = ("title", "heading", "name", "chapterTitle")


def plan_chapters(items: list[Located], setting: Setting, asked: object) -> Plan:
    """Plan all of ``items``, or the one whose id is ``asked`` where the request names it."""
    wanted = as_text(asked)
    chosen = [item for item in items if wanted and as_text(item.get("id")) == wanted]
    if chosen and items[1:]:
        plan = plan_chapter(chosen[0], setting, titled=True)
        told = f"chapterId names one of {len(items)} chapters; only that one is shown."
        return Plan(plan.title, plan.drafts, (*plan.findings, Finding("chapters.one", told)))
    if not items[1:]:
        return plan_chapter(items[0], setting, titled=True)
    phrases = PHRASES[setting.language]
    drafts = [plan_opening(setting, phrases.many_chapters.format(len(items)))]
    for number, item in enumerate(items, 1):
        drafts += _chapter(item, number, setting)
    return Plan(setting.title, (*drafts, plan_closing(setting)))


def _chapter(item: Located, number: int, setting: Setting) -> list[Draft]:
    language = setting.language
    phrases = PHRASES[language]
    label = phrases.chapter.format(number)
    title = one_line(shown(first_text(item, NAMES), language)) or label
    steps = located(item.get("steps"), item.at("steps"))
    about = one_line(shown(first_text(item, ("description", *BODY)), language))
    facts = "" if not steps else phrases.one_step if len(steps) == 1 else phrases.many_steps
    spoken = speak(about or title, language)
    opening = Draft(
        id=identity(item, f"chapter-{number}"),
        kind="title",
        title=headline(title),
        spoken=spoken,
        section=STEP_SECTIONS[(number - 1) % len(STEP_SECTIONS)],
        card=TitleCard(title, about or label, facts.format(len(steps))),
        seconds=title_time(f"{title} {about}", language),
    )
    told = [plan_step(step, n, len(steps), setting) for n, step in enumerate(steps, 1)]
    return [opening, *told]
