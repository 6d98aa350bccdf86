"""Beats: a picture of its own for every frame in which something changes, and no other."""

from __future__ import annotations

import pytest

from preview_worker.render.model import Scene, StepCard, TitleCard
from preview_worker.render.motion import Motion, Transition
from preview_worker.render.paint.beats import beats_of, page_at
from preview_worker.render.pointer import Appearance, Callout
from tests.unit.render.paint.moving import ZOOM, painter_of, scene_of, step


def spans(scene: Scene) -> list[tuple[int, int, bool]]:
    """Return start, end and whether it follows, of every beat of a scene."""
    spread = painter_of().plan(scene)
    beats = beats_of(scene, spread, scene.transition.frames)
    return [(beat.start_frame, beat.end_frame, beat.follows) for beat in beats]


def test_a_scene_without_motion_is_one_picture() -> None:
    """However long it lasts."""
    assert spans(scene_of(TitleCard("Moss", "", ""), 900)) == [(0, 900, False)]


def test_only_the_frames_of_a_motion_have_pictures_of_their_own() -> None:
    """Held before, one by one within, held after."""
    moving = [(frame, frame + 1, True) for frame in range(6, 18)]

    assert spans(scene_of(step(ZOOM))) == [(0, 6, False), *moving, (18, 24, True)]


def test_a_motion_that_outlasts_its_scene_ends_with_it() -> None:
    """No picture is painted for nothing."""
    late = Motion("fade", 20, 60, opacity=(0.0, 1.0))

    assert spans(scene_of(step(late)))[-1] == (23, 24, True)


def test_what_appears_changes_the_picture_while_it_rises() -> None:
    """And again when it goes."""
    on = Appearance(start_frame=4, end_frame=12, rise_frames=2)
    callout = Callout("1", (0.5, 0.5), on=on)
    starts = [start for start, _, _ in spans(scene_of(step(pointers=(callout,))))]

    assert starts == [0, 4, 5, 6, 10, 11, 12]


def test_the_first_frames_are_the_transitions() -> None:
    """The scene's own pictures begin after it, with one that follows nothing."""
    scene = scene_of(step(ZOOM), transition=Transition("crossfade", 10))

    assert spans(scene)[:2] == [(10, 11, False), (11, 12, True)]


def test_a_new_page_follows_nothing() -> None:
    """It is a cut within the scene."""
    long = "Deal three cards to everyone, then turn up four more. " * 30
    scene = scene_of(StepCard("1", "", "", long), 600)

    assert [follows for _, _, follows in spans(scene)] == [False] * len(spans(scene))
    assert len(spans(scene)) > 1


def test_a_frame_outside_the_scene_is_refused() -> None:
    """It would show another scene's time."""
    scene = scene_of(step())
    with pytest.raises(ValueError, match="frame 24"):
        page_at(scene, painter_of().plan(scene), 24)
