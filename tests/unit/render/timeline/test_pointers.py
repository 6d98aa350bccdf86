"""Callouts, focus boxes, highlights and arrows, as the shapes of scenes have them."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.colour import Colour
from preview_worker.render.pointer import GOLD, Appearance, Arrow, Callout, FocusBox, Pointer
from tests.unit.render.timeline.lively import card_with, codes, configured

HERE = {"x": 0.25, "y": 0.5}


def pointers(**fields: Any) -> tuple[Pointer, ...]:
    """Return what points at things on the picture of a scene of four seconds."""
    return card_with(**fields).pointers


def callouts(*records: Any, **fields: Any) -> list[Callout]:
    """Return the callouts of a scene."""
    found = pointers(callouts=list(records), **fields)
    return [one for one in found if isinstance(one, Callout)]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ({"label": "Market"}, "Market"),
        ({"number": 3}, "3"),
        ({"number": 3, "label": "Market"}, "3 Market"),
        ({"text": " Draw\n pile "}, "Draw pile"),
        ({}, "1"),
    ],
)
def test_a_callout_says_its_number_and_label(record: dict[str, Any], text: str) -> None:
    """Or its place among the callouts where it has neither."""
    (callout,) = callouts({"target": HERE, **record})

    assert (callout.text, callout.target, callout.colour) == (text, (0.25, 0.5), GOLD)


def test_callouts_come_one_after_the_other() -> None:
    """By their own place in the list, and early enough to be seen."""
    few = callouts(*({"target": HERE},) * 3)
    many = callouts(*({"target": HERE},) * 12)

    assert [one.on.start_frame for one in few] == [15, 33, 51]
    assert [one.on.start_frame for one in many][-1] == 72


@pytest.mark.parametrize("name", ["appearSec", "appear_sec"])
def test_a_callout_comes_when_it_says(name: str) -> None:
    """With a short rise, unless it is there from the beginning."""
    late, first = callouts({"target": HERE, name: 2}, {"target": HERE, name: 0})

    assert (late.on, first.on) == (Appearance(60, None, 8), Appearance(0, None, 0))


def test_a_callout_has_the_colour_that_it_asks_for() -> None:
    """In either spelling of the word."""
    one, other = callouts({"target": HERE, "color": "red"}, {"target": HERE, "colour": "#00f"})

    assert (one.colour, other.colour) == (Colour(255, 0, 0), Colour(0, 0, 255))


def test_a_target_outside_its_picture_is_told() -> None:
    """It is shown at the edge."""
    timeline = configured({"callouts": [{"target": {"x": 1.4, "y": 0.2}}]})

    assert codes(timeline) == ["callouts.outside"]


@pytest.mark.parametrize(
    "fields",
    [
        {"callouts": ["the market"]},
        {"visual_callouts": [{"label": "deck"}]},
        {"overlay": {"arrows": [{"from": HERE}]}},
        {"overlay": {"highlights": ["deck"]}},
        {"visual_focus": "the deck"},
    ],
)
def test_what_has_no_place_is_told(fields: dict[str, Any]) -> None:
    """With what to do."""
    timeline = configured(fields)

    assert codes(timeline) == ["callouts.unplaced"]
    assert "target: {x, y}" in timeline.findings[0].suggestion


def test_nothing_points_where_there_is_no_picture() -> None:
    """That is told once."""
    timeline = configured({"background": "#101010", "callouts": [{"target": HERE}, {}]})

    assert codes(timeline) == ["callouts.no_picture"]


@pytest.mark.parametrize(
    ("focus", "box"),
    [
        ({"x": 0.2, "y": 0.3, "width": 0.4, "height": 0.5}, (0.2, 0.3, 0.4, 0.5)),
        ({"x": 0.5, "y": 0.5}, (0.39, 0.39, 0.22, 0.22)),
        ({"x": 0.0, "y": 1.0}, (0.0, 0.78, 0.22, 0.22)),
        ({"x": 0.4, "y": 0.4, "width": 0.02, "height": 0.9}, (0.37, 0.3, 0.08, 0.7)),
    ],
)
def test_a_focus_box_is_on_the_picture_and_of_a_fair_size(
    focus: dict[str, float], box: tuple[float, ...]
) -> None:
    """For the first four seconds."""
    (found,) = pointers(visual_focus=focus, durationSec=9)

    assert isinstance(found, FocusBox)
    assert (*found.corner, *found.sides) == pytest.approx(box)
    assert (found.on.start_frame, found.on.end_frame) == (0, 120)


def test_highlights_are_outlined_and_named() -> None:
    """For the whole scene."""
    light = {"x": 0.2, "y": 0.2, "width": 0.2, "height": 0.4, "label": "River"}
    box, label = pointers(overlay={"highlights": [light]})

    assert box == FocusBox((0.2, 0.2), (0.2, 0.4))
    assert isinstance(label, Callout)
    assert label.text == "River"
    assert label.target == pytest.approx((0.3, 0.4))


def test_arrows_go_from_tail_to_head() -> None:
    """With their words."""
    arrow = {"from": {"x": 0.1, "y": 0.1}, "to": [0.5, 0.6], "label": "Move"}

    assert pointers(overlay={"arrows": [arrow]}) == (Arrow((0.1, 0.1), (0.5, 0.6), "Move"),)


def test_too_many_are_told() -> None:
    """Nobody could follow them."""
    timeline = configured({"callouts": [{"target": HERE}] * 40})

    assert codes(timeline) == ["callouts.many"]
    assert len(pointers(callouts=[{"target": HERE}] * 40)) == 24
