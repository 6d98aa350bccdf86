"""A game description read: every part as clean text, under the names that producers use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.steps import shown
from preview_worker.render.wording import one_line

TEXTS = ("description", "text", "rule", "instruction", "name", "title")
NAMES = ("gameName", "name", "title")


@dataclass(frozen=True, slots=True)
class Component:
    """What lies in the box, and how many of it, where the game says."""

    name: str
    quantity: str
    item: Located
    """As the payload has it, for its picture."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What a game says of itself; a part that it leaves out is empty."""

    name: str
    players: tuple[str, str]
    """The fewest and the most, as text."""
    duration: str
    designer: str
    objective: str
    components: tuple[Component, ...]
    setup: tuple[str, ...]
    turn: str
    phases: tuple[str, ...]
    end: str
    mechanic: str
    mechanic_text: str
    secondary: tuple[str, ...]
    scoring: str
    winning: str
    special: tuple[str, ...]


def read_rulebook(game: Located, language: str) -> Rulebook:
    """Read ``game`` with its text cleaned for ``language``."""

    def line(*path: str) -> str:
        return one_line(shown(_text(game.get(*path)), language))

    def lines(*names: str) -> tuple[str, ...]:
        return next((found for name in names if (found := _lines(game.get(name), language))), ())

    return Rulebook(
        name=next(filter(None, (line(name) for name in NAMES)), ""),
        players=_players(game),
        duration=line("duration") or line("playTime"),
        designer=line("designer"),
        objective=line("objective") or line("goal"),
        components=_components(game, language),
        setup=lines("setup", "setupSteps"),
        turn=line("turnStructure")
        if isinstance(game.get("turnStructure"), str)
        else one_line(shown(as_text(game.get("turnStructure", "description")), language)),
        phases=_lines(game.get("turnStructure", "phases"), language),
        end=line("turnStructure", "endCondition") or line("endCondition"),
        mechanic=line("coreMechanic", "name"),
        mechanic_text=line("coreMechanic", "description") or _bare(game, "coreMechanic", language),
        secondary=lines("secondaryMechanics"),
        scoring=line("scoring", "description") or _bare(game, "scoring", language),
        winning=line("scoring", "winCondition") or line("winCondition"),
        special=lines("edgeCases", "specialRules"),
    )


def _bare(game: Located, name: str, language: str) -> str:
    """Return a part that is told in one string instead of an object."""
    value = game.get(name)
    return one_line(shown(value, language)) if isinstance(value, str) else ""


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return next((text for name in TEXTS if (text := as_text(value.get(name)))), "")
    return as_text(value)


def _lines(value: object, language: str) -> tuple[str, ...]:
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    found = (one_line(shown(_told(one), language)) for one in listed)
    return tuple(filter(None, found))


def _told(value: object) -> str:
    """Return ``Name: what it means`` for a part that has both."""
    if isinstance(value, Mapping):
        name, text = as_text(value.get("name")), as_text(value.get("description"))
        return f"{name}: {text}" if name and text else _text(value)
    return as_text(value)


def _players(game: Located) -> tuple[str, str]:
    count = game.get("playerCount")
    if isinstance(count, Mapping):
        low, high = as_text(count.get("min")), as_text(count.get("max"))
        return (low or high, high)
    if count is None:
        return as_text(game.get("minPlayers")), as_text(game.get("maxPlayers"))
    low, _, high = as_text(count).replace("–", "-").partition("-")
    return low.strip(), (high or low).strip()


def _components(game: Located, language: str) -> tuple[Component, ...]:
    value = game.get("components")
    listed = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    found = []
    for index, one in enumerate(listed):
        item = Located(one if isinstance(one, Mapping) else {}, game.at("components", str(index)))
        quantity = one.get("quantity", one.get("count")) if isinstance(one, Mapping) else None
        named = one.get("name") or one.get("label") if isinstance(one, Mapping) else one
        if name := one_line(shown(_text(named), language)):
            found.append(Component(name, one_line(shown(as_text(quantity), language)), item))
    return tuple(found)
