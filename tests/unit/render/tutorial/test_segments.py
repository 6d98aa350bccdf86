"""Scenes become segments of a script, each with a type, words and a length."""

from __future__ import annotations

import pytest

from preview_worker.render.model import Timeline
from preview_worker.render.tutorial.segments import (
    EXPLAINING,
    explains_in_order,
    script_document,
    segment_types,
)
from preview_worker.render.tutorial.subject import Subject
from tests.unit.render.jobs import config_of, timeline_of

MOSS = Subject("moss", "Moss", "moss")


def _timeline() -> Timeline:
    steps = [{"id": "s1", "type": "setup", "text": "Deal three cards.", "durationSec": 2.5}]
    return timeline_of(title="Moss", steps=steps)


def test_every_scene_is_a_segment_with_its_words_and_seconds() -> None:
    """The closing says nothing, so what it shows is its text."""
    segments = script_document(_timeline(), MOSS)["segments"]

    assert [(one["id"], one["type"], one["narration"], one["durationSec"]) for one in segments] == [
        ("title", "hook", "Moss", 3.0),
        ("s1", "setup", "Deal three cards.", 2.5),
        ("end", "end_card", "You’re all set! Moss", 3.0),
    ]


def test_the_script_tells_what_it_is_about() -> None:
    """With counts, and what made it."""
    told = script_document(_timeline(), MOSS)["metadata"]

    assert (told["gameId"], told["gameName"], told["segmentCount"]) == ("moss", "Moss", 3)
    assert told["totalDurationSec"] == 8.5
    assert told["generatedBy"] == "mobius-preview-worker"


def test_scenes_that_do_not_say_what_they_are_explain_the_game() -> None:
    """But the first opens, and the last closes."""
    scenes = [{"id": name, "durationSec": 2} for name in ("a", "b", "scoring", "c")]
    timeline = timeline_of(renderConfig=config_of(*scenes))

    assert segment_types(timeline) == ["hook", "core_mechanic", "scoring", "end_card"]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([*EXPLAINING], True),
        (["hook", *EXPLAINING, "recap"], True),
        ([*EXPLAINING[:-1]], False),
        ([*reversed(EXPLAINING)], False),
        ([], False),
    ],
)
def test_an_explanation_is_complete_and_in_order(kinds: list[str], *, expected: bool) -> None:
    """Other segments may stand between."""
    assert explains_in_order(kinds) is expected
