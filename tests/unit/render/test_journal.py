"""The journal tells what was done and how long it took."""

from __future__ import annotations

import json
import time

import pytest

from preview_worker.render.journal import Journal


def test_phases_add_up() -> None:
    """Also when one is entered twice, or left by an error."""
    journal = Journal()
    with journal.phase("paint"):
        pass
    [once] = journal.phases
    with pytest.raises(LookupError), journal.phase("paint"):
        raise LookupError

    [twice] = journal.phases
    assert twice.busy_s > once.busy_s
    assert twice.begin_at_s == once.begin_at_s
    assert twice.end_at_s >= once.end_at_s


def test_a_phase_of_another_process_is_as_long_as_it_was_there() -> None:
    """Its interval goes from its first beginning to its last end, whichever is told first."""
    journal = Journal()
    now_s = time.monotonic()
    journal.spend("paint", 0.5, now_s + 1.0, now_s + 2.0)
    journal.spend("paint", 0.25, now_s, now_s + 1.5)

    [paint] = journal.phases
    assert paint.busy_s == 0.75
    assert paint.end_at_s - paint.begin_at_s == pytest.approx(2.0, abs=1e-3)
    assert paint.begin_at_s == pytest.approx(time.time(), abs=60)


def test_lines_are_json() -> None:
    """One event a line, with its time."""
    journal = Journal()
    journal.note("planned", scenes=3)
    journal.note("phase", name="été")
    lines = [json.loads(line) for line in journal.text().splitlines()]

    assert [line["event"] for line in lines] == ["planned", "phase"]
    assert all(line["at_s"] >= 0 for line in lines)
