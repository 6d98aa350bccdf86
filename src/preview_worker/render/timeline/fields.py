"""Reading the fields of a step or scene under every name that producers give them.

The names and their order of precedence are those of the upstream renderers; where two of them are
present, the first wins.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.wording import clean, one_line, shorten

Record = Mapping[str, Any]

SPOKEN = (
    "spokenText",
    "narration",
    "narrationText",
    "scriptText",
    "spoken_text",
    "text",
    "body",
    "content",
    "captions",
)
ON_SCREEN = ("on_screen_text", "onScreenText", "visualOverlayText")
"""What is written on a scene besides what is spoken over it."""
BODY = (*ON_SCREEN, "text", "body", "content", "captions", *SPOKEN[:5])
TITLES = ("title", "heading", "sectionTitle", "section", "chapterTitle")
MILLISECONDS = ("durationMs", "estimatedDurationMs")
MAX_DURATION_S = 10**7
MAX_ID_CHARS = 120
OPEN_END_S = 5
"""How long a segment with a start and no end lasts, as upstream has it."""


@dataclass(frozen=True, slots=True)
class Located:
    """A record of the payload and the JSON Pointer to it."""

    record: Record
    where: str

    def get(self, *names: str) -> object:
        """Follow ``names`` through nested objects and lists; None where the way ends."""
        value: object = self.record
        for name in names:
            if value is None:  # most fields are absent, and most records are a dict: both are
                return None  # known at once, where to ask for an abstract class takes long
            if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 -- see above
                value = value.get(name)
            elif isinstance(value, Sequence) and not isinstance(value, str):
                value = value[int(name)] if name.isdigit() and int(name) < len(value) else None
            else:
                return None
        return value

    def at(self, *names: str) -> str:
        """Return the JSON Pointer to a field of the record."""
        return "/".join((self.where, *names))


def as_text(value: object) -> str:
    """Read a string, a number, or a list of strings as text; anything else is empty."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | dict):
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Sequence):
        return "\n".join(filter(None, map(as_text, value)))
    return ""


def identity(item: Located, fallback: str) -> str:
    """Return the item's id, fit to be shown and written down."""
    return shorten(one_line(clean(as_text(item.get("id")))), MAX_ID_CHARS) or fallback


def first_text(item: Located, names: Sequence[str]) -> str:
    """Return the first of ``names`` that holds any text."""
    for name in names:
        if text := as_text(item.get(name)):
            return text
    return ""


def located(items: object, where: str) -> list[Located]:
    """Return the members of a list of records; a bare string is read as a record's text."""
    if items is None:
        return []
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise PreviewError(ErrorCode.PAYLOAD, f"{where} must be a list.")
    found = []
    for index, item in enumerate(items):
        record = {"text": item} if isinstance(item, str) else item
        if not isinstance(record, Mapping):
            message = f"{where}/{index} must be an object or a string."
            raise PreviewError(ErrorCode.PAYLOAD, message)
        found.append(Located(record, f"{where}/{index}"))
    return found


def number(value: object, where: str) -> Fraction | None:
    """Read a finite number, also from a numeric string; None when there is nothing."""
    if value is None or value == "":
        return None
    text = str(value) if isinstance(value, int | float | str) else ""
    try:
        # By way of a float: an exponent of a million digits must not become a fraction.
        found = float("" if isinstance(value, bool) else text)
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        message = f"{where} must be a number, not {text[:40]!r}."
        raise PreviewError(ErrorCode.PAYLOAD, message)
    return Fraction(repr(found))


def positive(value: object, where: str) -> Fraction | None:
    """Read a number of seconds (or frames) that a scene can last."""
    found = number(value, where)
    if found is not None and not 0 < found <= MAX_DURATION_S:
        message = f"{where} must be greater than 0 and at most {MAX_DURATION_S}."
        raise PreviewError(ErrorCode.PAYLOAD, message)
    return found


def duration_s(item: Located, fps: Fraction) -> Fraction | None:
    """Return how long the item asks to be shown, or None when it leaves that to us."""
    if seconds := positive(item.get("durationSec"), item.at("durationSec")):
        return seconds
    for name in MILLISECONDS:
        if milliseconds := positive(item.get(name), item.at(name)):
            return milliseconds / 1000
    if seconds := positive(item.get("duration"), item.at("duration")):
        return seconds
    if frames := positive(item.get("durationInFrames"), item.at("durationInFrames")):
        return frames / fps
    return _span_s(item) or _timing_s(item)


def _timing_s(item: Located) -> Fraction | None:
    """Read ``timing: {startMs, endMs}``, as canonical storyboard scenes have it."""
    start = number(item.get("timing", "startMs"), item.at("timing", "startMs"))
    end = number(item.get("timing", "endMs"), item.at("timing", "endMs"))
    if end is None:
        return None
    return positive(float(end - (start or 0)) / 1000, item.at("timing", "endMs"))


def _span_s(item: Located) -> Fraction | None:
    start = number(item.get("startTime"), item.at("startTime"))
    end = number(item.get("endTime"), item.at("endTime"))
    if start is None and end is None:
        return None
    if end is None:
        return Fraction(OPEN_END_S)
    return positive(float(end - (start or 0)), item.at("endTime"))
