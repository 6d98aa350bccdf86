"""X11: the payload part of ``chaos/`` in short; at full length see docs/reliability.md."""

from __future__ import annotations

from collections import Counter

from chaos.grammar import Grammar
from chaos.trial import read_and_plan
from preview_worker.render import RenderSettings

COUNT = 150


def test_hostile_payloads_are_refused_or_planned() -> None:
    """X11: each is accepted or ``invalid.*`` in a second; so are pages and captions of some."""
    codes: Counter[str] = Counter()
    for number, raw in enumerate(Grammar("6/0").payloads(COUNT)):
        outcome = read_and_plan(raw, RenderSettings(), pages=number % 30 == 0)
        assert not outcome.surprise, f"payload {number}: {outcome.surprise}"
        assert outcome.spent_s < 2, f"payload {number} of {len(raw)} bytes: {outcome}"
        codes[outcome.code] += 1
    assert codes["accepted"] > COUNT / 4
    assert len(codes) > 4


def test_a_seed_gives_the_same_payloads() -> None:
    """So that what a run found can be had again."""
    assert list(Grammar("1/2").payloads(40)) == list(Grammar("1/2").payloads(40))
