"""How things on a scene move, and how one scene takes over from another: values on exact frames.

A motion is a value over time of one or two properties of a thing; a pose is what all motions of a
thing make of it in one frame. Both are pure, so that any frame can be painted without the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

MotionKind = Literal["fade", "slide", "soft_slide_in", "zoom", "focus_zoom", "pan", "pulse"]
Easing = Literal["linear", "easeInOutCubic", "easeOutQuad", "easeInQuad", "easeInOutSine"]
Property = Literal["opacity", "place", "view", "size"]
TransitionKind = Literal["cut", "crossfade", "slide"]
Direction = Literal["left", "right", "up", "down"]

PROPERTIES: dict[MotionKind, tuple[Property, ...]] = {
    "fade": ("opacity",),
    "slide": ("place",),
    "soft_slide_in": ("opacity", "place"),
    "zoom": ("view",),
    "focus_zoom": ("view",),
    "pan": ("view",),
    "pulse": ("size",),
}
"""What a motion of each kind changes; two on one property of a thing must not meet in time."""

TOWARDS: dict[Direction, tuple[int, int]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
}
"""Where a direction leads, in x and y."""

Spot = tuple[float, float]
"""A point in shares of a thing's sides, from its upper left corner."""
MIDDLE: Spot = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Motion:
    """How one thing on a scene moves, from ``start_frame`` up to ``end_frame`` of its scene.

    Before it the thing is as the motion begins, after it as the motion ends; a pulse alone leaves
    it as it was. Pairs are from, to.
    """

    kind: MotionKind
    start_frame: int
    end_frame: int
    easing: Easing = "linear"
    opacity: tuple[float, float] = (1.0, 1.0)
    shift_x: tuple[float, float] = (0.0, 0.0)
    """Away from its place, in shares of the page's width."""
    shift_y: tuple[float, float] = (0.0, 0.0)
    """Away from its place, in shares of the page's height."""
    scale: tuple[float, float] = (1.0, 1.0)
    """Above 1 a picture grows within its frame; below 1 the thing shrinks with its frame."""
    anchor: Spot = MIDDLE
    """The point that stays where it is when the picture grows."""
    anchor_end: Spot | None = None
    """Where the anchor has wandered to at the end; None for one that stays."""
    cycles: float = 1.0
    """How often a pulse goes there and back between its two values."""
    phase: float = 0.0
    """The share of a cycle that a pulse is ahead by."""


class Pose(NamedTuple):
    """How a thing stands in one frame: what its motions make of it."""

    opacity: float = 1.0
    shift_x: float = 0.0
    shift_y: float = 0.0
    size: float = 1.0
    """The thing with its frame, around its middle."""
    zoom: float = 1.0
    """What is inside the frame, 1 or more, around ``anchor``."""
    anchor: Spot = MIDDLE


REST = Pose()


@dataclass(frozen=True, slots=True)
class Transition:
    """How a scene takes over from the one before it, within its own first ``frames``."""

    kind: TransitionKind = "cut"
    frames: int = 0
    direction: Direction = "left"
    """Where a slide pushes the old scene to."""


CUT = Transition()


def _in_out_cubic(t: float) -> float:
    half = 0.5
    return 4 * t**3 if t < half else 1 - (2 - 2 * t) ** 3 / 2


_CURVES: dict[Easing, Callable[[float], float]] = {
    "linear": lambda t: t,
    "easeInOutCubic": _in_out_cubic,
    "easeOutQuad": lambda t: t * (2 - t),
    "easeInQuad": lambda t: t * t,
    "easeInOutSine": lambda t: (1 - math.cos(math.pi * t)) / 2,
}


def ease(easing: Easing, t: float) -> float:
    """Return how far a motion is after the share ``t`` of its time, both 0 to 1.

    The curves are Robert Penner's easing equations ("Programming Macromedia Flash MX", 2002,
    chapter 7), in closed form.
    """
    return _CURVES[easing](min(max(t, 0.0), 1.0))


def pose_at(motions: Sequence[Motion], frame: int) -> Pose:
    """Return how a thing with ``motions`` stands in ``frame`` of its scene.

    Each property follows the last motion that has begun, or waits as the first one begins.
    """
    if not motions:
        return REST
    opacity, size = 1.0, 1.0
    fading, placing = _ruling(motions, "opacity", frame), _ruling(motions, "place", frame)
    viewing, pulsing = _ruling(motions, "view", frame), _ruling(motions, "size", frame)
    shift_x, shift_y, zoom, anchor = 0.0, 0.0, 1.0, MIDDLE
    if fading:
        opacity = _between(fading.opacity, _progress(fading, frame))
    if placing:
        share = _progress(placing, frame)
        shift_x, shift_y = _between(placing.shift_x, share), _between(placing.shift_y, share)
    if viewing:
        share = _progress(viewing, frame)
        scale = _between(viewing.scale, share)
        zoom, size = max(scale, 1.0), min(scale, 1.0)
        end = viewing.anchor_end or viewing.anchor
        anchor = (
            _between((viewing.anchor[0], end[0]), share),
            _between((viewing.anchor[1], end[1]), share),
        )
    if pulsing:
        share = _wave(pulsing, frame)
        size *= _between(pulsing.scale, share)
        opacity *= _between(pulsing.opacity, share)
    return Pose(opacity, shift_x, shift_y, size, zoom, anchor)


def changing_spans(motions: Iterable[Motion]) -> list[tuple[int, int]]:
    """Return the stretches (first frame, frame after the last) in which anything moves."""
    return [(motion.start_frame, motion.end_frame) for motion in motions]


def _ruling(motions: Sequence[Motion], name: Property, frame: int) -> Motion | None:
    own = sorted(
        (motion for motion in motions if name in PROPERTIES[motion.kind]),
        key=lambda motion: motion.start_frame,
    )
    begun = [motion for motion in own if motion.start_frame <= frame]
    return begun[-1] if begun else own[0] if own else None


def _progress(motion: Motion, frame: int) -> float:
    length = max(1, motion.end_frame - motion.start_frame)
    return ease(motion.easing, (frame - motion.start_frame) / length)


def _wave(motion: Motion, frame: int) -> float:
    """Return how far a pulse is from rest: 0 at rest, 1 at its height."""
    if not motion.start_frame <= frame < motion.end_frame:
        return 0.0
    length = motion.end_frame - motion.start_frame
    turn = motion.cycles * (frame - motion.start_frame) / length + motion.phase
    return ease(motion.easing, 1 - abs(1 - 2 * (turn % 1.0)))


def _between(pair: tuple[float, float], share: float) -> float:
    return pair[0] + (pair[1] - pair[0]) * share
