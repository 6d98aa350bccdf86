"""Shots: the stretches of a preview that are filmed by themselves and joined afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from preview_worker.render.model import Timeline

Part = Literal["transition", "scene"]


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames ``start_frame`` up to ``end_frame`` of the timeline, all of scene ``number``."""

    number: int
    part: Part
    start_frame: int
    frames: int

    @property
    def end_frame(self) -> int:
        """The first frame after the shot."""
        return self.start_frame + self.frames


def plan_shots(timeline: Timeline) -> tuple[Shot, ...]:
    """Cut the timeline into shots: each scene is one, and so is each transition into a scene.

    A transition belongs to two scenes. Filmed apart, it leaves the rest of them to themselves, so
    that a change of one scene is no change of the next.
    """
    shots = []
    for number, scene in enumerate(timeline.scenes):
        taken = min(scene.transition.frames, scene.frames - 1) if number else 0
        if taken > 0:
            shots.append(Shot(number, "transition", scene.start_frame, taken))
        start = scene.start_frame + max(0, taken)
        shots.append(Shot(number, "scene", start, scene.end_frame - start))
    return tuple(shots)
