"""Motions by their kinds: what each reads of its record, and does where that says nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from preview_worker.render.model import Region
from preview_worker.render.motion import (
    MIDDLE,
    TOWARDS,
    Direction,
    Easing,
    Motion,
    MotionKind,
    Spot,
)
from preview_worker.render.timeline.fields import Located, as_text
from preview_worker.render.timeline.places import middle_of, rectangle, share, spot

KINDS = {
    "fade": "fade",
    "fadein": "fade",
    "fadeout": "fade",
    "slide": "slide",
    "slideleft": "slide",
    "slideright": "slide",
    "pantocomponent": "slide",
    "softslidein": "soft_slide_in",
    "zoom": "zoom",
    "zoomoncomponent": "focus_zoom",
    "focuszoom": "focus_zoom",
    "pan": "pan",
    "pulse": "pulse",
    "highlightpulse": "pulse",
    "highlight": "highlight",
}
"""Kinds of motion by the names that contracts and macros have for them."""
ZOOM, FOCUS_ZOOM, MOST_ZOOM, LEAST_ZOOM = 1.08, 1.15, 3.0, 0.2
SLIDE, SOFT_SLIDE, MOST_PAN = 0.12, 0.05, 0.05
PULSE, MOST_PULSE, PULSE_S = 1.05, 1.5, Fraction(3, 5)
"""A pulse's period is that of the brand's callouts."""
_SLACK = 1e-6
EASED: dict[str, Easing] = {"pulse": "easeInOutSine", "soft_slide_in": "easeOutQuad"}
"""Easings of motions that name none; the others begin and end gently."""


@dataclass(frozen=True, slots=True)
class Span:
    """When a motion takes place, and how it gathers way."""

    start: int
    end: int
    easing: Easing
    length_s: Fraction


def kind_of(item: Located) -> str:
    """Return the kind of motion that a record names, in any spelling; nothing if none is known."""
    for name in ("type", "kind", "text", "macro", "name"):
        word = "".join(filter(str.isalnum, as_text(item.get(name)).lower()))
        if word in KINDS:
            return KINDS[word]
    return ""


def within(bounds: Region, region: Region) -> tuple[Spot, Spot]:
    """Return corner and sides of ``bounds`` in shares of what stands in ``region``.

    Bounds that lie in it are on the page, as the contract has its rectangles; others are on the
    thing.
    """
    on_page = (
        bounds.x >= region.x - _SLACK
        and bounds.y >= region.y - _SLACK
        and bounds.x + bounds.width <= region.x + region.width + _SLACK
        and bounds.y + bounds.height <= region.y + region.height + _SLACK
    )
    if not on_page or min(region.width, region.height) <= 0:
        return (bounds.x, bounds.y), (bounds.width, bounds.height)
    corner = ((bounds.x - region.x) / region.width, (bounds.y - region.y) / region.height)
    return corner, (bounds.width / region.width, bounds.height / region.height)


def _said(item: Located, *names: str) -> float | None:
    """Return the first number that a motion, or its ``params``, has by one of ``names``."""
    values = (share(item.get(*path, name)) for name in names for path in ((), ("params",)))
    return next((value for value in values if value is not None), None)


def _either(value: float | None, default: float) -> float:
    return default if value is None else value


def _fade(item: Located, span: Span, _: Region) -> Motion:
    leaving = "out" in as_text(item.get("type")).lower()
    begin = _either(_said(item, "from", "opacityFrom"), 1.0 if leaving else 0.0)
    end = _either(_said(item, "to", "opacityTo"), 0.0 if leaving else 1.0)
    opacity = (min(max(begin, 0.0), 1.0), min(max(end, 0.0), 1.0))
    return Motion("fade", span.start, span.end, span.easing, opacity=opacity)


def _heading(item: Located, default: Direction) -> tuple[int, int]:
    """Return where a motion goes to, in x and y."""
    words = f"{as_text(item.get('direction'))} {as_text(item.get('params', 'direction'))}".lower()
    words = words.strip() or as_text(item.get("type")).lower()
    found: Direction = next((name for name in TOWARDS if name in words), default)
    return TOWARDS[found]


def _slide(item: Located, span: Span, region: Region) -> Motion:
    home = middle_of(region)
    begin, end = spot(item.get("from")), spot(item.get("to"))
    last = (end[0] - home[0], end[1] - home[1]) if end else (0.0, 0.0)
    if begin:
        first = (begin[0] - home[0], begin[1] - home[1])
    elif end and max(map(abs, last)) > _SLACK:
        first = (0.0, 0.0)
    else:
        x, y = _heading(item, "left")
        far = min(max(_either(_said(item, "distance"), SLIDE), 0.0), 1.0)
        first = (-x * far, -y * far)
    return Motion(
        "slide",
        span.start,
        span.end,
        span.easing,
        shift_x=(first[0], last[0]),
        shift_y=(first[1], last[1]),
    )


def _soft_slide_in(item: Located, span: Span, _: Region) -> Motion:
    x, y = _heading(item, "up")
    far = min(max(_either(_said(item, "distance"), SOFT_SLIDE), 0.0), 1.0)
    return Motion(
        "soft_slide_in",
        span.start,
        span.end,
        span.easing,
        opacity=(0.0, 1.0),
        shift_x=(-x * far, 0.0),
        shift_y=(-y * far, 0.0),
    )


def _zoom(item: Located, span: Span, region: Region) -> Motion:
    focused = kind_of(item) == "focus_zoom" or "focus" in as_text(item.get("macro")).lower()
    begin = _either(_said(item, "from", "scaleFrom", "startScale", "minScale"), 1.0)
    end = _said(item, "to", "scaleTo", "endScale", "maxScale", "scale")
    end = _either(end, max(begin, FOCUS_ZOOM if focused else ZOOM))
    low, high = _either(_said(item, "minScale"), LEAST_ZOOM), _either(_said(item, "maxScale"), 99.0)
    low, high = max(low, LEAST_ZOOM), min(high, MOST_ZOOM)
    scale = (min(max(begin, low), high), min(max(end, low), high))
    kind: MotionKind = "focus_zoom" if focused else "zoom"
    return Motion(
        kind, span.start, span.end, span.easing, scale=scale, anchor=_anchor(item, region)
    )


def _anchor(item: Located, region: Region) -> Spot:
    """Return the point that a zoom keeps, in shares of the picture."""
    named = (item.get(*path, name) for name in ("anchor", "center") for path in ((), ("params",)))
    found = next(filter(None, map(spot, named)), None)
    if found is None and (target := rectangle(item.get("targetRect"))):
        corner, sides = within(target, region)
        found = (corner[0] + sides[0] / 2, corner[1] + sides[1] / 2)
    x, y = found or MIDDLE
    return (min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))


def _pan(item: Located, span: Span, _: Region) -> Motion:
    far = min(max(_either(_said(item, "distance"), MOST_PAN), 0.0), MOST_PAN)
    return pan(_heading(item, "left"), (span.start, span.end), far, span.easing)


def pan(towards: tuple[int, int], frames: tuple[int, int], far: float, easing: Easing) -> Motion:
    """Return a pan: the picture a little larger than its frame, and the view going ``towards``."""
    x, y = towards
    begin, end = (0.5 - x / 2, 0.5 - y / 2), (0.5 + x / 2, 0.5 + y / 2)
    scale = (1 + far, 1 + far)
    return Motion("pan", *frames, easing, scale=scale, anchor=begin, anchor_end=end)


def _pulse(item: Located, span: Span, _: Region) -> Motion:
    high = _either(_said(item, "scale", "maxScale", "to"), PULSE)
    low = _either(_said(item, "minScale", "from"), 1.0)
    faint = _either(_said(item, "opacity"), 1.0)
    period = Fraction(repr(max(_either(_said(item, "periodSec"), float(PULSE_S)), 1e-3)))
    cycles = _either(_said(item, "repeatCount"), float(round(span.length_s / period)))
    ahead = _either(_said(item, "phaseOffsetSec"), 0.0) / float(period)
    limits = (LEAST_ZOOM, MOST_PULSE)
    return Motion(
        "pulse",
        span.start,
        span.end,
        span.easing,
        opacity=(1.0, min(max(faint, 0.0), 1.0)),
        scale=(min(max(low, limits[0]), limits[1]), min(max(high, limits[0]), limits[1])),
        cycles=min(max(1.0, round(cycles)), 50.0),
        phase=ahead % 1.0,
    )


MAKERS: dict[str, Callable[[Located, Span, Region], Motion]] = {
    "fade": _fade,
    "slide": _slide,
    "soft_slide_in": _soft_slide_in,
    "zoom": _zoom,
    "focus_zoom": _zoom,
    "pan": _pan,
    "pulse": _pulse,
}
"""What makes a motion of each kind of a record, its time, and where its thing stands."""
