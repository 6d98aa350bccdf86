"""Patterns are followed on the wall clock of their zone; Node's own parser is asked in interop."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from preview_worker.queue.cron import next_fire_ms


def at(text: str) -> int:
    """Return an instant of UTC as milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("pattern", "zone", "after", "fires"),
    [
        ("*/5 * * * *", None, "2026-01-01T00:00:00", "2026-01-01T00:05:00"),
        ("30 0 4 * * *", None, "2026-01-01T00:00:00", "2026-01-01T04:00:30"),
        ("0 9 * * *", "Europe/Berlin", "2026-07-01T00:00:00", "2026-07-01T07:00:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00", "2026-03-29T01:30:00"),
    ],
)
def test_a_pattern_fires_next(pattern: str, zone: str | None, after: str, fires: str) -> None:
    """Minutes or seconds first, in a zone, and past a time that the clock skips."""
    assert next_fire_ms(pattern, at(after), zone) == at(fires)


def test_a_time_that_comes_twice_fires_once() -> None:
    """The clock goes back from three to two, and half past two has been."""
    first = next_fire_ms("30 2 * * *", at("2026-10-25T00:00:00"), "Europe/Berlin")
    assert first == at("2026-10-25T00:30:00")
    assert next_fire_ms("30 2 * * *", first, "Europe/Berlin") == at("2026-10-26T01:30:00")


@pytest.mark.parametrize(
    ("pattern", "zone"), [("every day", None), ("* * * * *", "Mars/Base"), ("0 0 31 2 *", None)]
)
def test_what_cannot_be_followed_is_refused(pattern: str, zone: str | None) -> None:
    """A pattern that is none, a zone that is none, a day that never comes."""
    with pytest.raises(ValueError, match=r"\w"):
        next_fire_ms(pattern, at("2026-01-01T00:00:00"), zone)
