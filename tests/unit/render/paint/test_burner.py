"""Captions are in the pictures for as long as they are on, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from preview_worker.render.model import Cue, Region, Scene, StagedCard, StagedText
from preview_worker.render.motion import Motion, Transition
from tests.unit.render.paint.moving import ZOOM, painter_of, pixels_of, scene_of, step

CUES = (Cue(0, 9, ("First.",)), Cue(12, 24, ("Second", "caption.")))


def burned_scene(*motions: Motion, **fields: Any) -> Scene:
    """Return a scene with two captions."""
    return scene_of(step(*motions), burned=CUES, **fields)


def test_a_change_of_caption_is_a_change_of_picture() -> None:
    """On its frames; all of them follow the first without a key frame."""
    painter = painter_of()
    scene = burned_scene(start_frame=100)
    stills = list(painter.paint_scene(scene, painter.plan(scene)))

    assert [(still.start_frame, still.frames) for still in stills] == [
        (100, 9),
        (109, 3),
        (112, 12),
    ]
    assert [still.moving for still in stills] == [False, True, True]
    assert len({still.rgba for still in stills}) == 3


def test_only_the_lower_part_changes_and_becomes_dark() -> None:
    """The box with its letters, no other pixel."""
    painter = painter_of()
    scene = burned_scene()
    spread = painter.plan(scene)
    with_caption, without = (
        pixels_of(painter.paint_frame(scene, spread, frame)) for frame in (0, 10)
    )
    changed = np.argwhere((with_caption != without).any(axis=2))

    # 180 rows: the box ends 8 % above the bottom, and its soft edge reaches one pixel further.
    assert changed[:, 0].min() > 130
    assert changed[:, 0].max() <= 180 * 0.92 + 2
    assert with_caption[155:165, 150:170].max() > 230


def test_captions_are_in_every_frame_that_moves() -> None:
    """And stand still while the picture grows."""
    painter = painter_of()
    scene = burned_scene(ZOOM)
    spread = painter.plan(scene)
    stills = list(painter.paint_scene(scene, spread))

    assert all(
        still.rgba == painter.paint_frame(scene, spread, still.start_frame) for still in stills
    )
    lower = [pixels_of(still.rgba)[150:166, 120:200] for still in stills if still.end_frame <= 9]
    assert all((one == lower[0]).all() for one in lower)


def test_a_caption_stands_over_the_transition_into_its_scene() -> None:
    """From its first frame; the scene that leaves has none any more."""
    painter = painter_of()
    before, after = (
        burned_scene(start_frame=0),
        burned_scene(start_frame=24, transition=Transition("crossfade", 6)),
    )
    plain = scene_of(step(), start_frame=24, transition=Transition("crossfade", 6))
    first = (before, painter.plan(before))
    burnt, bare = (
        pixels_of(next(painter.paint_transition(first, (scene, painter.plan(after)))).rgba)
        for scene in (after, plain)
    )

    assert (burnt[140:170] != bare[140:170]).any()
    assert (burnt[:120] == bare[:120]).all()


def test_a_layout_makes_room_for_captions() -> None:
    """No text of the card is under them."""
    painter = painter_of()
    card = replace(step(), body="Play until nobody can. " * 14)
    long = scene_of(card, burned=CUES, frames=240)

    assert "captions.over_text" not in {one.code for one in painter.plan(long).findings}


def test_texts_that_have_to_be_covered_are_told() -> None:
    """A producer who filled the page by numbers left no place for captions."""
    text = StagedText("body", "Words all over the place. " * 30, Region(0, 0, 1, 1))
    scene = scene_of(StagedCard((), (text,)), burned=CUES)

    assert "captions.over_text" in {one.code for one in painter_of().plan(scene).findings}
