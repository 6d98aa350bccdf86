"""How things on a scene move, and how one scene takes over from another: values on exact frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MotionKind = Literal[
    "fade", "slide", "soft_slide_in", "zoom", "focus_zoom", "pan", "pulse", "highlight"
]
Easing = Literal["linear", "easeInOutCubic", "easeOutQuad", "easeInQuad", "easeInOutSine"]
TransitionKind = Literal["cut", "crossfade", "slide"]


@dataclass(frozen=True, slots=True)
class Motion:
    """How one thing on a scene moves, from ``start_frame`` up to ``end_frame`` of its scene.

    Before it the thing is as the motion begins, after it as the motion ends. Pairs are from, to.
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
    anchor: tuple[float, float] = (0.5, 0.5)
    """The point that stays where it is when the thing is scaled, in shares of its sides."""
    cycles: float = 0.0
    """How often a pulse goes there and back between its two values; 0 goes there once."""


@dataclass(frozen=True, slots=True)
class Transition:
    """How a scene takes over from the one before it, within its own first ``frames``."""

    kind: TransitionKind = "cut"
    frames: int = 0


CUT = Transition()
