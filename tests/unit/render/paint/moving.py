"""Scenes that move, small enough to be painted frame by frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from preview_worker.render.model import Card, Picture, PictureRef, Profile, Scene, StepCard
from preview_worker.render.motion import Motion
from preview_worker.render.paint import Painter

WIDTH_PX, HEIGHT_PX = 320, 180
PROFILE = Profile(WIDTH_PX, HEIGHT_PX, Fraction(30), "mp4")
BOARD = PictureRef(("board.png",), "/assets/0")
ZOOM = Motion("zoom", 6, 18, "easeInOutCubic", scale=(1.0, 1.2))

Pixels = npt.NDArray[np.int16]


def picture_of(pixels: npt.NDArray[np.uint8]) -> Picture:
    """Return an opaque picture of red, green and blue rows."""
    height, width, _ = pixels.shape
    rgba = np.dstack([pixels, np.full((height, width), 255, np.uint8)])
    return Picture(width, height, rgba.tobytes())


def plain(
    colour: tuple[int, int, int] = (200, 60, 40), size: tuple[int, int] = (300, 200)
) -> Picture:
    """Return a picture of one colour and so many pixels."""
    return picture_of(np.full((size[1], size[0], 3), colour, np.uint8))


def painter_of(picture: Picture | None = None, profile: Profile = PROFILE) -> Painter:
    """Return a painter that has ``picture`` for everything."""
    shown = picture or plain()
    return Painter(profile, lambda _: shown)


def step(*motions: Motion, **fields: Any) -> StepCard:
    """Return a step with the board as its picture."""
    return StepCard("1", "of 3", "Set up", "Place the board.", BOARD, motions, **fields)


def scene_of(card: Card, frames: int = 24, **fields: Any) -> Scene:
    """Return a scene that starts somewhere in its preview."""
    fields = {"start_frame": 0, **fields}
    return Scene(
        "s", "step", "Set up", frames=frames, spoken="", section="setup", card=card, **fields
    )


def pixels_of(rgba: bytes, profile: Profile = PROFILE) -> Pixels:
    """Return red, green and blue by row and column, fit to be subtracted."""
    shape = (profile.height_px, profile.width_px, 4)
    return np.frombuffer(rgba, np.uint8).reshape(shape)[..., :3].astype(np.int16)


def frame_of(scene: Scene, frame: int, picture: Picture | None = None) -> Pixels:
    """Return one frame of a scene."""
    painter = painter_of(picture)
    return pixels_of(painter.paint_frame(scene, painter.plan(scene), frame))
