"""Reading places and times of what decorates a scene; what cannot be read counts as not said.

Decoration never stops a preview, so nothing here raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from preview_worker.contract import PreviewError
from preview_worker.render.model import Region
from preview_worker.render.motion import Spot
from preview_worker.render.timeline.fields import Located, number

RECTANGLES = ("bounds", "region", "rect", "targetRect", "box", "placement", "area")
"""Names by which records say what part of a picture they mean."""
SPOTS = ("target", "point", "position", "at", "anchor", "center", "centre")
"""Names by which they say what point they mean."""
AXES = "xy"
SECONDS_IN = {"Sec": 1, "_sec": 1, "S": 1, "Ms": 1000, "_ms": 1000}


def share(value: object) -> float | None:
    """Return a number; None for anything that is none."""
    try:
        found = number(value, "")
    except PreviewError:
        return None
    return None if found is None else min(max(float(found), -1e6), 1e6)


def spot(value: object) -> Spot | None:
    """Return the point of ``{x, y}`` or ``[x, y]``."""
    if isinstance(value, Mapping):
        x, y = share(value.get("x")), share(value.get("y"))
    elif isinstance(value, Sequence) and not isinstance(value, str) and len(value) == len(AXES):
        x, y = map(share, value)
    else:
        return None
    return None if x is None or y is None else (x, y)


def rectangle(value: object) -> Region | None:
    """Return the rectangle of ``{x, y, width, height}``, the sides also as ``w`` and ``h``."""
    if not isinstance(value, Mapping) or (corner := spot(value)) is None:
        return None
    width = share(value.get("width", value.get("w")))
    height = share(value.get("height", value.get("h")))
    if width is None or height is None or min(width, height) <= 0:
        return None
    return Region(*corner, width, height)


def rectangle_in(item: Located) -> Region | None:
    """Return the rectangle that a record names, or that it is itself."""
    named = (rectangle(item.get(name)) for name in (*RECTANGLES, "target"))
    return next(filter(None, named), None) or rectangle(item.record)


def spot_in(item: Located) -> Spot | None:
    """Return the point that a record names, or that it is itself."""
    named = (spot(item.get(name)) for name in SPOTS)
    return next(filter(None, named), None) or spot(item.record)


def middle_of(region: Region) -> Spot:
    """Return the middle of a rectangle."""
    return (region.x + region.width / 2, region.y + region.height / 2)


def time_s(item: Located, *names: str) -> Fraction | None:
    """Return the first time that ``item`` has by one of ``names``, in seconds.

    ``start`` stands for ``startSec``, ``start_sec``, ``startMs`` and the like, then for ``start``.
    """
    for name in names:
        for suffix, parts in (*SECONDS_IN.items(), ("", 1)):
            found = share(item.get(f"{name}{suffix}"))
            if found is not None:
                return Fraction(repr(found)) / parts
    return None


def frame_of(seconds: Fraction, fps: Fraction) -> int:
    """Return the frame that begins nearest to ``seconds``, the later one of two."""
    return int(max(Fraction(0), seconds) * fps + Fraction(1, 2))
