"""Instants and rates as people type them."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_AGO = re.compile(r"([0-9]+)([smhd])")
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:/([smh]))?")


class Instant(click.ParamType[int]):
    """``90s``, ``15m``, ``24h`` or ``7d`` ago, or a date of ISO 8601; POSIX milliseconds."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the instant; UTC unless the date says otherwise."""
        ago = _AGO.fullmatch(str(value))
        if ago:
            return round((time.time() - int(ago[1]) * _UNITS_S[ago[2]]) * 1000)
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self._refuse(value, param, ctx)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)

    def _refuse(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> NoReturn:
        self.fail(f"{value!r} is no instant; write 24h, 7d or 2026-01-31T12:00", param, ctx)


class Rate(click.ParamType[float]):
    """``5/s``, ``30/m`` or ``5``, which is a second's; per second."""

    name = "rate"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return how many a second."""
        rate = _RATE.fullmatch(str(value))
        if rate is None or not float(rate[1]):
            self.fail(f"{value!r} is no rate; write 5/s or 30/m", param, ctx)
        return float(rate[1]) / _UNITS_S[rate[2] or "s"]


def letter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options by which dead letters are chosen."""
    for option in (
        click.option("--until", type=Instant(), help="Only those that died before, such as 1h."),
        click.option("--since", type=Instant(), help="Only those that died since, such as 24h."),
        click.option("--code", default="*", help="Only those with such a code: 'transient.*'."),
    ):
        command = option(command)
    return command
