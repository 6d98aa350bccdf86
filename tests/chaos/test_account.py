"""Figures get onto the page from reports, and from nowhere else."""

from __future__ import annotations

from typing import Any

from chaos.account import told, with_part
from chaos.report import Report

PAGE = """# Page

<!-- part: a -->
yesterday
<!-- end: a -->

<!-- part: b -->
kept
<!-- end: b -->
"""


def a_report(part: str, *, lost: int = 0) -> dict[str, Any]:
    """Return a report of one figure and one invariant."""
    report = Report(part, 7)
    report.figure("lost jobs", lost, limit=0)
    report.invariant("I1", holds=not lost, evidence="a | b")
    report.faults["worker killed"] = 3
    return dict(report.document())


def test_a_report_replaces_its_part_alone() -> None:
    """What stood there is gone, what others said stays."""
    page = with_part(PAGE, a_report("a"))

    assert "yesterday" not in page
    assert "kept" in page
    assert "| lost jobs | 0 | 0 |" in page
    assert with_part(page, a_report("a")).count("<!-- part: a -->") == 1


def test_a_new_part_comes_last() -> None:
    """A part that the page does not know is added."""
    assert with_part(PAGE, a_report("c")).rstrip().endswith("<!-- end: c -->")


def test_what_is_broken_is_told() -> None:
    """In the sentence and in the table."""
    broken = told(a_report("a", lost=1))

    assert "**something was broken**" in broken
    assert "| I1 | **broken** | a \\| b |" in broken
    assert "everything held" in told(a_report("a"))
