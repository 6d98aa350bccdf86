"""What 10 to 10,000 workers would do: throughput, waits, Redis, object storage, price."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from scaling.fleet import Answer, Costs, Fleet, Plan

FLEETS = (10, 30, 100, 300, 1_000, 3_000, 10_000)
FULL = 0.6
"""A Redis of which more is used leaves too little for outages, backups and bad minutes."""
PUTS_PER_PREFIX = 3_500
"""Requests a second that S3 promises for one prefix, of those that write: Amazon's "Best practices
design patterns: optimizing Amazon S3 performance". More of them are had by more prefixes."""
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Bottlenecks:
    """How many workers it takes until one part of the whole is full."""

    redis: int
    """One Redis is used by ``FULL``."""
    one_prefix: int
    """One prefix of object storage gets as many writes as are promised."""


def shards_for(workers: int, costs: Costs, busy: float) -> int:
    """Return how many Redis share the queue so that none is fuller than ``FULL``."""
    return math.ceil(workers / _workers_per_redis(costs, busy))


def bottlenecks(costs: Costs, busy: float) -> Bottlenecks:
    """Return where growth ends that changes nothing but the number of workers."""
    return Bottlenecks(
        redis=int(_workers_per_redis(costs, busy)),
        one_prefix=int(PUTS_PER_PREFIX / (busy / costs.mean_s * costs.puts)),
    )


def forecast(costs: Costs, busy: float, seed: int, most: int = FLEETS[-1]) -> Iterator[Answer]:
    """Ask each fleet on one Redis, and once more on as many as it needs where one is not enough."""
    for workers in FLEETS:
        if workers > most:
            return
        yield Fleet(Plan(workers, busy), costs, seed).run()
        shards = shards_for(workers, costs, busy)
        if shards > 1:
            yield Fleet(Plan(workers, busy, shards), costs, seed).run()


def price_of_1000(costs: Costs, busy: float, core_hour: float) -> float:
    """Return what the processors of 1,000 previews cost, those that wait for work included."""
    return 1_000 * costs.mean_s / busy / _HOUR_S * core_hour


def _workers_per_redis(costs: Costs, busy: float) -> float:
    each = busy / costs.mean_s * costs.commands + costs.rest_commands
    return FULL * costs.commands_per_s / each
