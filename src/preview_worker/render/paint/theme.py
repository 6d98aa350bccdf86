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
    "VEIL_LEAST",
    "WHITE",
]

SHORT_SIDE = 1080
"""The shorter side of every page in design units; the longer one follows from the profile."""
MARGIN_X = 120
MARGIN_Y = 90
NARROW = 1400
"""Below this width, a picture stands above its text instead of beside it."""

VEIL_LEAST = 0.55
"""The least opacity of a panel between a picture and words; it has as much more as they need."""
MIN_TITLE = 48
MIN_BODY = 40
"""Smallest sizes that a viewer on a sofa can read."""
