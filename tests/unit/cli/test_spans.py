"""Spans of time and limits, as people type them."""

from __future__ import annotations

from fractions import Fraction

import click
import pytest

from preview_worker.cli.spans import OFF, Moment, Most, Span


@pytest.mark.parametrize(
    ("typed", "span_ms"),
    [("500ms", 500), ("90s", 90_000), ("15m", 900_000), ("24h", 86_400_000), ("7d", 604_800_000)],
)
def test_a_span_is_a_number_and_a_unit(typed: str, span_ms: int) -> None:
    """In milliseconds, as the queue counts."""
    assert Span().convert(typed, None, None) == span_ms


@pytest.mark.parametrize("typed", ["", "5", "5 m", "-5m", "1.5h", "soon"])
def test_anything_else_is_no_span(typed: str) -> None:
    """The message shows how to write one."""
    with pytest.raises(click.BadParameter, match="write 90s, 15m, 24h or 7d"):
        Span().convert(typed, None, None)


def test_a_limit_is_a_number_or_off() -> None:
    """Off means that there is none."""
    assert Most().convert("4", None, None) == 4
    assert Most().convert("off", None, None) == OFF


@pytest.mark.parametrize("typed", ["0", "-1", "2.5", "none", ""])
def test_anything_else_is_no_limit(typed: str) -> None:
    """A limit of 0 jobs would be a pause that nobody sees."""
    with pytest.raises(click.BadParameter, match="neither a number from 1 nor off"):
        Most().convert(typed, None, None)


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("0", "0"), ("12.4", "12.4"), ("1:05", "65"), ("1:01:05.5", "3665.5"), ("75", "75")],
)
def test_a_moment_is_seconds_or_a_clock(typed: str, seconds: str) -> None:
    """Exact, so that it names one frame."""
    assert Moment().convert(typed, None, None) == Fraction(seconds)


@pytest.mark.parametrize("typed", ["", "soon", "-1", "1:", ":30", "1e9", "1:2:3:4"])
def test_anything_else_is_no_moment(typed: str) -> None:
    """The message shows how to write one."""
    with pytest.raises(click.BadParameter, match=r"write 12\.4 or 1:05"):
        Moment().convert(typed, None, None)
