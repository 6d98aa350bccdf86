"""How scenes take over from each other: what a scene asks for, or the whole request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from preview_worker.contract import Finding, PreviewRequest
from preview_worker.render.motion import CUT, Direction, Transition, TransitionKind
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.places import time_s

LENGTH_S = Fraction(1, 2)
MOST_SHARE = Fraction(1, 2)
"""The most of either scene that a transition takes."""
KINDS: dict[str, tuple[TransitionKind, Direction]] = {
    "cut": ("cut", "left"),
    "none": ("cut", "left"),
    "hardcut": ("cut", "left"),
    "fade": ("crossfade", "left"),
    "fadein": ("crossfade", "left"),
    "crossfade": ("crossfade", "left"),
    "dissolve": ("crossfade", "left"),
    "slide": ("slide", "left"),
    "push": ("slide", "left"),
    "slideleft": ("slide", "left"),
    "slideright": ("slide", "right"),
    "slideup": ("slide", "up"),
    "slidedown": ("slide", "down"),
}
MOTIONS = {"zoomoncomponent", "highlightpulse"}
"""Primitives that contract 1.2.0 has for transitions although they move the picture."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A transition that was asked for, before it is known how long the scenes last."""

    kind: TransitionKind
    direction: Direction
    seconds: Fraction

    def fitted(self, before: int, own: int, fps: Fraction) -> Transition:
        """Return the transition between scenes of so many frames."""
        frames = int(min(self.seconds * fps + Fraction(1, 2), MOST_SHARE * min(before, own)))
        if self.kind == "cut" or frames < 1:
            return CUT
        return Transition(self.kind, frames, self.direction)


def read_passage(
    item: Located, findings: list[Finding], default_s: Fraction = LENGTH_S
) -> Passage | None:
    """Return what ``item`` says of its ``transition``; None where it says nothing of one."""
    value = item.get("transition")
    record = Located(value, item.at("transition")) if isinstance(value, Mapping) else None
    named = (record.get(name) for name in ("type", "kind", "name")) if record else (value,)
    word = "".join(filter(str.isalnum, next(filter(None, map(as_text, named)), "").lower()))
    if not word or word in MOTIONS:
        return None
    if word not in KINDS:
        told = f"{item.at('transition')} is not known ({word[:40]!r}); the scene begins with a cut."
        findings.append(
            Finding("transition.unknown", told, suggestion="Ask for crossfade or slide.")
        )
        return None
    kind, direction = KINDS[word]
    if record and (heading := as_text(record.get("direction")).lower()) in _DIRECTIONS:
        direction = _DIRECTIONS[heading]
    seconds = time_s(record, "duration") if record else None
    return Passage(kind, direction, max(Fraction(0), default_s if seconds is None else seconds))


_DIRECTIONS: dict[str, Direction] = {"left": "left", "right": "right", "up": "up", "down": "down"}


def default_passage(request: PreviewRequest, findings: list[Finding]) -> Passage | None:
    """Return what ``options.transition`` asks for between all scenes that say nothing."""
    return read_passage(Located(request.options, "/previewRequest/options"), findings)
