"""One of the two previews that are compared: its scenes, and how to see and hear it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from preview_worker.render.comparison.hearing import Hearing

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
"""Rows of RGB."""
WITHIN_PX = (960, 540)
"""Pictures are compared no larger than this, which leaves single letters to be told apart."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture of a version, small enough to be compared, packed until somebody looks."""

    width_px: int
    height_px: int
    packed: bytes = field(repr=False)

    @classmethod
    def of(cls, frame: VideoFrame) -> Sight:
        """Return a frame of a video, shrunk to what is compared."""
        rows = frame.reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
        image = Image.fromarray(rows.to_ndarray())
        share = min(1.0, *(most / own for most, own in zip(WITHIN_PX, image.size, strict=True)))
        size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
        small = image.resize(size, Image.Resampling.BOX)
        return cls(*size, zlib.compress(small.tobytes(), 1))

    @property
    def pixels(self) -> Pixels:
        """The picture itself."""
        rows = np.frombuffer(zlib.decompress(self.packed), np.uint8)
        return rows.reshape(self.height_px, self.width_px, 3)


@dataclass(frozen=True, slots=True)
class VersionScene:
    """A scene of a version; ``said`` and ``written`` are None where nobody kept them."""

    id: str
    title: str
    start_frame: int
    frames: int
    said: str | None
    written: str | None

    @property
    def content(self) -> str:
        """All words of the scene, to know it again by."""
        return " ".join(filter(None, (self.title, self.said, self.written)))


Look = Callable[[Collection[int]], dict[int, Sight]]
"""Shows frames of a version by their numbers."""


@dataclass(frozen=True, slots=True)
class Version:
    """A preview as it can be compared, whether it was published or is only planned."""

    label: str
    title: str
    width_px: int
    height_px: int
    fps: Fraction
    scenes: tuple[VersionScene, ...]
    look: Look = field(repr=False)
    listen: Callable[[], Hearing] = field(repr=False)

    @property
    def seconds(self) -> Fraction:
        """How long the preview lasts."""
        return sum((scene.frames for scene in self.scenes), 0) / self.fps
