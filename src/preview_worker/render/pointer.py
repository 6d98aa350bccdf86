"""What points at something on a picture: callouts, boxes and arrows, placed on the picture itself.

Places are shares of the picture's sides, so they stay on what they speak of however the picture is
fitted, and follow it when it grows.
"""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.render.colour import Colour, from_hex
from preview_worker.render.motion import Spot

GOLD = from_hex("f5d76e")
"""What points has this colour unless the producer says otherwise."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """When something is on, in frames of its scene; it comes and goes within ``rise_frames``."""

    start_frame: int = 0
    end_frame: int | None = None
    """None is the end of the scene."""
    rise_frames: int = 0

    def opacity(self, frame: int) -> float:
        """Return how much of it is there in ``frame``, 0 to 1."""
        come = _ramp(frame - self.start_frame, self.rise_frames)
        if self.end_frame is None:
            return come
        return min(come, _ramp(self.end_frame - 1 - frame, self.rise_frames))

    def changing_spans(self) -> list[tuple[int, int]]:
        """Return the stretches (first frame, frame after the last) in which it comes or goes.

        One that is empty marks the frame in which it is there, or gone, at once.
        """
        come = (self.start_frame, self.start_frame + self.rise_frames)
        if self.end_frame is None:
            return [come]
        return [come, (self.end_frame - self.rise_frames, self.end_frame)]


ALWAYS = Appearance()


@dataclass(frozen=True, slots=True)
class Callout:
    """A number or a few words beside ``target``, with a line to it."""

    text: str
    target: Spot
    colour: Colour = GOLD
    on: Appearance = ALWAYS


@dataclass(frozen=True, slots=True)
class FocusBox:
    """An outline around a part of the picture, by its upper left corner and its sides."""

    corner: Spot
    sides: Spot
    colour: Colour = GOLD
    on: Appearance = ALWAYS


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow from ``tail`` to ``head``, with a few words at its tail if ``text`` has any."""

    tail: Spot
    head: Spot
    text: str = ""
    colour: Colour = GOLD
    on: Appearance = ALWAYS


Pointer = Callout | FocusBox | Arrow


def _ramp(frames: int, rise_frames: int) -> float:
    """Return 0 before the first frame, and 1 once ``rise_frames`` more have passed."""
    if frames < 0:
        return 0.0
    return min(1.0, (frames + 1) / (rise_frames + 1))
