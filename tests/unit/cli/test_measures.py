"""Instants and rates as people type them."""

from __future__ import annotations

import time

import click
import pytest

from preview_worker.cli.measures import Instant, Rate


@pytest.mark.parametrize(
    ("text", "ago_s"), [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800)]
)
def test_a_span_is_so_long_ago(text: str, ago_s: int) -> None:
    """Seconds, minutes, hours and days."""
    instant_ms = Instant().convert(text, None, None)
    assert abs(time.time() - ago_s - instant_ms / 1000) < 5


@pytest.mark.parametrize(
    ("text", "instant_ms"),
    [
        ("2026-01-31", 1_769_817_600_000),
        ("2026-01-31T12:00", 1_769_860_800_000),
        ("2026-01-31T12:00+02:00", 1_769_853_600_000),
    ],
)
def test_a_date_is_utc_unless_it_says_otherwise(text: str, instant_ms: int) -> None:
    """ISO 8601, with or without a time of day."""
    assert Instant().convert(text, None, None) == instant_ms


@pytest.mark.parametrize("text", ["yesterday", "5", "12w", ""])
def test_other_words_are_no_instants(text: str) -> None:
    """The message shows how to write one."""
    with pytest.raises(click.BadParameter, match="24h, 7d"):
        Instant().convert(text, None, None)


@pytest.mark.parametrize(("text", "per_s"), [("5/s", 5), ("30/m", 0.5), ("2.5", 2.5)])
def test_a_rate_is_per_second_unless_it_says_otherwise(text: str, per_s: float) -> None:
    """Fractions are allowed."""
    assert Rate().convert(text, None, None) == per_s


@pytest.mark.parametrize("text", ["0/s", "fast", "-1/s", "5/d"])
def test_other_words_are_no_rates(text: str) -> None:
    """Neither is a rate at which nothing would ever be done."""
    with pytest.raises(click.BadParameter, match="5/s or 30/m"):
        Rate().convert(text, None, None)
