"""Decisions, as Kubernetes makes them."""

from __future__ import annotations

from scaling.autoscaler import Autoscaler, Policy, Rules, Scaling, wanted_for_cpu, wanted_for_jobs

ONE_A_MINUTE = Rules(300, (Policy("Pods", 1, 60),))


def scaling(**more: object) -> Scaling:
    """Return settings from 2 to 20 replicas, two jobs each."""
    return Scaling(2, 20, "jobs", 2.0, **more)  # type: ignore[arg-type] # any of its fields


def test_replicas_are_the_jobs_by_the_target_rounded_up() -> None:
    """Nine jobs at two each want five."""
    assert wanted_for_jobs(9, replicas=2, target=2) == 5


def test_a_tenth_more_or_less_changes_nothing() -> None:
    """The tolerance holds for ten replicas with 21 jobs, and no longer with 23."""
    assert wanted_for_jobs(21, replicas=10, target=2) == 10
    assert wanted_for_jobs(23, replicas=10, target=2) == 12


def test_pods_that_are_not_ready_are_taken_to_use_nothing() -> None:
    """Two pods at twice the target want four; with two on their way, nothing is missing."""
    assert wanted_for_cpu([120, 120], unready=0, target=60) == 4
    assert wanted_for_cpu([120, 120], unready=2, target=60) == 4
    assert wanted_for_cpu([240, 240], unready=2, target=60) == 8


def test_four_pods_or_twice_as_many_come_in_fifteen_seconds() -> None:
    """What Kubernetes does where nothing is said: the larger of both."""
    scaler = Autoscaler(scaling())
    assert scaler.decide(0, 2, 20) == 6
    assert scaler.decide(15, 6, 20) == 12


def test_the_most_that_was_wanted_lately_is_kept() -> None:
    """Nothing goes for the five minutes of the window, though nothing is wanted."""
    scaler = Autoscaler(scaling(down=ONE_A_MINUTE))
    scaler.decide(0, 10, 10)
    assert {scaler.decide(at_s, 10, 0) for at_s in range(15, 301, 15)} == {10}
    assert scaler.decide(315, 10, 0) == 9


def test_one_pod_goes_in_a_minute() -> None:
    """The next one goes when the period of the last is over."""
    scaler = Autoscaler(scaling(down=Rules(0, (Policy("Pods", 1, 60),))))
    replicas, told = 5, []
    for at_s in range(0, 121, 15):
        replicas = scaler.decide(at_s, replicas, 2)
        told.append(replicas)
    assert told == [4, 4, 4, 4, 3, 3, 3, 3, 2]


def test_the_bounds_hold() -> None:
    """Neither more than the most nor less than the least."""
    assert Autoscaler(scaling()).decide(0, 18, 99) == 20
    assert Autoscaler(scaling(down=Rules(0, (Policy("Percent", 100, 15),)))).decide(0, 5, 0) == 2
