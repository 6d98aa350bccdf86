"""Measures that all looks share, in design units: pixels of a picture 1080 high."""

from __future__ import annotations

from preview_worker.render.look import TEXT_RATIO
from preview_worker.render.palette import BLACK, WHITE

__all__ = [
    "BLACK",
    "MARGIN_X",
    "MARGIN_Y",
    "MIN_BODY",
    "MIN_TITLE",
    "NARROW",
    "SHORT_SIDE",
    "TEXT_RATIO",
    "WHITE",
]

SHORT_SIDE = 1080
"""The shorter side of every page in design units; the longer one follows from the profile."""
MARGIN_X = 120
MARGIN_Y = 90
NARROW = 1400
"""Below this width, a picture stands above its text instead of beside it."""

MIN_TITLE = 48
MIN_BODY = 40
"""Smallest sizes that a viewer on a sofa can read."""
