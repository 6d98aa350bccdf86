"""Transitions: asked for by a scene or for all of them, and never more than half of either."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.motion import CUT, Transition
from tests.unit.render.jobs import timeline_of
from tests.unit.render.timeline.lively import codes, configured


def transition_of(value: Any, **request: Any) -> Transition:
    """Return how the second of two scenes of four seconds takes over."""
    return configured({}, {"transition": value}, **request).scenes[1].transition


@pytest.mark.parametrize(
    ("value", "transition"),
    [
        ("crossfade", Transition("crossfade", 15)),
        ("Fade-In", Transition("crossfade", 15)),
        ("slide", Transition("slide", 15)),
        ("slide-right", Transition("slide", 15, "right")),
        ({"type": "crossfade", "durationSec": 1}, Transition("crossfade", 30)),
        ({"kind": "slide", "direction": "up", "durationMs": 200}, Transition("slide", 6, "up")),
        ({"type": "crossfade", "durationSec": 60}, Transition("crossfade", 60)),
        ({"type": "crossfade", "durationSec": 0}, CUT),
        ("cut", CUT),
        (None, CUT),
    ],
)
def test_a_scene_says_how_it_takes_over(value: Any, transition: Transition) -> None:
    """In half a second, unless it says otherwise; else with a cut."""
    assert transition_of(value) == transition


def test_a_request_says_it_for_all_scenes() -> None:
    """Except for those that say it themselves."""
    options = {"transition": {"type": "slide", "durationSec": 0.2}}
    timeline = configured({}, {}, {"transition": "cut"}, options=options)
    kinds = [scene.transition.kind for scene in timeline.scenes]

    assert kinds == ["cut", "slide", "cut"]


def test_the_first_scene_takes_over_from_nobody() -> None:
    """Whatever it asks for."""
    assert configured({"transition": "crossfade"}).scenes[0].transition == CUT


def test_a_transition_takes_at_most_half_of_the_shorter_scene() -> None:
    """Of the one before or of its own."""
    long, short = {"transition": "crossfade"}, {"transition": "crossfade", "durationSec": 0.5}

    assert configured(long, short).scenes[1].transition.frames == 7
    assert configured(short, long).scenes[1].transition.frames == 7


def test_a_transition_that_nobody_knows_is_told() -> None:
    """The scene begins with a cut."""
    timeline = configured({}, {"transition": "starwipe"})

    assert codes(timeline) == ["transition.unknown"]
    assert timeline.scenes[1].transition == CUT
    assert timeline.findings[0].scene == "s1"


def test_remotion_slides_last_eighteen_of_its_frames() -> None:
    """And only where they are asked for."""
    scene = {"durationInFrames": 120, "narrationText": "Draw."}
    script = {"fps": 60, "scenes": [scene, {**scene, "transition": "slide"}, scene]}
    scenes = timeline_of(script=script).scenes

    assert [one.transition for one in scenes] == [CUT, Transition("slide", 9), CUT]
