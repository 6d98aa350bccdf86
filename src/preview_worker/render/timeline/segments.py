"""Script segments ``{type, narration}`` and timed ones ``{type, content, startTime, endTime}``."""

from __future__ import annotations

import re

from preview_worker.render.model import (
    Card,
    EndCard,
    PictureRef,
    Row,
    RowsCard,
    StepCard,
    TitleCard,
)
from preview_worker.render.timeline.choreography import choreographed
from preview_worker.render.timeline.drafts import Draft, Plan, Setting, kind_of, lasting
from preview_worker.render.timeline.fields import (
    BODY,
    SPOKEN,
    TITLES,
    Located,
    first_text,
    identity,
)
from preview_worker.render.timeline.layouts import arranged
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.sections import section_among, section_name, spelled, word_of
from preview_worker.render.timeline.steps import shown
from preview_worker.render.wording import headline, one_line, speak

UNCOUNTED = {"hook": "", "game_identity": "i", "recap": "✓", "end_card": ""}
"""Sections that are no step of the explanation, and the mark that they have instead."""
_NUMBERED = re.compile(
    r"(?:^|(?<=[.!?…;]))\s*(?:steps?|étapes?)\s*(\d{1,2})\s*[:.)]\s*", re.IGNORECASE
)


def plan_segments(items: list[Located], setting: Setting) -> Plan:
    """Plan the segments as they are: each is a scene, and no card is added."""
    total = sum(_section(item) not in UNCOUNTED for item in items)
    drafts, counted = [], 0
    for position, item in enumerate(items, 1):
        counted += _section(item) not in UNCOUNTED
        drafts.append(_scene(item, (position, counted, total), setting))
    return Plan(setting.title, tuple(drafts))


def _section(item: Located) -> str:
    return section_among((item.get("type"), item.get("section"), item.get("id")))


def _scene(item: Located, place: tuple[int, int, int], setting: Setting) -> Draft:
    position, counted, total = place
    language = setting.language
    section = _section(item)
    spoken = speak(first_text(item, SPOKEN), language)
    body = shown(first_text(item, BODY), language)
    named = one_line(shown(first_text(item, TITLES[:3]), language))
    of = PHRASES[language].of.format(total)
    mark = UNCOUNTED.get(section, str(counted))
    title = named or _name(item, section, language)
    if section in UNCOUNTED:
        of, title = section_name(section, language), named or setting.title
    card = _card((section, mark, of), title, body, setting.catalogue.picture_of(item))
    if isinstance(card, StepCard):
        card = arranged(card, item, setting.catalogue)
    draft = Draft(
        id=identity(item, f"segment-{position}"),
        kind=kind_of(card),
        title=named or _name(item, section, language) or headline(body),
        spoken=spoken,
        section=section,
        card=card,
        seconds=lasting(item, setting, spoken, body),
        voice=setting.voices.of(item),
    )
    return choreographed(draft, item, setting)


def _name(item: Located, section: str, language: str) -> str:
    known = section_name(word_of(item.get("type")), language) or section_name(section, language)
    return known or spelled(word_of(item.get("type")))


def _card(head: tuple[str, str, str], title: str, body: str, picture: PictureRef | None) -> Card:
    section, mark, of = head
    if picture:
        return StepCard(mark or "•", of, title, body, picture)
    if section == "hook":
        return TitleCard(title, one_line(body), "")
    if section == "end_card":
        return EndCard(one_line(body) or title, title)
    if rows := numbered_rows(body):
        return RowsCard(mark, of, title, rows)
    return StepCard(mark, of, title, body)


def numbered_rows(text: str) -> tuple[Row, ...]:
    """Return the rows of ``"Step 1: … Step 2: …"``; none unless it is numbered throughout."""
    first, *parts = _NUMBERED.split(text)
    numbers, texts = parts[::2], [part.strip() for part in parts[1::2]]
    in_order = numbers == [str(number) for number in range(1, len(numbers) + 1)]
    if first.strip() or not numbers[1:] or not in_order or not all(texts):
        return ()
    return tuple(Row(number, one) for number, one in zip(numbers, texts, strict=True))
