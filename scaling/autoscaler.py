"""A HorizontalPodAutoscaler as Kubernetes carries it out, also where KEDA has made it.

From the sources of Kubernetes, ``pkg/controller/podautoscaler/``: the ratio and its tolerance
from ``replica_calculator.go`` (``GetExternalPerPodMetricReplicas``, ``GetResourceReplicas``),
stabilization and policies from ``horizontal.go`` (``stabilizeRecommendationWithBehaviors``,
``calculateScaleUpLimitWithScalingRules`` and its twin); what holds where nothing is said from
``pkg/apis/autoscaling/v2/defaults.go``. KEDA asks for its metric whenever the autoscaler does;
its own ``pollingInterval`` and ``cooldownPeriod`` only decide between none and one replica
(keda.sh/docs, "Scaling Deployments"), so a minimum of one or more leaves them without effect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SYNC_S = 15.0
"""From one decision to the next: ``--horizontal-pod-autoscaler-sync-period``."""
TOLERANCE = 0.1
"""``--horizontal-pod-autoscaler-tolerance``."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How many replicas may come or go within a period."""

    kind: Literal["Pods", "Percent"]
    value: int
    period_s: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in one direction."""

    stabilization_s: float
    policies: tuple[Policy, ...]
    select: Literal["Max", "Min", "Disabled"] = "Max"


UP = Rules(0, (Policy("Percent", 100, 15), Policy("Pods", 4, 15)))
DOWN = Rules(300, (Policy("Percent", 100, 15),))


@dataclass(frozen=True, slots=True)
class Scaling:
    """The settings of one autoscaler."""

    minimum: int
    maximum: int
    measure: Literal["jobs", "cpu"]
    target: float
    """Jobs for each replica, or processor time in percent of what a pod requests."""
    up: Rules = UP
    down: Rules = DOWN


def wanted_for_jobs(jobs: float, replicas: int, target: float) -> int:
    """Return how many replicas so many jobs want; those there are, within the tolerance."""
    ratio = jobs / (target * max(1, replicas))
    return replicas if abs(1 - ratio) <= TOLERANCE else math.ceil(jobs / target)


def wanted_for_cpu(percents: Sequence[float], unready: int, target: float) -> int:
    """Return how many replicas pods want that are ready and use so much of what they request.

    Those that are not ready are taken to use nothing when that asks for more replicas.
    """
    replicas = len(percents) + unready
    if not percents:
        return replicas
    ratio = sum(percents) / len(percents) / target
    if abs(1 - ratio) <= TOLERANCE:
        return replicas
    if ratio < 1 or not unready:
        return math.ceil(ratio * len(percents))
    whole = sum(percents) / replicas / target
    return replicas if whole <= 1 + TOLERANCE else math.ceil(whole * replicas)


class Autoscaler:
    """Remembers what was wanted and what was done, and decides."""

    def __init__(self, scaling: Scaling) -> None:
        """Remember nothing yet."""
        self._scaling = scaling
        self._wanted: list[tuple[float, int]] = []
        self._changes: list[tuple[float, int]] = []

    def decide(self, now_s: float, replicas: int, wanted: int) -> int:
        """Return how many replicas there are to be from now on."""
        scaling = self._scaling
        self._wanted.append((now_s, wanted))
        up_s, down_s = scaling.up.stabilization_s, scaling.down.stabilization_s
        least = min(count for at_s, count in self._wanted if now_s - at_s <= up_s)
        most = max(count for at_s, count in self._wanted if now_s - at_s <= down_s)
        self._wanted = [one for one in self._wanted if now_s - one[0] <= max(up_s, down_s)]
        steady = min(max(replicas, least), most)
        bounded = min(max(steady, scaling.minimum), scaling.maximum)
        if bounded > replicas:
            bounded = min(bounded, self._ceiling(now_s, replicas))
        elif bounded < replicas:
            bounded = max(bounded, self._floor(now_s, replicas))
        if bounded != replicas:
            self._changes.append((now_s, bounded - replicas))
        return bounded

    def _ceiling(self, now_s: float, replicas: int) -> int:
        rules, limits = self._scaling.up, []
        for policy in rules.policies:
            before = replicas - self._changed(now_s, policy.period_s, 1)
            more = policy.value if policy.kind == "Pods" else before * policy.value / 100
            limits.append(math.ceil(before + more))
        chosen = max(limits) if rules.select == "Max" else min(limits)
        return replicas if rules.select == "Disabled" else max(chosen, replicas)

    def _floor(self, now_s: float, replicas: int) -> int:
        rules, limits = self._scaling.down, []
        for policy in rules.policies:
            before = replicas + self._changed(now_s, policy.period_s, -1)
            less = policy.value if policy.kind == "Pods" else before * policy.value / 100
            limits.append(math.floor(before - less))
        chosen = min(limits) if rules.select == "Max" else max(limits)
        return replicas if rules.select == "Disabled" else min(chosen, replicas)

    def _changed(self, now_s: float, period_s: float, sign: int) -> int:
        """Return how many replicas came (1) or went (-1) within the period."""
        recent = [change for at_s, change in self._changes if now_s - at_s < period_s]
        return sum(abs(change) for change in recent if change * sign > 0)
