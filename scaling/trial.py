"""The autoscaling that we ship, tried on every shape of load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chaos.percentiles import percentile
from monitoring.objective import WAIT_S
from scaling.cluster import Cluster
from scaling.shapes import SHAPES, Shape, jobs, mixed
from scaling.shipped import Settings

_AFTER_S = 3600.0
_TO_THE_LIMIT = 0.1
"""This share of the renders of the second trial goes on until the render's time is over."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one shape came to: the worst of several seeds, or their sum."""

    shape: str
    jobs: int
    wait_p50_s: float
    wait_p95_s: float
    most_pods: int
    pod_hours: float
    ended: int
    """Pods that were told to end, in all runs of the shape; those below are among them."""
    ended_rendering: int
    handed_back: int
    killed: int

    @property
    def holds(self) -> bool:
        """Tell whether nobody waited too long and no render was cut off."""
        return self.wait_p95_s <= WAIT_S and not self.cut

    @property
    def cut(self) -> int:
        """Renders that did not come to their end."""
        return self.handed_back + self.killed


def try_waits(
    settings: Settings,
    measured_s: Sequence[float],
    seeds: Sequence[int],
    shapes: Sequence[Shape] = SHAPES,
) -> list[Finding]:
    """Try shapes with renders as they were measured, every fifth tutorial one that moves."""
    return [_tried(settings, shape, mixed(measured_s), seeds) for shape in shapes]


def try_endings(
    settings: Settings,
    measured_s: Sequence[float],
    seeds: Sequence[int],
    shapes: Sequence[Shape] = SHAPES,
) -> list[Finding]:
    """Try shapes with some renders that take as long as any may; waits mean nothing here."""
    usual_s = mixed(measured_s)
    longest = max(1, round(len(usual_s) * _TO_THE_LIMIT))
    services_s = [*usual_s, *[settings.render_timeout_s] * longest]
    return [_tried(settings, shape, services_s, seeds) for shape in shapes]


def _tried(
    settings: Settings, shape: Shape, services_s: Sequence[float], seeds: Sequence[int]
) -> Finding:
    slots = settings.scaling.maximum * settings.concurrency
    outcomes = [
        Cluster(settings).run(
            jobs(shape, services_s, slots, settings.queue_max, seed),
            shape.length_s + _AFTER_S,
        )
        for seed in seeds
    ]
    return Finding(
        shape=shape.name,
        jobs=sum(len(one.waits_s) for one in outcomes),
        wait_p50_s=max(percentile(one.waits_s, 50) for one in outcomes),
        wait_p95_s=max(percentile(one.waits_s, 95) for one in outcomes),
        most_pods=max(one.most_pods for one in outcomes),
        pod_hours=sum(one.pod_s for one in outcomes) / len(outcomes) / 3600,
        ended=sum(one.ended for one in outcomes),
        ended_rendering=sum(one.ended_rendering for one in outcomes),
        handed_back=sum(one.handed_back for one in outcomes),
        killed=sum(one.killed for one in outcomes),
    )
