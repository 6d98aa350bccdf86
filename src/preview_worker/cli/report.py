"""A review as people read it in a terminal, and as programs read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from preview_worker.contract import EliteRule, EliteScore, Finding, Quality, SceneFacts
    from preview_worker.render import Review

WIDTH = 100
INDENT = 25
"""Where what is told begins: right of the longest code."""
GRAVITY = {"error": 0, "warning": 1, "note": 2}
_MARKS = {"error": ("✗", "bold red"), "warning": ("▲", "yellow"), "note": ("•", "cyan")}
_NOUNS = {"error": "errors", "warning": "warnings", "note": "notes"}
_GOOD_SHARE, _FAIR_SHARE = 0.9, 0.6


def review_document(review: Review) -> dict[str, Any]:
    """Return the review as one JSON object."""
    findings = [asdict(finding) for finding in review.findings]
    return {"findings": findings, **asdict(review.quality)}


def print_review(review: Review, console: Console | None = None) -> None:
    """Print the findings scene by scene, what lacks of the Elite standard, and the sums."""
    out = console or _console()
    for line in _lines(review, out):
        out.print(line, soft_wrap=True)


def _console() -> Console:
    console = Console(highlight=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    return console


def _lines(review: Review, console: Console) -> Iterator[Text]:
    yield _heading(review)
    for heading, findings in _by_scene(review):
        yield Text()
        yield heading
        for finding in findings:
            yield from _told(finding, console)
    yield from _missing(review.quality.elite, console)
    yield Text()
    yield _sums(review.quality)


def _heading(review: Review) -> Text:
    frames = sum(scene.frames for scene in review.scenes)
    scenes = "1 scene" if len(review.scenes) == 1 else f"{len(review.scenes)} scenes"
    length = _clock(frames / review.fps)
    return Text.assemble((review.title, "bold"), (f"  {scenes}, {length}", "dim"))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _by_scene(review: Review) -> Iterator[tuple[Text, Sequence[Finding]]]:
    """Yield each scene that has findings: those with errors first, then as they are shown."""
    order = {scene.id: number for number, scene in enumerate(review.scenes)}

    def place(finding: Finding) -> int:
        return order.get(finding.scene or "", len(order))

    groups = [
        sorted(group, key=lambda finding: GRAVITY[finding.severity])
        for _, group in groupby(sorted(review.findings, key=place), place)
    ]
    for findings in sorted(groups, key=lambda group: group[0].severity != "error"):
        number = place(findings[0])
        if number == len(order):
            yield Text("The whole preview", "bold"), findings
        else:
            yield _named(review.scenes[number], number + 1, review.fps), findings


def _named(scene: SceneFacts, number: int, fps: float) -> Text:
    start, length = scene.start_frame / fps, scene.frames / fps
    text = Text.assemble(
        (f"Scene {number}  {scene.title}", "bold"),
        (f"  {scene.id}, at {_clock(start)} for {length:.1f} s", "dim"),
    )
    text.truncate(WIDTH, overflow="ellipsis")
    return text


def _told(finding: Finding, console: Console) -> Iterator[Text]:
    head = Text.assemble("  ", _MARKS[finding.severity], " ", (finding.code, "bold"))
    message = Text(finding.message)
    if finding.box is not None:
        x, y, width, height = finding.box
        place = f"{width}×{height} px at {x}, {y}"
        last = message.wrap(console, console.width - INDENT)[-1]
        gap = " " if len(last) + 1 + len(place) <= console.width - INDENT else "\n"
        message.append(gap + place, "dim")
    yield from _entry(head, message, finding.suggestion, console)


def _entry(head: Text, message: Text, advice: str, console: Console) -> Iterator[Text]:
    """Yield ``head`` with the message beside it, and what to do below, all in one column."""
    head.pad_right(max(1, INDENT - len(head)))
    room = max(20, console.width - INDENT)
    lines = [*message.wrap(console, room)]
    for number, line in enumerate(Text(advice, "green").wrap(console, room - 2) if advice else ()):
        lines.append(Text.assemble(("  " if number else "→ ", "green"), line))
    for number, line in enumerate(lines):
        line.rstrip()
        yield Text.assemble(Text(" " * INDENT) if number else head, line)


def _missing(elite: EliteScore, console: Console) -> Iterator[Text]:
    failed = [rule for rule in elite.rules if rule.status == "failed"]
    if not failed:
        return
    yield Text()
    yield Text.assemble(("Elite standard", "bold"), (f"  {elite.standard}, what is missing", "dim"))
    for rule in failed:
        style = "red" if rule.severity == "HARD_FAIL" else "yellow"
        head = Text.assemble("  ", ("○", style), " ", (f"{rule.id:<4}", "bold"))
        head.append(f"{rule.max:>3} points", "dim")
        told = f"Wanted: {rule.threshold}. {_found(rule)}".rstrip()
        yield from _entry(head, Text(told), rule.missing, console)


def _found(rule: EliteRule) -> str:
    match rule.measured:
        case None | "" | bool():
            return ""
        case float() | int() as number:
            return f"Found: {number:g}."
        case words:
            return f"Found: {words}."


def _sums(quality: Quality) -> Text:
    counts = {"error": quality.errors, "warning": quality.warnings, "note": quality.notes}
    text = Text()
    for severity, count in counts.items():
        noun = severity if count == 1 else _NOUNS[severity]
        text.append(f"{count} {noun}", _MARKS[severity][1] if count else "dim")
        text.append(", " if severity != "note" else "  ·  ", "dim")
    elite = quality.elite
    measured = elite.max - elite.unmeasured
    share = elite.score / measured if measured else 0
    style = "green" if share >= _GOOD_SHARE else "yellow" if share >= _FAIR_SHARE else "red"
    text.append(f"Elite {elite.score} of {elite.max}", f"bold {style}")
    if elite.unmeasured:
        text.append(f" ({elite.unmeasured} not measured)", "dim")
    return text
