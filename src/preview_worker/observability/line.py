"""A line of the log before it is written."""

from __future__ import annotations

from dataclasses import dataclass

Facts = dict[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be written: how loud, what happened, and the facts."""

    level: str
    event: str
    facts: Facts


def rounded(seconds: float | None) -> float | None:
    """Return a time as people want to read it; None of one that nobody knows."""
    return None if seconds is None else round(seconds, 3)
