"""Measures and inks of the dark theme, in design units: pixels of a picture 1080 high."""

from __future__ import annotations

from preview_worker.render.model import Colour

SHORT_SIDE = 1080
"""The shorter side of every page in design units; the longer one follows from the profile."""
MARGIN_X = 120
MARGIN_Y = 90
NARROW = 1400
"""Below this width, a picture stands above its text instead of beside it."""

MIN_TITLE = 48
MIN_BODY = 40
"""Smallest sizes that a viewer on a sofa can read."""
TEXT_RATIO = 7.0
"""Contrast that the colours which we choose have (WCAG AAA)."""

BRIGHT = Colour(248, 250, 252)
SOFT = Colour(226, 232, 240)
INK = Colour(11, 16, 32)
BLACK = Colour(0, 0, 0)
