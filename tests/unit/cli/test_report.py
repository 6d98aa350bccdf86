"""A review in a terminal: grouped by scene, errors first, within its width."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from preview_worker.cli.report import print_review, review_document
from preview_worker.contract import (
    EliteRule,
    EliteScore,
    Finding,
    PixelBox,
    Quality,
    SceneFacts,
)
from preview_worker.render import Review

RULES = (
    EliteRule("V1", 0, 40, "HARD_FAIL", "failed", "1280x720", "at least 1920x1080", "Ask for it."),
    EliteRule("C1", 0, 60, "SOFT_WARN", "failed", 7.5, "chapters of 120 to 210 s", "Tell more."),
    EliteRule("A1", 0, 60, "HARD_FAIL", "not_measured", None, "a loudness", "Render it."),
    EliteRule("R1", 80, 80, "HARD_FAIL", "passed", 0.0, "at most 15 s"),
)
SCENES = (
    SceneFacts("opening", "title", "Moss", 0, 90),
    SceneFacts("deal", "step", "Deal the cards", 90, 45),
    SceneFacts("end", "end", "All set", 135, 90),
)


def a_review(*findings: Finding, **changes: Any) -> Review:
    """Return a review of three scenes with these findings."""
    errors, warnings, notes = (
        sum(f.severity == s for f in findings) for s in ("error", "warning", "note")
    )
    elite = EliteScore("1.1.0", 80, 240, 60, RULES)
    quality = Quality(errors, warnings, notes, elite)
    return Review(
        **{
            "title": "Moss",
            "fps": 30.0,
            "scenes": SCENES,
            "findings": findings,
            "quality": quality,
            **changes,
        }
    )


def printed(*findings: Finding, width: int = 100) -> list[str]:
    """Return the lines that a person sees."""
    out = io.StringIO()
    print_review(a_review(*findings), Console(file=out, width=width, highlight=False))
    return out.getvalue().splitlines()


def a_finding(code: str, scene: str | None, severity: Any = "warning", **more: Any) -> Finding:
    """Return a finding that says what it is."""
    return Finding(code, f"This is {code}.", scene, severity, suggestion="Mend it.", **more)


def test_findings_stand_below_their_scene() -> None:
    """With its number, title, id and time."""
    lines = printed(a_finding("text.small", "deal"))
    start = lines.index("Scene 2  Deal the cards  deal, at 0:03 for 1.5 s")

    assert lines[start + 1].split() == ["▲", "text.small", "This", "is", "text.small."]
    assert lines[start + 2].strip() == "→ Mend it."


def test_errors_come_first() -> None:
    """In a scene, and scenes that have any before those that have none."""
    lines = printed(
        a_finding("one.note", "opening", "note"),
        a_finding("two.warning", "deal"),
        a_finding("three.error", "deal", "error"),
        a_finding("four.whole", None),
    )
    seen = [line.split()[1] for line in lines if line.startswith("  ") and "This is" in line]

    assert seen == ["three.error", "two.warning", "one.note", "four.whole"]


def test_a_place_on_the_picture_is_told() -> None:
    """In pixels."""
    lines = printed(a_finding("text.small", "deal", box=PixelBox(10, 20, 300, 40)))

    assert any("300×40 px at 10, 20" in line for line in lines)


def test_no_line_is_wider_than_the_terminal() -> None:
    """However long the message, and nothing of it is lost."""
    words = [f"word{n}" for n in range(60)]
    finding = Finding("text.cut", " ".join(words), "deal", "error", suggestion=" ".join(words))
    for width in (100, 80):
        lines = printed(finding, width=width)
        assert max(map(len, lines)) <= width
        assert [word for word in " ".join(lines).split() if word.startswith("word")] == words * 2


def test_what_lacks_of_the_standard_is_listed() -> None:
    """Neither what is passed nor what was not measured."""
    text = "\n".join(printed())

    assert "V1" in text
    assert "Wanted: at least 1920x1080. Found: 1280x720." in text
    assert "Found: 7.5." in text
    assert "A1" not in text
    assert "R1" not in text


def test_the_last_line_has_the_sums() -> None:
    """One of a kind is singular."""
    *_, last = printed(a_finding("a.b", "deal", "error"), a_finding("c.d", None))

    assert last == "1 error, 1 warning, 0 notes  ·  Elite 80 of 240 (60 not measured)"


def test_the_document_holds_everything() -> None:
    """As one object of plain JSON."""
    review = a_review(a_finding("text.small", "deal", "error", box=PixelBox(1, 2, 3, 4)))
    document = json.loads(json.dumps(review_document(review)))

    assert set(document) == {"findings", "errors", "warnings", "notes", "elite"}
    assert document["findings"][0]["box"] == [1, 2, 3, 4]
    assert document["errors"] == 1
    assert document["elite"]["rules"][0]["missing"] == "Ask for it."
