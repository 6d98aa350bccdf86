"""The producer's options, read with the tolerance that JavaScript grants and Lua does not.

Everything here ends up in a script that has no way back once it fails half way, so each value is
brought into a shape that the script can take before it is sent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping


class OptionError(ValueError):
    """An option has a value that cannot be understood; the message says which and why."""


_MOST_ATTEMPTS = 2**31

KEEP_ALL: Mapping[str, int] = {"count": -1}
REMOVE: Mapping[str, int] = {"count": 0}


def max_attempts(options: Mapping[str, object]) -> int:
    """Return how many attempts the job may have; at least 1.

    BullMQ compares numbers, so 2.5 allows three attempts, and reads digits in a string.
    """
    value = options.get("attempts", 1)
    if type(value) is int:
        return min(max(1, value), _MOST_ATTEMPTS)
    if value is None:
        return 1
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError as error:
            message = f"attempts is {str(value)[:40]!r}, not a number"
            raise OptionError(message) from error
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        message = f"attempts is {json.dumps(value)[:40]}, not a number"
        raise OptionError(message)
    return max(1, math.ceil(min(value, _MOST_ATTEMPTS)))


def kept_jobs(value: object) -> Mapping[str, int]:
    """Return what the finishing script shall keep, from ``removeOnComplete`` or ``removeOnFail``.

    True removes the job, False or nothing keeps all, a number keeps that many, an object may give
    ``count``, ``age`` in seconds and ``limit``. Anything else keeps all, so nothing is lost.
    """
    if isinstance(value, bool) or value is None:
        return REMOVE if value else KEEP_ALL
    if isinstance(value, (int, float)):
        return {"count": int(value)} if math.isfinite(value) else KEEP_ALL
    if isinstance(value, Mapping):
        kept = {
            name: int(number)
            for name in ("count", "age", "limit")
            if isinstance(number := value.get(name), (int, float))
            and not isinstance(number, bool)
            and math.isfinite(number)
        }
        return kept or KEEP_ALL
    return KEEP_ALL


def kept_logs(options: Mapping[str, object]) -> int | None:
    """Return how many log lines the producer wants kept, or None for all (``kl``, keepLogs)."""
    value = options.get("kl", options.get("keepLogs"))
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    return None


def flag(options: Mapping[str, object], name: str) -> bool:
    """Return whether a yes-or-no option is set."""
    return bool(options.get(name))


def trace_context(options: Mapping[str, object]) -> dict[str, str]:
    """Return the W3C headers that a producer with telemetry left in ``tm`` or ``telemetry``.

    BullMQ stores the carrier as a JSON string. What cannot be read is no reason to fail a job.
    """
    carrier = options.get("tm")
    if carrier is None:
        telemetry = options.get("telemetry")
        if not isinstance(telemetry, Mapping):
            return {}
        carrier = telemetry.get("metadata")
    if isinstance(carrier, str):
        try:
            carrier = json.loads(carrier)
        except (ValueError, RecursionError):
            return {"traceparent": carrier} if carrier.startswith("00-") else {}
    if not isinstance(carrier, Mapping):
        return {}
    return {
        name: value
        for name in ("traceparent", "tracestate")
        if isinstance(value := carrier.get(name), str)
    }
