"""Moving things, as their pixels are at the beginning, in the middle and at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from preview_worker.render.model import Region, Scene, StagedCard, StagedPicture, StagedText
from preview_worker.render.motion import Motion
from preview_worker.render.paint.page import Box
from tests.unit.render.paint.moving import BOARD, Pixels, frame_of, plain, scene_of, step

RED = (230, 30, 30)
PLACE = Region(0.25, 0.25, 0.5, 0.5)


def placed(*motions: Motion, **fields: Any) -> Scene:
    """Return a scene of 30 frames with a red picture in its middle."""
    picture = StagedPicture("board", PLACE, BOARD, motions=motions, **fields)
    return scene_of(StagedCard((picture,), ()), 30)


def red_box(scene: Scene, frame: int) -> Box:
    """Return the box of what is red in a frame."""
    pixels = frame_of(scene, frame, plain(RED, (480, 270)))
    rows, columns = np.nonzero(redness(pixels) > 90)
    return Box(
        columns.min(),
        rows.min(),
        columns.max() - columns.min() + 1,
        rows.max() - rows.min() + 1,
    )


def redness(pixels: Pixels) -> Pixels:
    """Return how much more red than green every pixel has."""
    return pixels[..., 0] - pixels[..., 1]


def red_at_centre(scene: Scene, frame: int) -> int:
    """Return how red the middle of the page is."""
    return int(redness(frame_of(scene, frame, plain(RED, (480, 270))))[90, 160])


def test_a_fade_mixes_the_picture_with_what_is_behind() -> None:
    """None of it, half of it, all of it; a few steps of rounding are allowed."""
    scene = placed(Motion("fade", 0, 20, opacity=(0.0, 1.0)))

    assert red_at_centre(scene, 0) < 20
    assert red_at_centre(scene, 10) == pytest.approx(100, abs=12)
    assert red_at_centre(scene, 20) == pytest.approx(200, abs=2)
    assert red_at_centre(scene, 29) == pytest.approx(200, abs=2)


def test_a_slide_comes_to_its_place() -> None:
    """From a fifth of the page to the left; within a pixel of rounding."""
    scene = placed(Motion("slide", 0, 20, shift_x=(-0.2, 0.0)))
    lefts = [red_box(scene, frame).x for frame in (0, 10, 20)]

    assert lefts == pytest.approx([80 - 64, 80 - 32, 80], abs=1)
    assert red_box(scene, 0).width == pytest.approx(red_box(scene, 20).width, abs=1)


def test_a_slide_is_smooth_to_a_tenth_of_a_pixel() -> None:
    """Its middle is on its path in every frame, and never goes back."""
    scene = placed(Motion("slide", 0, 24, shift_x=(-0.1, 0.0)))
    middles = []
    for frame in range(25):
        red = redness(frame_of(scene, frame, plain(RED, (480, 270)))).clip(8) - 8.0
        middles.append((red.sum(axis=0) * (np.arange(320) + 0.5)).sum() / red.sum())
    wanted = 160 - 32 * (1 - np.arange(25) / 24)

    assert np.abs(middles - wanted).max() < 0.1
    assert np.diff(middles).min() > 0


def test_a_soft_slide_in_does_both() -> None:
    """It fades in while it rises."""
    motion = Motion("soft_slide_in", 0, 20, opacity=(0.0, 1.0), shift_y=(0.2, 0.0))
    scene = placed(motion)

    assert red_at_centre(scene, 0) < 20
    assert red_box(scene, 19).y == pytest.approx(45, abs=3)
    assert red_box(scene, 20).y == pytest.approx(45, abs=1)


def test_a_pulse_swells_and_comes_back() -> None:
    """Around its middle, with its frame."""
    scene = placed(Motion("pulse", 0, 20, scale=(1.0, 1.2)))
    boxes = [red_box(scene, frame) for frame in (0, 10, 20)]

    assert boxes[1].width == pytest.approx(boxes[0].width * 1.2, abs=2)
    assert boxes[1].x + boxes[1].width / 2 == pytest.approx(160, abs=1)
    assert boxes[2] == boxes[0]


def test_a_zoom_from_small_pops_up() -> None:
    """Below its size the frame shrinks with the picture; above it the frame stays."""
    scene = placed(Motion("zoom", 0, 20, scale=(0.5, 1.5)))
    widths = [red_box(scene, frame).width for frame in (0, 10, 20)]

    assert widths == pytest.approx([widths[1] / 2, 160, widths[1]], abs=2)


def test_a_pan_and_a_zoom_stay_in_their_frame() -> None:
    """Whatever is inside of it moves."""
    for motion in (
        Motion("zoom", 0, 20, scale=(1.0, 1.5)),
        Motion("focus_zoom", 0, 20, scale=(1.0, 2.0), anchor=(0.1, 0.9)),
        Motion("pan", 0, 20, scale=(1.05, 1.05), anchor=(0.0, 0.5), anchor_end=(1.0, 0.5)),
    ):
        boxes = {red_box(placed(motion), frame) for frame in (0, 10, 20)}
        assert len(boxes) == 1


def test_all_that_is_on_a_scene_moves_together() -> None:
    """The ground stays."""
    fade = Motion("fade", 0, 20, opacity=(0.0, 1.0))
    scene = scene_of(step(), 30, motions=(fade,))
    frames = [frame_of(scene, frame) for frame in (0, 20)]
    bare, full = (np.abs(np.diff(pixels[..., 1], axis=1)).max() for pixels in frames)

    assert bare < 10
    assert full > 60
    assert np.abs(frames[0][5, 5] - frames[1][5, 5]).max() <= 1


def test_a_thing_that_moves_stays_below_what_stands_over_it() -> None:
    """A text over a moving picture is as it was, and so is one that the picture is over."""
    motion = Motion("slide", 0, 20, shift_x=(-0.2, 0.0))
    for layer, seen in ((None, True), (9, True), (-1, False)):
        picture = StagedPicture("board", Region(0.1, 0.1, 0.8, 0.8), BOARD, motions=(motion,))
        text = StagedText("body", "Moss", Region(0.3, 0.4, 0.4, 0.2), layer=layer)
        scene = scene_of(StagedCard((picture,), (text,)), 30)
        green = frame_of(scene, 10, plain(RED, (480, 270)))[70:110, 120:200, 1]
        assert (int(green.max()) > 200) is seen


def test_pictures_come_and_go_with_their_times() -> None:
    """Before and after it there is nothing of them."""
    scene = placed(start_frame=10, end_frame=20)

    assert [red_at_centre(scene, frame) > 100 for frame in (0, 9, 10, 19, 20)] == [
        False,
        False,
        True,
        True,
        False,
    ]
