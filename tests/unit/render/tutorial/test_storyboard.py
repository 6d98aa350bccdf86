"""The storyboard of a timeline: links, types, texts, pictures and times."""

from __future__ import annotations

from typing import Any

from preview_worker.render.model import Timeline
from preview_worker.render.tutorial.storyboard import (
    find_short_scenes,
    storyboard_document,
)
from preview_worker.render.tutorial.subject import Subject
from tests.unit.render.jobs import timeline_of

MOSS = Subject("moss", "Moss", "moss")


def _scenes(timeline: Timeline) -> list[dict[str, Any]]:
    scenes: list[dict[str, Any]] = storyboard_document(timeline, MOSS)["scenes"]
    return scenes


def test_scenes_are_linked_in_both_directions() -> None:
    """From nobody before the first to nobody after the last."""
    scenes = _scenes(timeline_of(steps=[{"id": "scene-x", "text": "Deal."}]))

    assert [(one["prevSceneId"], one["id"], one["nextSceneId"]) for one in scenes] == [
        (None, "scene-title", "scene-x"),
        ("scene-title", "scene-x", "scene-end"),
        ("scene-x", "scene-end", None),
    ]


def test_types_are_those_of_the_contract() -> None:
    """A title between others is a transition."""
    chapters = [
        {"title": "One", "steps": [{"type": "components", "text": "Box."}]},
        {"title": "Two", "steps": [{"type": "scoring", "text": "Count."}, {"type": "setup"}]},
    ]
    scenes = _scenes(timeline_of(chapters=chapters))

    assert [one["type"] for one in scenes] == [
        "intro",
        "transition",
        "components_overview",
        "transition",
        "scoring_summary",
        "setup_step",
        "end_card",
    ]


def test_texts_come_and_go_within_their_scene() -> None:
    """Seconds are exact to a millionth."""
    place = {"x": 0, "y": 0.2, "width": 1, "height": 0.2}
    overlay = {"text": "Hi", "startSec": 0.5, "endSec": 1.5, "placement": place}
    board = {"scenes": [{"id": "a", "durationSec": 10 / 3, "overlays": [overlay], "visuals": []}]}
    (scene,) = _scenes(timeline_of(storyboard=board))
    (text,) = scene["overlays"]

    assert scene["durationSec"] == 3.333333
    assert (text["startSec"], text["endSec"]) == (0.5, 1.5)
    assert text["placement"] == {"x": 0.05, "y": 0.2, "width": 0.9, "height": 0.2}


def test_a_scene_below_a_second_is_written_as_one_and_told() -> None:
    """The contract knows no shorter one."""
    timeline = timeline_of(steps=[{"id": "blink", "text": "!", "durationSec": 0.5}])

    assert _scenes(timeline)[1]["durationSec"] == 1.0
    assert [finding.scene for finding in find_short_scenes(timeline)] == ["blink"]
