"""What points at things, in pixels: there in its time, and on what it speaks of."""

from __future__ import annotations

import numpy as np
import pytest

from preview_worker.render.motion import Motion
from preview_worker.render.paint.page import Signs
from preview_worker.render.pointer import Appearance, Arrow, Callout, FocusBox, Pointer
from tests.unit.render.paint.moving import Pixels, frame_of, painter_of, plain, scene_of, step

GREY = plain((90, 90, 90))
TIMED = Appearance(start_frame=6, end_frame=18, rise_frames=3)
ZOOM = Motion("zoom", 0, 20, scale=(1.0, 1.2), anchor=(0.0, 0.0))


def gold(pixels: Pixels) -> Pixels:
    """Return how much more red than blue every pixel has; grey and ground have little."""
    warmth: Pixels = pixels[50:, 170:, 0] - pixels[50:, 170:, 2] - 40
    return warmth.clip(0)


def gold_of(pointer: Pointer, frame: int, *motions: Motion) -> float:
    """Return how much a pointer changes a frame; a few steps of rounding count for nothing."""
    frames = [
        frame_of(scene_of(step(*motions, pointers=pointers), 24), frame, GREY)
        for pointers in ((pointer,), ())
    ]
    return float(np.abs(frames[0] - frames[1]).clip(8).sum() - 8 * frames[0].size)


@pytest.mark.parametrize(
    "pointer",
    [
        Callout("1", (0.5, 0.5), on=TIMED),
        FocusBox((0.3, 0.3), (0.4, 0.4), on=TIMED),
        Arrow((0.2, 0.8), (0.8, 0.4), on=TIMED),
    ],
)
def test_it_comes_stays_and_goes(pointer: Pointer) -> None:
    """More of it from frame to frame as it comes, and less as it goes."""
    amounts = [gold_of(pointer, frame) for frame in (5, 6, 7, 9, 14, 16, 17, 18)]

    assert amounts[0] == amounts[-1] == 0
    assert 0 < amounts[1] < amounts[2] < amounts[3] == amounts[4]
    assert amounts[4] > amounts[5] > amounts[6] > 0


def test_a_focus_box_follows_the_picture_as_it_grows() -> None:
    """Its right edge is a fifth further from the anchor; a pixel of softness is allowed."""
    box = FocusBox((0.2, 0.2), (0.4, 0.4))
    scene = scene_of(step(ZOOM, pointers=(box,)), 24)
    painter = painter_of(GREY)
    signs = next(i for i in painter.plan(scene).pages[0].items if isinstance(i, Signs))
    left = signs.place.x * painter.scale - 170
    rights = [np.nonzero(gold(frame_of(scene, frame, GREY)))[1].max() + 1 for frame in (0, 20)]

    assert rights[1] - left == pytest.approx(1.2 * (rights[0] - left), abs=1.5)


def test_nothing_is_drawn_outside_the_picture() -> None:
    """A box that the growing picture carries over its edge is cut there."""
    box = FocusBox((0.7, 0.7), (0.3, 0.3))
    scene = scene_of(
        step(Motion("zoom", 0, 20, scale=(1.0, 1.6), anchor=(0.0, 0.0)), pointers=(box,))
    )
    painter = painter_of(GREY)
    signs = next(i for i in painter.plan(scene).pages[0].items if isinstance(i, Signs))
    plain_scene = scene_of(step(Motion("zoom", 0, 20, scale=(1.0, 1.6), anchor=(0.0, 0.0))))
    changed = np.abs(frame_of(scene, 12, GREY) - frame_of(plain_scene, 12, GREY)).max(axis=2)
    rows, columns = np.nonzero(changed > 2)
    place = signs.place

    assert columns.max() <= place.right * painter.scale
    assert rows.max() <= place.bottom * painter.scale


def test_a_tag_keeps_its_size_on_a_growing_picture() -> None:
    """Only its place changes."""
    callout = Callout("8", (0.3, 0.5))
    amounts = [gold_of(callout, frame, ZOOM) for frame in (0, 20)]

    assert amounts[1] == pytest.approx(amounts[0], rel=0.12)
