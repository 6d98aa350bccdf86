"""Fleets, against what queueing theory says of them."""

from __future__ import annotations

import math
import random

import pytest

from scaling.fleet import Costs, Fleet, Plan
from scaling.forecast import FULL, bottlenecks, shards_for

JOBS = 20_000


def costs(service_s: list[float], *, commands_per_s: float = 1e9) -> Costs:
    """Return costs of jobs that take so long; Redis costs nothing unless it is slow."""
    return Costs(service_s, 100, 5, commands_per_s, puts=15, gets=6, rest_requests=0.2)


def erlang_c(workers: int, busy: float) -> float:
    """Return the probability that a job has to wait (A. K. Erlang, 1917)."""
    offered = workers * busy
    full = offered**workers / math.factorial(workers) / (1 - busy)
    return full / (sum(offered**n / math.factorial(n) for n in range(workers)) + full)


def test_waits_are_those_that_erlang_computed() -> None:
    """With exponential times, a job in a hundred waits ln(100 C) / (c - a) times the mean."""
    draw = random.Random(7)  # noqa: S311 -- it has to be the same every time
    exponential = [draw.expovariate(1.0) for _ in range(20_000)]
    answer = Fleet(Plan(10, 0.8), costs(exponential), seed=3, jobs=JOBS).run()
    expected_s = math.log(100 * erlang_c(10, 0.8)) / (10 * (1 - 0.8))
    assert answer.wait_p99_s == pytest.approx(expected_s, rel=0.2)
    assert answer.jobs_per_s == pytest.approx(8, rel=0.05)


def test_one_redis_carries_no_more_than_it_can() -> None:
    """A thousand workers want 800 jobs a second; with 10,000 commands, fewer than 100 are had."""
    slow = costs([1.0], commands_per_s=10_000)
    answer = Fleet(Plan(1_000), slow, seed=1, jobs=JOBS).run()
    assert answer.redis_share > 1
    assert answer.jobs_per_s < 100


def test_shards_carry_what_one_redis_does_not() -> None:
    """With as many as are recommended, everything is rendered and hardly anybody waits."""
    slow = costs([1.0], commands_per_s=10_000)
    shards = shards_for(1_000, slow, 0.8)
    answer = Fleet(Plan(1_000, 0.8, shards), slow, seed=1, jobs=JOBS).run()
    assert answer.redis_share <= FULL
    assert answer.jobs_per_s == pytest.approx(800, rel=0.05)


def test_the_first_bottleneck_is_where_its_part_is_full() -> None:
    """One more worker than the last that one Redis carries wants a second one."""
    measured = costs([1.0], commands_per_s=200_000)
    most = bottlenecks(measured, 0.8).redis
    assert [shards_for(most + more, measured, 0.8) for more in (0, 1)] == [1, 2]


def test_a_seed_decides_everything() -> None:
    """The same seed gives the same answer."""
    measured = costs([0.5, 1.0, 2.0])
    first, again, other = (Fleet(Plan(8), measured, seed, 5_000).run() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_workers_ask_the_storage_with_and_without_jobs() -> None:
    """Fifteen writes and six reads for each job, and a fifth of a request a second each."""
    answer = Fleet(Plan(10), costs([1.0]), 1, JOBS).run()
    assert answer.storage_per_s == pytest.approx(21 * answer.jobs_per_s + 10 * 0.2)
