"""What rules answer with."""

from __future__ import annotations

from preview_worker.render.quality.elite.evidence import LATER, Verdict


def test_later_neither_holds_nor_fails() -> None:
    """It is what a rule answers that needs the finished file."""
    assert LATER.holds is None
    assert LATER.missing


def test_a_verdict_that_holds_needs_no_more_words() -> None:
    """Nothing was measured and nothing is missing unless it says so."""
    assert Verdict(holds=True) == (True, None, "")
