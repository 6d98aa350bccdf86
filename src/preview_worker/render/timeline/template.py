"""A script template: objectives, steps with an action and what to expect, and a last word."""

from __future__ import annotations

from dataclasses import replace

from preview_worker.render.model import EndCard, Row, RowsCard
from preview_worker.render.timeline.drafts import Draft, Plan, Setting, lasting
from preview_worker.render.timeline.fields import SPOKEN, Located, as_text, first_text
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.steps import plan_steps, shown
from preview_worker.render.wording import one_line, shorten, speak

LAST_WORD_CHARS = 200


def plan_template(script: Located, items: list[Located], setting: Setting) -> Plan:
    """Plan the opening, what will be learned, the steps, and the end with the template's words."""
    title = one_line(shown(as_text(script.get("title")), setting.language))
    game = one_line(shown(as_text(script.get("game")), setting.language))
    if title:
        below = game if game and game != title else setting.description
        setting = replace(setting, title=title, description=below)
    plan = plan_steps([item.record for item in items], script.at("steps"), setting)
    opening, *steps, closing = plan.drafts
    goals = _goals(script, setting)
    drafts = (opening, *goals, *steps, _last(script, closing, setting))
    return Plan(plan.title, drafts, plan.findings)


def _goals(script: Located, setting: Setting) -> tuple[Draft, ...]:
    listed = script.get("objectives")
    language = setting.language
    texts = [as_text(one) for one in listed] if isinstance(listed, list) else [as_text(listed)]
    texts = [text for one in texts if (text := one_line(shown(one, language)))]
    if not texts:
        return ()
    phrases = PHRASES[language]
    spoken = speak(" ".join(_sentence(text) for text in texts), language)
    rows = tuple(Row(str(number), text) for number, text in enumerate(texts, 1))
    card = RowsCard("✓", "", phrases.goals, rows)
    seconds = lasting(Located({}, ""), setting, spoken)
    return (Draft("objectives", "step", phrases.goals, spoken, "objective", card, seconds),)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _last(script: Located, closing: Draft, setting: Setting) -> Draft:
    outro = script.get("outro")
    item = Located(outro, script.at("outro")) if isinstance(outro, dict) else None
    said = first_text(item, SPOKEN) if item else as_text(outro)
    spoken = speak(said, setting.language)
    if not spoken:
        return closing
    shown_text = shorten(one_line(shown(said, setting.language)), LAST_WORD_CHARS)
    card = EndCard(shown_text, setting.title)
    seconds = max(closing.seconds, lasting(item or Located({}, ""), setting, spoken))
    return replace(closing, spoken=spoken, card=card, seconds=seconds)
