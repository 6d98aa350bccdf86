"""A timeline is cut into shots that cover it, each frame once."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.model import Timeline
from preview_worker.render.motion import Transition
from preview_worker.render.shots import Shot, plan_shots
from tests.unit.render.jobs import timeline_of


def _timeline(*scenes: tuple[int, int]) -> Timeline:
    """Return a timeline of scenes with so many frames, of which the second fade in."""
    whole = timeline_of(steps=[{"text": "Deal."}])
    cut, start = [], 0
    for frames, fading in scenes:
        transition = Transition("crossfade", fading)
        scene = whole.scenes[1]
        cut.append(replace(scene, start_frame=start, frames=frames, transition=transition))
        start += frames
    return replace(whole, scenes=tuple(cut))


def test_scenes_that_are_cut_are_a_shot_each() -> None:
    """From their first frame to their last."""
    assert plan_shots(_timeline((30, 0), (45, 0))) == (
        Shot(0, "scene", 0, 30),
        Shot(1, "scene", 30, 45),
    )


def test_a_transition_is_a_shot_before_the_rest_of_its_scene() -> None:
    """It belongs to two scenes, so that the rest does not depend on the scene before."""
    assert plan_shots(_timeline((30, 0), (45, 12))) == (
        Shot(0, "scene", 0, 30),
        Shot(1, "transition", 30, 12),
        Shot(1, "scene", 42, 33),
    )


def test_the_first_scene_has_nothing_to_come_from() -> None:
    """Its transition is left out."""
    assert plan_shots(_timeline((30, 10))) == (Shot(0, "scene", 0, 30),)


def test_a_transition_leaves_its_scene_a_frame() -> None:
    """A scene of one frame has no room for any."""
    assert plan_shots(_timeline((5, 0), (1, 9), (4, 9))) == (
        Shot(0, "scene", 0, 5),
        Shot(1, "scene", 5, 1),
        Shot(2, "transition", 6, 3),
        Shot(2, "scene", 9, 1),
    )


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 60)), min_size=1, max_size=12))
def test_shots_follow_each_other_without_a_gap(scenes: list[tuple[int, int]]) -> None:
    """They begin with the preview, end with it, and none is empty."""
    timeline = _timeline(*scenes)
    shots = plan_shots(timeline)

    assert all(shot.frames > 0 for shot in shots)
    assert [shot.start_frame for shot in shots] == [0, *(shot.end_frame for shot in shots[:-1])]
    assert shots[-1].end_frame == timeline.frames
