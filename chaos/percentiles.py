"""Percentiles of what was measured, by the nearest rank: each is a value that really occurred."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the least of ``values`` that ``percent`` of them do not exceed."""
    ranked = sorted(values)
    return round(ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)], 3)
