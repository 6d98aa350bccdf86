"""Progress as it goes over the wire: one number from 0 to 100, and what its ranges stand for.

Clients of BullMQ see the number alone, so whoever shows phases to people takes them from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PHASE_PERCENTS: Mapping[str, int] = MappingProxyType(
    {"plan": 0, "assets": 2, "captions": 4, "render": 5, "probe": 90}
)
"""The phases of a render in their order, and the percent at which each begins."""
DONE_PERCENT = 100


def phase_share(phase: str) -> float:
    """Return the part of the whole, 0 to 1, at which ``phase`` begins."""
    return PHASE_PERCENTS[phase] / DONE_PERCENT
