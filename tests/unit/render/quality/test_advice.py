"""What is added to findings that say less themselves."""

from __future__ import annotations

from preview_worker.contract import Finding
from preview_worker.render.quality.advice import advised


def test_a_finding_without_a_suggestion_gets_one_and_its_severity() -> None:
    """By its code."""
    finding = advised(Finding("text.cut", "It was cut.", "s"))

    assert (finding.severity, finding.scene) == ("error", "s")
    assert "Shorten" in finding.suggestion


def test_a_code_whose_step_knows_how_grave_it_is_keeps_it() -> None:
    """Only what to do is added."""
    finding = advised(Finding("colour.unknown", "Puce.", severity="note"))

    assert finding.severity == "note"
    assert finding.suggestion


def test_a_finding_that_says_what_to_do_stays_as_it_is() -> None:
    """Its step knew better."""
    finding = Finding("text.cut", "It was cut.", severity="note", suggestion="Let it be.")

    assert advised(finding) is finding


def test_a_code_without_advice_stays_as_it_is() -> None:
    """Nothing is made up."""
    finding = Finding("new.code", "Something.")

    assert advised(finding) is finding
