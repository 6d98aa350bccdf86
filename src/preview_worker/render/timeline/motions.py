"""The motions of a placed picture, as the storyboard and motion contracts have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.colour import read_colour
from preview_worker.render.model import Region
from preview_worker.render.motion import Easing, Motion
from preview_worker.render.pointer import GOLD, Appearance, FocusBox, Pointer
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.motion_kinds import EASED, MAKERS, Span, kind_of, within
from preview_worker.render.timeline.motion_limits import MotionLimits
from preview_worker.render.timeline.places import frame_of, rectangle, rectangle_in, time_s

LENGTH_S = Fraction(1, 2)
"""How long a motion lasts that does not say, as the storyboard generator has it."""
EASINGS: tuple[Easing, ...] = (
    "linear",
    "easeInOutCubic",
    "easeOutQuad",
    "easeInQuad",
    "easeInOutSine",
)
RISE_S = Fraction(1, 4)


@dataclass(slots=True)
class Liveliness:
    """What moves on one thing, and what points at something on it."""

    motions: list[Motion] = field(default_factory=list)
    pointers: list[Pointer] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MotionReader:
    """Reads the motions of the things on one scene."""

    fps: Fraction
    frames: int
    limits: MotionLimits
    findings: list[Finding]

    def read(self, items: list[Located], region: Region, *, pictured: bool) -> Liveliness:
        """Read the motions of the thing that stands in ``region``; ``pictured`` if it is a picture.

        What is no motion that we know is told, and left out.
        """
        read = Liveliness()
        for item in items:
            kind = kind_of(item)
            if kind == "highlight":
                read.pointers.append(self._highlight(item, region))
                continue
            make = MAKERS.get(kind)
            if make is None:
                named = as_text(item.get("type"))[:40]
                told = f"{item.where} is a motion of a kind that is not known: {named!r}."
                self.findings.append(Finding("motion.unknown", told))
                continue
            if not pictured and kind in {"zoom", "focus_zoom", "pan"}:
                told = f"{item.where} is left out: there is no picture to look into."
                self.findings.append(Finding("motion.left_out", told))
                continue
            made = make(item, self._span(item), region)
            if motion := self.limits.admit(made, read.motions, item.where):
                read.motions.append(motion)
        return read

    def _span(self, item: Located) -> Span:
        start = time_s(item, "start") or Fraction(0)
        end = time_s(item, "end")
        if end is None:
            end = start + (time_s(item, "duration") or LENGTH_S)
        word = as_text(item.get("easing"))
        known = next((one for one in EASINGS if one.lower() == word.replace("-", "").lower()), None)
        if word and known is None:
            told = f"{item.at('easing')} is not known ({word[:40]!r}); the motion is even."
            self.findings.append(Finding("motion.easing", told, severity="note"))
        easing = known or ("linear" if word else EASED.get(kind_of(item), "easeInOutCubic"))
        return Span(frame_of(start, self.fps), frame_of(end, self.fps), easing, end - start)

    def _highlight(self, item: Located, region: Region) -> FocusBox:
        span = self._span(item)
        bounds = rectangle(item.get("params", "bounds")) or rectangle_in(item)
        corner, sides = within(bounds, region) if bounds else ((0.0, 0.0), (1.0, 1.0))
        colour = read_colour(as_text(item.get("color")) or as_text(item.get("params", "color")))
        end = min(max(span.end, span.start + 1), self.frames)
        rise = min(frame_of(RISE_S, self.fps), (end - span.start) // 3)
        on = Appearance(min(span.start, self.frames - 1), end if end < self.frames else None, rise)
        return FocusBox(corner, sides, colour or GOLD, on)
