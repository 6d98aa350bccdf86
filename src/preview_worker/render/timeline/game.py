"""A game description, from which the whole tutorial is written, from welcome to end card."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from preview_worker.contract import Finding
from preview_worker.render.model import Card, EndCard, Row, RowsCard, StepCard, TitleCard
from preview_worker.render.timeline.drafts import Draft, Plan, Setting, kind_of, lasting
from preview_worker.render.timeline.fields import Located
from preview_worker.render.timeline.phrases import PHRASES
from preview_worker.render.timeline.pictures import Catalogue
from preview_worker.render.timeline.rulebook import Rulebook, read_rulebook
from preview_worker.render.timeline.sections import section_name
from preview_worker.render.timeline.telling import TELLINGS, Telling, enumerated, inside, sentence
from preview_worker.render.wording import speak

PARTS = ("objective", "components", "setup", "turn", "mechanic_text", "scoring")
"""Parts without which a tutorial leaves its viewers with questions."""
_PART_NAMES = {"turn": "turnStructure", "mechanic_text": "coreMechanic"}
_POINTS = re.compile(r"\b(\d{1,3})[ \u00a0](?:points?|pts?)\b", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?…])\s+")
_WINS, _DONE, _WARNS = "★", "✓", "!"


@dataclass(frozen=True, slots=True)
class _Section:
    """One scene of the tutorial before it is counted: what is said, and what is shown."""

    name: str
    spoken: tuple[str, ...]
    title: str = ""
    lead: str = ""
    rows: tuple[Row, ...] = ()


def plan_game(game: Located, setting: Setting) -> Plan:
    """Write the tutorial. A part that the game does not tell is left out, with a finding."""
    book = read_rulebook(game, setting.language)
    name = book.name or setting.title
    telling = TELLINGS[setting.language]
    sections = [
        section
        for section in _sections(book, telling, setting.catalogue)
        if any(filter(None, section.spoken))
    ]
    drafts = [_hook(book, name, setting), *_identity(book, name, setting)]
    for number, section in enumerate(sections, 1):
        of = PHRASES[setting.language].of.format(len(sections))
        drafts.append(_explained(section, (str(number), of), setting))
    drafts += [*_recap(book, setting), _end(name, setting)]
    return Plan(setting.title, tuple(drafts), tuple(_missing(book)))


def _draft(section: str, title: str, card: Card, spoken: str, setting: Setting) -> Draft:
    seconds = lasting(Located({}, ""), setting, spoken, *_read(card))
    said = speak(spoken, setting.language)
    return Draft(f"segment-{section}", kind_of(card), title, said, section, card, seconds)


def _read(card: Card) -> tuple[str, ...]:
    """Return what a viewer has to read on a card."""
    match card:
        case RowsCard():
            return (" ".join((card.title, card.lead, *(row.text for row in card.rows))),)
        case StepCard():
            return (f"{card.title} {card.body}",)
        case _:
            return ()


def _hook(book: Rulebook, name: str, setting: Setting) -> Draft:
    telling = TELLINGS[setting.language]
    said = setting.description or telling.hook.format(name)
    facts = " · ".join(filter(None, (_players(book, telling), _time(book, telling))))
    card = TitleCard(name, said, facts)
    return _draft("hook", section_name("hook", setting.language), card, said, setting)


def _identity(book: Rulebook, name: str, setting: Setting) -> Iterator[Draft]:
    telling = TELLINGS[setting.language]
    players, time = _players(book, telling), _time(book, telling)
    rows, said = [], []
    if players:
        mark, _, word = players.partition(" ")
        low, high = book.players
        if low != high and high:
            mark, word = f"{low}–{high}", telling.players
        rows.append(Row(mark, word))
        said.append(telling.identity.format(name, players))
    if time:
        mark, _, word = time.partition(" ")
        rows.append(Row(mark, word) if mark[:1].isdigit() and word else Row("", time))
        said.append(telling.lasts.format(time))
    if book.designer:
        rows.append(Row(telling.by, book.designer))
        said.append(telling.designed_by.format(book.designer.rstrip(".")))
    if rows:
        title = section_name("game_identity", setting.language)
        card = RowsCard("i", title, name, tuple(rows))
        yield _draft("game_identity", title, card, " ".join(said), setting)


def _players(book: Rulebook, telling: Telling) -> str:
    low, high = book.players
    if not low:
        return ""
    if not high:
        return telling.players_from.format(low)
    if low != high:
        return telling.players_between.format(low, high)
    return telling.one_player if low == "1" else telling.exact_players.format(low)


def _time(book: Rulebook, telling: Telling) -> str:
    return telling.minutes.format(book.duration) if book.duration.isdigit() else book.duration


def _sections(book: Rulebook, telling: Telling, catalogue: Catalogue) -> Iterator[_Section]:
    yield _Section("objective", (sentence(book.objective),), lead=sentence(book.objective))
    yield _components(book, telling, catalogue)
    rows = tuple(Row(str(number), text) for number, text in enumerate(book.setup, 1))
    said = map(sentence, book.setup)
    yield _Section("setup", (telling.set_up, *said) if rows else (), rows=rows)
    yield _turn(book, telling)
    named = telling.mechanic.format(book.mechanic) if book.mechanic else ""
    text = sentence(book.mechanic_text)
    yield _Section("core_mechanic", (named, text), title=book.mechanic, lead=text)
    rows = tuple(Row("+", text) for text in book.secondary)
    yield _Section("secondary_mechanics", tuple(map(sentence, book.secondary)), rows=rows)
    yield _scoring(book)
    rows = tuple(Row(_WARNS, text) for text in book.special)
    said = map(sentence, book.special)
    yield _Section("edge_cases", (telling.special, *said) if rows else (), rows=rows)


def _components(book: Rulebook, telling: Telling, catalogue: Catalogue) -> _Section:
    if not book.components:
        return _Section("components", ())
    rows = tuple(
        Row(one.quantity, one.name, catalogue.picture_of(one.item)) for one in book.components
    )
    listed = [
        f"{one.quantity} {inside(one.name)}" if one.quantity else inside(one.name)
        for one in book.components
    ]
    said = telling.in_the_box.format(enumerated(listed, telling))
    return _Section("components", (said,), rows=rows)


def _turn(book: Rulebook, telling: Telling) -> _Section:
    rows = [Row(str(number), text) for number, text in enumerate(book.phases, 1)]
    if rows and book.end:
        rows.append(Row(telling.end_mark, book.end))
    phases = ", ".join(map(inside, book.phases)).rstrip(".")
    said = (
        sentence(book.turn),
        telling.phases.format(phases) if phases else "",
        sentence(book.end),
    )
    lead = sentence(book.turn)
    if not rows:
        lead = "\n".join(filter(None, (lead, sentence(book.end))))
    return _Section("turn_structure", said, lead=lead, rows=tuple(rows))


def _scoring(book: Rulebook) -> _Section:
    """Put what scores into rows that begin with its points, and the rest above them."""
    rows, lead = [], []
    for one in _SENTENCES.split(book.scoring):
        points = _POINTS.findall(one)
        if len(points) == 1:
            rows.append(Row(points[0], one))
        else:
            lead.append(one)
    if book.winning:
        rows.append(Row(_WINS, book.winning))
    said = (sentence(book.scoring), sentence(book.winning))
    return _Section("scoring", said, lead=" ".join(lead), rows=tuple(rows))


def _explained(section: _Section, head: tuple[str, str], setting: Setting) -> Draft:
    mark, of = head
    title = section_name(section.name, setting.language)
    shown_title = section.title or title
    spoken = " ".join(filter(None, section.spoken))
    card: Card = StepCard(mark, of, shown_title, section.lead)
    if section.rows:
        card = RowsCard(mark, of, shown_title, section.rows, section.lead)
    return _draft(section.name, title, card, spoken, setting)


def _recap(book: Rulebook, setting: Setting) -> Iterator[Draft]:
    telling = TELLINGS[setting.language]
    turn = telling.on_your_turn.format(", ".join(map(inside, book.phases)).rstrip("."))
    winning = _SENTENCES.split(book.winning)[0]
    texts = [text for text in (book.objective, turn if book.phases else "", winning) if text]
    if texts:
        title = section_name("recap", setting.language)
        rows = tuple(Row(_DONE, text) for text in texts)
        card = RowsCard(_DONE, book.name or setting.title, title, rows)
        said = " ".join((telling.recap, *map(sentence, texts)))
        yield _draft("recap", title, card, said, setting)


def _end(name: str, setting: Setting) -> Draft:
    ready = PHRASES[setting.language].ready
    said = TELLINGS[setting.language].farewell.format(name)
    return _draft("end_card", ready, EndCard(ready, name), said, setting)


def _missing(book: Rulebook) -> Iterator[Finding]:
    for part in PARTS:
        if not getattr(book, part):
            told = f"The game does not tell its {_PART_NAMES.get(part, part)}; it is left out."
            yield Finding("game.part_missing", told)
