"""Instants as Redis has them and as documents tell them."""

from __future__ import annotations

from datetime import UTC, datetime


def instant(at_ms: int | None) -> datetime | None:
    """Return POSIX milliseconds as an instant; None for what no calendar knows."""
    if at_ms is None:
        return None
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def milliseconds(at: datetime | None) -> int | None:
    """Return POSIX milliseconds; an instant without an offset is one of UTC, as answers are."""
    if at is None:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
