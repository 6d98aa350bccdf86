"""Shapes that a day's load may have, told as shares of what all replicas together can do."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_HOUR_S = 3600.0
_MOVING_SHARE = 0.2
_MOVING_TIMES = 10
"""A tutorial that moves costs about ten times what one of words does: docs/benchmarks.md."""


@dataclass(frozen=True, slots=True)
class Job:
    """Comes at an instant, and is rendered for so long."""

    at_s: float
    service_s: float


@dataclass(frozen=True, slots=True)
class Shape:
    """How the load changes with time."""

    name: str
    length_s: float
    share: Callable[[float], float]
    """Of what all replicas can render, at an instant; at most 1."""
    burst_at_s: float | None = None
    """When a whole batch comes at once."""


def _lunch(at_s: float) -> float:
    """Rise from a tenth to four fifths within an hour, and fall likewise."""
    return 0.1 + 0.7 * math.sin(math.pi * min(1.0, at_s / (2 * _HOUR_S))) ** 2


SHAPES = (
    Shape("steady", 2 * _HOUR_S, lambda _: 0.5),
    Shape("lunch peak", 2 * _HOUR_S, _lunch),
    Shape("burst of a batch", _HOUR_S, lambda _: 0.05, burst_at_s=1800.0),
    Shape("drop to zero", 2 * _HOUR_S, lambda at_s: 0.7 if at_s < _HOUR_S else 0.0),
    Shape("from nothing to full", _HOUR_S, lambda at_s: 0.8 if at_s > 0.5 * _HOUR_S else 0.0),
)


def mixed(measured_s: Sequence[float]) -> list[float]:
    """Return how long renders take where one tutorial in five moves."""
    moving = round(len(measured_s) * _MOVING_SHARE / (1 - _MOVING_SHARE))
    step = len(measured_s) / max(1, moving)
    return [*measured_s, *(measured_s[int(n * step)] * _MOVING_TIMES for n in range(moving))]


def jobs(
    shape: Shape, services_s: Sequence[float], slots: int, burst: int, seed: int
) -> Iterator[Job]:
    """Yield the jobs of a shape in their order, for a fleet that has ``slots`` at the most.

    They come at random; a Poisson process of the full rate is thinned to the shape's share.
    """
    draw = random.Random(seed)
    full = slots * len(services_s) / sum(services_s)
    at_s, burst_at_s = 0.0, shape.burst_at_s
    while at_s < shape.length_s:
        at_s += draw.expovariate(full)
        if burst_at_s is not None and at_s >= burst_at_s:
            yield from (Job(burst_at_s, draw.choice(services_s)) for _ in range(burst))
            burst_at_s = None
        if draw.random() < shape.share(at_s):
            yield Job(at_s, draw.choice(services_s))
