"""Spans of time and limits as people type them."""

from __future__ import annotations

import re
from fractions import Fraction

import click

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SPAN = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_MOMENT = re.compile(r"(?:(?:([0-9]+):)?([0-9]{1,2}):)?([0-9]+(?:\.[0-9]+)?)")
OFF = 0
"""What ``off`` becomes: no limit."""


class Span(click.ParamType[int]):
    """``500ms``, ``90s``, ``15m``, ``24h`` or ``7d``; milliseconds."""

    name = "span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the span; ends the command with a usage error for anything else."""
        if isinstance(value, int):
            return value
        found = _SPAN.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no span of time; write 90s, 15m, 24h or 7d", param, ctx)
        return int(found[1]) * _UNITS_MS[found[2]]


class Moment(click.ParamType[Fraction]):
    """A place in a video: seconds as ``12.4``, or ``1:05`` and ``1:01:05.5``; seconds, exact."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """Return the seconds; ends the command with a usage error for anything else."""
        if isinstance(value, Fraction):
            return value
        found = _MOMENT.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no place in a video; write 12.4 or 1:05", param, ctx)
        hours, minutes, seconds = (Fraction(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds


class Most(click.ParamType[int]):
    """A number of jobs from 1, or ``off`` for no limit."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number, ``OFF`` for ``off``; ends the command for anything else."""
        if value == "off":
            return OFF
        if not str(value).isdecimal() or int(str(value)) < 1:
            self.fail(f"{value!r} is neither a number from 1 nor off", param, ctx)
        return int(str(value))
