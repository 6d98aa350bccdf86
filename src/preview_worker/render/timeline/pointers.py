"""What a scene wants to be pointed at: callouts, focus boxes, highlights and arrows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from preview_worker.contract import Finding
from preview_worker.render.colour import Colour, read_colour
from preview_worker.render.motion import Spot
from preview_worker.render.pointer import GOLD, Appearance, Arrow, Callout, FocusBox, Pointer
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.places import (
    frame_of,
    middle_of,
    rectangle_in,
    spot,
    spot_in,
    time_s,
)
from preview_worker.render.wording import clean, one_line, shorten

CALLOUTS = ("callouts", "visual_callouts")
FOCUSES = ("focusBox", "focus_box", "focus", "visual_focus", "visualFocus")
TEXTS = ("label", "text", "title", "name")
NUMBERS = ("number", "index", "stepNumber")
FIRST_S, STEP_S = Fraction(1, 2), Fraction(3, 5)
"""When the first callout appears that does not say, and how much later each next one does."""
LAST_SHARE = Fraction(3, 5)
"""By then, of the scene, all callouts that do not say are there."""
FOCUS_S = Fraction(4)
FOCUS_SIDE, FOCUS_SIDES = 0.22, (0.08, 0.7)
RISE_S = Fraction(1, 4)
MOST = 24
TEXT_CHARS = 120


@dataclass(frozen=True, slots=True)
class PointerReader:
    """Reads what points at things on the picture of one scene."""

    fps: Fraction
    frames: int
    language: str
    findings: list[Finding]

    def read(self, item: Located) -> tuple[Pointer, ...]:
        """Return everything that ``item`` has to point with, in its own order."""
        boxes = [
            box for name in FOCUSES for one in _records(item, name) for box in self._focus(one)
        ]
        lights = [
            found for one in _records(item, "overlay", "highlights") for found in self._light(one)
        ]
        arrows = [
            found for one in _records(item, "overlay", "arrows") for found in self._arrow(one)
        ]
        listed = [one for name in CALLOUTS for one in _records(item, name)]
        callouts = [
            found
            for index, one in enumerate(listed)
            for found in self._callout(one, (index, len(listed)))
        ]
        found = (*boxes, *lights, *arrows, *callouts)
        if len(found) > MOST:
            told = f"Only the first {MOST} of {len(found)} things are pointed at."
            self.findings.append(Finding("callouts.many", told))
        return found[:MOST]

    def _focus(self, item: Located) -> list[Pointer]:
        region, middle = rectangle_in(item), spot_in(item)
        if region is None and middle is None:
            return self._unplaced(item)
        x, y = middle_of(region) if region else middle or (0.0, 0.0)
        low, high = FOCUS_SIDES
        width, height = (region.width, region.height) if region else (FOCUS_SIDE, FOCUS_SIDE)
        width, height = min(max(width, low), high), min(max(height, low), high)
        left, top = min(max(x - width / 2, 0), 1 - width), min(max(y - height / 2, 0), 1 - height)
        on = self._on(item, Fraction(0), FOCUS_S)
        return [FocusBox((left, top), (width, height), _colour(item), on)]

    def _light(self, item: Located) -> list[Pointer]:
        region, text, on = rectangle_in(item), self._text(item), self._on(item, Fraction(0))
        if region is None and spot_in(item) is not None:
            return self._callout(item, (0, 1)) if text else self._focus(item)
        if region is None:
            return self._unplaced(item)
        box = FocusBox((region.x, region.y), (region.width, region.height), _colour(item), on)
        label = [Callout(text, middle_of(region), _colour(item), on)] if text else []
        return [box, *label]

    def _arrow(self, item: Located) -> list[Pointer]:
        tail = _first_spot(item, "from", "start", "tail", "source")
        head = _first_spot(item, "to", "end", "head", "target")
        if tail is None or head is None:
            return self._unplaced(item)
        return [Arrow(tail, head, self._text(item), _colour(item), self._on(item, Fraction(0)))]

    def _callout(self, item: Located, place: tuple[int, int]) -> list[Pointer]:
        region = rectangle_in(item)
        target = middle_of(region) if region else spot_in(item)
        if target is None:
            return self._unplaced(item)
        index, count = place
        length_s = self.frames / self.fps
        step_s = min(STEP_S, max(Fraction(0), LAST_SHARE * length_s - FIRST_S) / max(1, count - 1))
        own_s = min(FIRST_S, LAST_SHARE * length_s) + index * step_s
        if not all(0 <= side <= 1 for side in target):
            told = f"{item.where} lies outside its picture; it is shown at its edge."
            self.findings.append(Finding("callouts.outside", told))
        text = self._text(item) or str(index + 1)
        return [Callout(text, target, _colour(item), self._on(item, own_s))]

    def _on(self, item: Located, own_s: Fraction, length_s: Fraction | None = None) -> Appearance:
        """Return when something is on that comes at ``own_s`` unless it says otherwise."""
        asked_s = time_s(item, "appear", "start")
        start_s = own_s if asked_s is None else max(Fraction(0), asked_s)
        end_s = time_s(item, "end", "disappear")
        if end_s is None and length_s is not None:
            end_s = start_s + length_s
        start = min(frame_of(start_s, self.fps), max(0, self.frames - 1))
        end = None if end_s is None else max(frame_of(end_s, self.fps), start + 1)
        rise = 0 if start == 0 else frame_of(RISE_S, self.fps)
        if end is not None:
            rise = min(rise, (end - start) // 3)
        return Appearance(start, end if end is not None and end < self.frames else None, rise)

    def _text(self, item: Located) -> str:
        number = next(filter(None, (as_text(item.get(name)) for name in NUMBERS)), "")
        label = next(filter(None, (as_text(item.get(name)) for name in TEXTS)), "")
        words = " ".join(filter(None, (number, label)))
        return shorten(one_line(clean(words, self.language)), TEXT_CHARS)

    def _unplaced(self, item: Located) -> list[Pointer]:
        told = f"{item.where} does not say where on the picture it belongs, and is left out."
        hint = "Give it target: {x, y} in shares of the picture, 0 to 1."
        self.findings.append(Finding("callouts.unplaced", told, suggestion=hint))
        return []


def points_at_anything(item: Located) -> bool:
    """Tell whether ``item`` has anything to point with."""
    return any(_records(item, name) for name in (*CALLOUTS, *FOCUSES)) or any(
        _records(item, "overlay", name) for name in ("highlights", "arrows")
    )


def _records(item: Located, *names: str) -> list[Located]:
    """Return the records of a list, or the one that stands there; bare texts have no place."""
    value = item.get(*names)
    if not value:
        return []
    where = item.at(*names)
    if isinstance(value, Mapping):
        return [Located(value, where)]
    if not isinstance(value, Sequence) or isinstance(value, str):
        return [Located({"text": value}, where)] if isinstance(value, str) else []
    return [
        Located(one if isinstance(one, Mapping) else {"text": one}, f"{where}/{index}")
        for index, one in enumerate(value)
    ]


def _first_spot(item: Located, *names: str) -> Spot | None:
    found = (spot(item.get(name)) for name in names)
    return next((one for one in found if one is not None), None)


def _colour(item: Located) -> Colour:
    named = (as_text(item.get(name)) for name in ("color", "colour"))
    return next(filter(None, map(read_colour, filter(None, named))), None) or GOLD
