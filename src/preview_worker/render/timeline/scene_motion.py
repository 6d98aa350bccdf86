"""The motion of a whole scene, by the words that the contracts and the motion rules have for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.motion import MIDDLE, TOWARDS, Direction, Motion, Spot
from preview_worker.render.timeline import motion_limits
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.motion_kinds import pan
from preview_worker.render.timeline.places import (
    frame_of,
    middle_of,
    rectangle_in,
    share,
    spot,
    time_s,
)

PRIMITIVE_S = Fraction(1)
"""How long a primitive of contract 1.0.0 lasts that does not say."""
LONGEST_S = Fraction(30)
"""After so long a picture has moved enough, and is held for the rest of its scene."""
ENTRANCE = 0.25
"""How far, in pages, a scene slides in."""
COMPONENT_ZOOM, PULSE_SCALE, PULSES = 1.15, 1.05, 2
LEAST_S = Fraction(5, 2)
"""In a shorter scene a picture does not grow or pan all the way."""
SLOW_ZOOM, FOCUS_ZOOM, MOST_SLOW, MOST_ZOOM = 1.05, 1.15, 1.08, 2.0
PAN = 0.05
ANCHORS = (0.15, 0.85)
"""Sides of the part of a picture that a zoom may go to."""
HELD = {"", "hold", "none", "static", "still"}
_PANS: dict[str, Direction] = {
    "pan": "left",
    "panleft": "left",
    "panright": "right",
    "panup": "up",
    "pandown": "down",
}


@dataclass(slots=True)
class SceneMotion:
    """How a scene moves: all that is on it, and its picture."""

    content: list[Motion] = field(default_factory=list)
    picture: list[Motion] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SceneMotionReader:
    """Reads the word that a scene has for its motion."""

    fps: Fraction
    frames: int
    pictured: bool
    findings: list[Finding]

    def read(self, item: Located, name: str = "motion") -> SceneMotion:
        """Read the word, or the record around it, that ``item`` has by ``name``."""
        value = item.get(name)
        record = Located(value if isinstance(value, Mapping) else {"type": value}, item.at(name))
        word = "".join(filter(str.isalnum, as_text(record.get("type")).lower()))
        moved = SceneMotion()
        if word in HELD:
            return moved
        if word in {"fadein", "slideleft", "slideright"}:
            moved.content.append(self._entrance(word, record))
        elif word in {"zoomoncomponent", "highlightpulse"}:
            moved.picture += self._primitive(word, record)
        elif word in {"slowzoom", "slowzoomin", "slowzoomout", "focuszoom", "kenburns", *_PANS}:
            moved.picture += self._whole(word, record, item)
        else:
            told = f"{item.at(name)} is no motion that is known ({word[:40]!r}); nothing moves."
            self.findings.append(Finding("motion.unknown", told))
        return moved

    @property
    def _length_s(self) -> Fraction:
        return self.frames / self.fps

    @property
    def _last(self) -> int:
        """The frame that a motion of the whole scene ends with."""
        return min(self.frames, frame_of(LONGEST_S, self.fps))

    def _end(self, record: Located) -> int:
        """Return the frame that a primitive ends with."""
        asked_s = time_s(record, "duration") or PRIMITIVE_S
        length_s = min(max(asked_s, motion_limits.SHORTEST_S), motion_limits.LONGEST_S)
        return min(max(1, frame_of(length_s, self.fps)), self.frames)

    def _entrance(self, word: str, record: Located) -> Motion:
        end = self._end(record)
        if word == "fadein":
            return Motion("fade", 0, end, opacity=(0.0, 1.0))
        from_x = ENTRANCE if word == "slideleft" else -ENTRANCE
        return Motion(
            "soft_slide_in", 0, end, "easeOutQuad", opacity=(0.0, 1.0), shift_x=(from_x, 0.0)
        )

    def _primitive(self, word: str, record: Located) -> list[Motion]:
        if not self._has_picture(record):
            return []
        end = self._end(record)
        if word == "highlightpulse":
            scale = (1.0, PULSE_SCALE)
            return [Motion("pulse", 0, end, "easeInOutSine", scale=scale, cycles=PULSES)]
        scale = (1.0, COMPONENT_ZOOM)
        return [Motion("focus_zoom", 0, end, "easeInOutCubic", scale=scale)]

    def _whole(self, word: str, record: Located, item: Located) -> list[Motion]:
        """Return a motion that takes the scene's whole time."""
        if not self._has_picture(record):
            return []
        if self._length_s < LEAST_S:
            told = (
                f"{record.where} is left out: a scene of {float(self._length_s):g} s is too short "
                f"for it, {float(LEAST_S):g} s are needed."
            )
            self.findings.append(Finding("motion.left_out", told, severity="note"))
            return []
        if self._length_s > LONGEST_S:
            told = f"{record.where} ends after {LONGEST_S} s; the picture is held for the rest."
            self.findings.append(Finding("motion.times", told, severity="note"))
        if word in _PANS:
            heading = as_text(record.get("direction")).lower()
            towards = next((way for way in TOWARDS if way == heading), _PANS[word])
            return [pan(TOWARDS[towards], (0, self._last), PAN, "easeInOutSine")]
        anchor = self._anchor(record, item)
        if word == "kenburns":
            # From the middle to the point that matters, growing all the way.
            return [
                self._zoom((1.0, MOST_SLOW), MIDDLE, anchor if anchor != MIDDLE else (0.7, 0.35))
            ]
        scale = self._scale(word, record)
        return [self._zoom(scale, anchor)] if scale else []

    def _zoom(self, scale: tuple[float, float], anchor: Spot, end: Spot | None = None) -> Motion:
        return Motion(
            "zoom", 0, self._last, "easeInOutSine", scale=scale, anchor=anchor, anchor_end=end
        )

    def _scale(self, word: str, record: Located) -> tuple[float, float] | None:
        usual = FOCUS_ZOOM if word == "focuszoom" else SLOW_ZOOM
        asked = (share(record.get("startScale")), share(record.get("endScale")))
        if word in {"slowzoomin", "slowzoomout"}:
            grown = min(max(asked[1] or asked[0] or usual, 1.0), MOST_SLOW)
            return (1.0, grown) if word == "slowzoomin" else (grown, 1.0)
        begin = 1.0 if asked[0] is None else asked[0]
        end = max(begin, usual) if asked[1] is None else asked[1]
        begin, end = (min(max(one, 1.0), MOST_ZOOM) for one in (begin, end))
        if end > begin:
            return (begin, end)
        told = f"{record.where} is left out: endScale has to be greater than startScale."
        self.findings.append(Finding("motion.left_out", told))
        return None

    def _anchor(self, record: Located, item: Located) -> Spot:
        found = spot(record.get("anchor")) or spot(record.get("center"))
        focus = item.get("focus") or item.get("visual_focus")
        if found is None and isinstance(focus, Mapping):
            region = rectangle_in(Located(focus, ""))
            found = middle_of(region) if region else spot(focus)
        low, high = ANCHORS
        x, y = found or MIDDLE
        return (min(max(x, low), high), min(max(y, low), high))

    def _has_picture(self, record: Located) -> bool:
        if not self.pictured:
            told = f"{record.where} is left out: the scene has no one picture to move."
            self.findings.append(Finding("motion.left_out", told, severity="note"))
        return self.pictured
