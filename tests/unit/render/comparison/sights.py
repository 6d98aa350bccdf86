"""Sights, scenes and versions for the tests of comparing."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from fractions import Fraction

import numpy as np

from preview_worker.render.comparison.hearing import Hearing, silence
from preview_worker.render.comparison.version import Pixels, Sight, Version, VersionScene


def plain(level: int = 40, size: tuple[int, int] = (160, 88)) -> Pixels:
    """Return rows of one grey; the size is width and height."""
    return np.full((size[1], size[0], 3), level, np.uint8)


def sight(rows: Pixels) -> Sight:
    """Return a picture as a version has it."""
    return Sight(rows.shape[1], rows.shape[0], zlib.compress(rows.tobytes()))


def scene(name: str, said: str | None = None, start: int = 0, frames: int = 60) -> VersionScene:
    """Return a scene that is called and says ``name``, unless it says something else."""
    return VersionScene(name, name.title(), start, frames, name if said is None else said, None)


def version(
    *scenes: VersionScene,
    pictures: dict[int, Sight] | None = None,
    sound: Hearing | None = None,
    size: tuple[int, int] = (320, 176),
) -> Version:
    """Return a version of scenes one after the other; it is grey where no picture is given."""
    placed, start = [], 0
    for one in scenes:
        placed.append(VersionScene(one.id, one.title, start, one.frames, one.said, one.written))
        start += one.frames

    def look(frames: Collection[int]) -> dict[int, Sight]:
        return {frame: (pictures or {}).get(frame, sight(plain())) for frame in frames}

    return Version(
        "label", "Moss", *size, Fraction(30), tuple(placed), look, lambda: sound or silence()
    )
