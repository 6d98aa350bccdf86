"""The journal tells what was done and how long it took."""

from __future__ import annotations

import json

import pytest

from preview_worker.render.journal import Journal


def test_phases_add_up() -> None:
    """Also when one is entered twice, or left by an error."""
    journal = Journal()
    with journal.phase("paint"):
        pass
    once = journal.phases_s["paint"]
    with pytest.raises(LookupError), journal.phase("paint"):
        raise LookupError

    assert journal.phases_s["paint"] > once


def test_lines_are_json() -> None:
    """One event a line, with its time."""
    journal = Journal()
    journal.note("planned", scenes=3)
    journal.note("phase", name="été")
    lines = [json.loads(line) for line in journal.text().splitlines()]

    assert [line["event"] for line in lines] == ["planned", "phase"]
    assert all(line["at_s"] >= 0 for line in lines)
