"""A fleet of workers with a processor each, on one Redis or several, under a steady stream of jobs.

Jobs come at random (a Poisson process) and take what the measured ones took. Redis has one thread:
of each shard of the queue it answers one call after the other. A job asks it three times, for a
third of its commands each: to be added, to be leased, and for all that is told of it until it is
settled, which hands over the next job in the same call. What workers ask for without a job (locks,
markers, counts) slows Redis down by its share.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from chaos.percentiles import percentile
from scaling.clock import Clock

_CALLS = 3
_WARM_UP = 0.4
"""This share of the jobs comes before anything is counted: the fleet begins without any."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured of one job and of one worker."""

    service_s: Sequence[float]
    """From lease to settlement, of many jobs, each on a processor of its own."""
    commands: float
    """Of Redis, for one job."""
    rest_commands: float
    """Of Redis, for one worker in one second."""
    commands_per_s: float
    """That one Redis can carry out."""
    puts: float
    """Requests by which one job changes something in object storage."""
    gets: float
    """Those by which it asks for something there."""
    rest_requests: float
    """Of object storage, for one worker in one second, whether or not it has a job."""

    @property
    def mean_s(self) -> float:
        """How long a job takes on average."""
        return sum(self.service_s) / len(self.service_s)


@dataclass(frozen=True, slots=True)
class Plan:
    """A fleet, and how much of its time it is to work."""

    workers: int
    load: float = 0.8
    shards: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a plan."""

    plan: Plan
    jobs_per_s: float
    wait_p50_s: float
    wait_p99_s: float
    commands_per_s: float
    redis_share: float
    """Of what the shards can do; beyond 1 nothing comes to rest."""
    storage_per_s: float
    """Requests, of both kinds."""


@dataclass(slots=True)
class _Shard:
    """One queue on one Redis, and the workers that listen to it."""

    idle: int
    speed: float
    """Calls are answered so much slower than by a Redis that nobody else asks."""
    ready: deque[float] = field(default_factory=deque)
    """When each of those was added that wait."""
    free_s: float = 0.0

    def ask(self, now_s: float, work_s: float) -> float:
        """Return when a call is answered."""
        self.free_s = max(self.free_s, now_s) + work_s / self.speed
        return self.free_s


class Fleet:
    """One run of a plan."""

    def __init__(self, plan: Plan, costs: Costs, seed: int, jobs: int | None = None) -> None:
        """Plan ``jobs`` jobs; by default enough for each worker to have ten, and 30,000."""
        self._plan, self._costs = plan, costs
        self._draw = random.Random(seed)
        self._clock = Clock()
        self._rate = plan.load * plan.workers / costs.mean_s
        self._call_s = costs.commands / costs.commands_per_s / _CALLS
        each, more = divmod(plan.workers, plan.shards)
        self._shards = [self._shard(each + (number < more)) for number in range(plan.shards)]
        self._left = jobs or max(30_000, 10 * plan.workers)
        self._counted_s = _WARM_UP * self._left / self._rate
        self._waits_s: list[float] = []
        self._done = 0
        self._last_s = self._counted_s + 0.6 * self._left / self._rate

    def _shard(self, workers: int) -> _Shard:
        rest = workers * self._costs.rest_commands / self._costs.commands_per_s
        return _Shard(idle=workers, speed=max(1 - rest, 0.01))

    def run(self) -> Answer:
        """Let all jobs come, and count those after the first ones until the last has come."""
        self._arrive()
        self._clock.run(self._last_s)
        rate = self._done / (self._last_s - self._counted_s)
        waits_s = self._waits_s or [math.inf]  # nobody was served any more
        costs, plan = self._costs, self._plan
        commands = self._rate * costs.commands + plan.workers * costs.rest_commands
        return Answer(
            plan=plan,
            jobs_per_s=rate,
            wait_p50_s=percentile(waits_s, 50),
            wait_p99_s=percentile(waits_s, 99),
            commands_per_s=commands,
            redis_share=commands / (costs.commands_per_s * plan.shards),
            storage_per_s=rate * (costs.puts + costs.gets) + plan.workers * costs.rest_requests,
        )

    def _arrive(self) -> None:
        now_s = self._clock.now_s
        shard = self._draw.choice(self._shards)
        self._clock.at(shard.ask(now_s, self._call_s), lambda: self._offer(shard, now_s))
        self._left -= 1
        if self._left:
            self._clock.after(self._draw.expovariate(self._rate), self._arrive)

    def _offer(self, shard: _Shard, added_s: float) -> None:
        if shard.idle:
            shard.idle -= 1
            self._begin(shard, added_s, shard.ask(self._clock.now_s, self._call_s))
        else:
            shard.ready.append(added_s)

    def _begin(self, shard: _Shard, added_s: float, leased_s: float) -> None:
        if leased_s >= self._counted_s:
            self._waits_s.append(leased_s - added_s)
        service_s = self._draw.choice(self._costs.service_s)
        self._clock.at(leased_s + service_s, lambda: self._settle(shard))

    def _settle(self, shard: _Shard) -> None:
        settled_s = shard.ask(self._clock.now_s, self._call_s)
        self._clock.at(settled_s, lambda: self._go_on(shard))

    def _go_on(self, shard: _Shard) -> None:
        self._done += self._clock.now_s >= self._counted_s
        if shard.ready:
            self._begin(shard, shard.ready.popleft(), self._clock.now_s)
        else:
            shard.idle += 1
