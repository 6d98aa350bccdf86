"""The rules about how a tutorial is told."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.quality.elite import structure
from tests.unit.render.quality.elite.previews import evidence, segments

ORDER = structure.ORDER
GAME = {
    "gameName": "Moss",
    "objective": "Have most moss.",
    "turnStructure": {"phases": ["Grow"], "description": "Grow."},
    "coreMechanic": {"name": "Growing", "description": "Moss grows."},
    "secondaryMechanics": ["Rain falls."],
    "scoring": {"description": "Count your moss."},
    "edgeCases": ["No moss, no points."],
}


def test_the_six_sections_in_their_order_pass() -> None:
    """With others before and after them."""
    script = segments("hook", *ORDER, "recap")
    for index, name in enumerate(("hook", *ORDER, "recap")):
        script["segments"][index]["id"] = f"segment-{name}"

    assert structure.judge_order(evidence(script=script)).holds is True


def test_a_game_description_with_all_its_parts_passes() -> None:
    """Its tutorial is written in that order."""
    assert structure.judge_order(evidence(game=GAME)).holds is True


def test_what_lacks_is_named() -> None:
    """And what was found is measured."""
    verdict = structure.judge_order(evidence(script=segments("objective", "scoring")))

    assert verdict.measured == "objective, scoring"
    assert "turn_structure" in verdict.missing


def test_another_order_fails() -> None:
    """Scoring before the goal."""
    script = segments(*reversed(ORDER))
    for index, name in enumerate(reversed(ORDER)):
        script["segments"][index]["id"] = f"segment-{name}"
    verdict = structure.judge_order(evidence(script=script))

    assert verdict.holds is False
    assert "order" in verdict.missing


def test_steps_say_nothing_of_their_sections() -> None:
    """Their colours follow each other without a meaning."""
    verdict = structure.judge_order(evidence(steps=[{"text": str(n)} for n in range(7)]))

    assert (verdict.holds, verdict.measured) == (False, None)


@pytest.mark.parametrize(
    ("names", "longest_s"),
    [(["objective"] * 4, 400.0), (["objective", "recap", "scoring", "scoring"], 200.0)],
)
def test_a_recap_divides_what_is_told(names: list[str], longest_s: float) -> None:
    """Five minutes may go without."""
    verdict = structure.judge_blocks(evidence(script=segments(*names, seconds=100)))

    assert (verdict.holds, verdict.measured) == (longest_s <= 300, longest_s)


def test_the_longest_time_without_a_picture_is_measured() -> None:
    """Scenes with one interrupt it."""
    steps = [{"text": "x", "durationSec": 20}, {"image": "a.png", "durationSec": 20}]
    verdict = structure.judge_gaps(evidence(steps=[*steps, *steps[:1] * 2]))

    # Two steps of 20 s and the end card of 3 s.
    assert (verdict.holds, verdict.measured) == (False, 43.0)


def test_nobody_knows_how_a_subsystem_branches() -> None:
    """So the rule is never measured."""
    assert structure.judge_compression(evidence()).holds is None


@pytest.mark.parametrize(("before_s", "holds"), [(15, True), (16, False)])
def test_the_hook_comes_within_fifteen_seconds(before_s: float, *, holds: bool) -> None:
    """Whatever comes before it."""
    script = segments("objective", "hook")
    script["segments"][0]["durationSec"] = before_s
    verdict = structure.judge_hook(evidence(script=script))

    assert (verdict.holds, verdict.measured) == (holds, before_s)


def test_without_a_hook_the_rule_fails() -> None:
    """Nothing is measured then."""
    verdict = structure.judge_hook(evidence(script=segments("objective")))

    assert (verdict.holds, verdict.measured) == (False, None)


@pytest.mark.parametrize(
    ("request_", "holds", "measured"),
    [
        ({"title": "Moss"}, False, 3.0),
        ({"title": "Moss", "description": "Learn how moss grows."}, True, "cold open"),
        ({"script": segments("objective")}, True, "cold open"),
        ({"title": "About hook", "script": segments("hook", seconds=2)}, True, 2.0),
    ],
)
def test_an_opening_is_short_or_says_something(
    request_: dict[str, Any], measured: float | str, *, holds: bool
) -> None:
    """A card with nothing but the title on it is an intro."""
    verdict = structure.judge_intro(evidence(**request_))

    assert (verdict.holds, verdict.measured) == (holds, measured)


@pytest.mark.parametrize(
    ("seconds", "holds"),
    [((120, 200), True), ((10, 10), False), ((119, 120), False), ((211, 120), False)],
)
def test_chapters_are_minutes_long(seconds: tuple[float, ...], *, holds: bool) -> None:
    """In the mean, and none much longer."""
    script = segments(*("objective" for _ in seconds))
    for segment, length in zip(script["segments"], seconds, strict=True):
        segment["durationSec"] = length

    assert structure.judge_chapter_length(evidence(script=script)).holds is holds


@pytest.mark.parametrize(
    ("titles", "percent"),
    [
        (["How do I win?", "Setting up", "Jouer", "The board"], 75.0),
        (["What you need", "Draw a card", "Comment gagner", "Placez le plateau"], 100.0),
        (["The board", "Cards"], 0.0),
    ],
)
def test_chapter_names_ask_or_act(titles: list[str], percent: float) -> None:
    """In English and in French."""
    script = segments(*("objective" for _ in titles))
    for segment, title in zip(script["segments"], titles, strict=True):
        segment["title"] = title
    verdict = structure.judge_chapter_names(evidence(script=script))

    assert (verdict.holds, verdict.measured) == (percent >= 70, percent)
