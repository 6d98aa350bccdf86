"""How long a failed attempt waits before the next, by the rule that the producer asked for."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

DEFAULT_DELAY_MS = 1000
MAX_DELAY_MS = 24 * 3600 * 1000
"""Doubling runs away after some thirty attempts; nobody waits for a preview longer than a day."""


def backoff_ms(
    rule: object, failures: int, *, draw: Callable[[], float] = random.random
) -> int | None:
    """Return the pause in milliseconds before the next attempt, or None to give up.

    ``rule`` is BullMQ's ``opts.backoff``: a number (fixed pause), or an object with ``type``
    ``fixed`` or ``exponential``, ``delay`` in milliseconds and ``jitter`` from 0 to 1, the share of
    the pause that is left to chance. Without a rule the next attempt follows at once. A type that
    is not built in names a function that only the producer's own workers have; such jobs back off
    exponentially. A negative delay means that no further attempt is wanted.
    """
    if isinstance(rule, Mapping):
        kind = rule.get("type")
        fallback = 0 if kind in {"fixed", "exponential"} else DEFAULT_DELAY_MS
        delay_ms = _finite(rule.get("delay"), fallback)
        jitter = min(max(_finite(rule.get("jitter"), 0), 0.0), 1.0)
    else:
        kind = "fixed"
        delay_ms = _finite(rule, 0)
        jitter = 0.0
    if delay_ms < 0:
        return None
    if kind != "fixed":
        delay_ms = min(2.0 ** min(failures - 1, 60) * delay_ms, MAX_DELAY_MS)
    if jitter:
        delay_ms = math.floor(draw() * delay_ms * jitter + delay_ms * (1 - jitter))
    return min(round(delay_ms), MAX_DELAY_MS)


def _finite(value: object, fallback: float) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return fallback
