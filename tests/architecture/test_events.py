"""The events: each is in the union that observers match on, and explained in the documentation."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from functools import cache
from inspect import isclass
from typing import get_args

import pytest

from preview_worker import events
from tests.architecture.tree import ROOT

EVENTS = get_args(events.Event)
PARTS = {events.TraceContext}
"""Values that events are made of."""


@cache
def table() -> str:
    """Return the documentation of the events."""
    return (ROOT / "docs" / "events.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_event_has_its_row_in_the_documentation(event: type) -> None:
    """``docs/events.md`` has the class, its fields, and the sentence of its docstring."""
    fields = ", ".join(f"`{name}`" for name in event.__annotations__)
    sentence = " ".join((event.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")

    row = f"| `{event.__name__}` | {sentence} | {fields} |"
    assert row in table(), f"docs/events.md lacks the row: {row}"


def test_the_documentation_has_no_row_for_an_event_that_is_gone() -> None:
    """Every class in the table of ``docs/events.md`` exists."""
    documented = re.findall(r"^\| `([^`]+)`", table(), re.MULTILINE)

    assert documented == [event.__name__ for event in EVENTS]


def test_every_event_class_is_in_the_union() -> None:
    """Each dataclass of ``events`` is an ``Event`` or part of one, so a ``match`` can be full."""
    dataclasses = [each for each in vars(events).values() if isclass(each) and is_dataclass(each)]

    assert len(EVENTS) == len(set(EVENTS))
    assert set(dataclasses) == set(EVENTS) | PARTS
