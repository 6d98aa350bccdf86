"""What more workers make of a processor second, told from the steps of a run."""

from __future__ import annotations

import time
from typing import Any

import pytest

from scaling.rivals import idle_s, processors, rivals_of
from scaling.thrift import against_control, efficiencies, spreads


def a_step(climb: int, workers: int, cpu_s: float) -> dict[str, Any]:
    """Return a step of ten jobs."""
    return {"climb": climb, "workers": workers, "cpu_s": cpu_s, "jobs": [{}] * 10}


def test_each_climb_is_compared_with_itself() -> None:
    """A machine that becomes twice as slow between climbs makes no worker less thrifty."""
    steps = [a_step(0, 1, 9), a_step(0, 8, 10), a_step(1, 1, 18), a_step(1, 8, 20)]
    assert efficiencies(steps) == {"1": 1.0, "8": 0.9}


def test_the_two_steps_of_a_climb_count_together() -> None:
    """A machine that becomes slower all the while, as much at each step, favours no count."""
    climb = [a_step(0, workers, 10 + n) for n, workers in enumerate((1, 8, 8, 1))]
    assert efficiencies(climb)["8"] == pytest.approx(1)


def test_one_bad_climb_of_three_does_not_decide() -> None:
    """It is told in the spread."""
    steps = [a_step(climb, 1, 9) for climb in range(3)]
    steps += [a_step(climb, 8, cpu_s) for climb, cpu_s in enumerate((10, 18, 10))]
    assert efficiencies(steps)["8"] == pytest.approx(0.9)
    assert spreads(steps)["8"] == (0.5, 0.9)


def test_the_control_has_a_worker_for_each_processor() -> None:
    """There is none where no step had as many."""
    assert against_control({"1": 1.0, "2": 0.95, "8": 0.9}, 2) == pytest.approx(0.947)
    assert against_control({"1": 1.0, "8": 0.9}, 2) is None


def test_rivals_are_those_who_make_ours_wait() -> None:
    """Where half of ours have a processor and wait as long as they run, others have the rest."""
    ours = processors()
    assert rivals_of(waited=1.0, running=ours / 2, idle=0) == pytest.approx(ours)


def test_nobody_is_a_rival_on_a_processor_that_stands_idle() -> None:
    """One of ours that hardly waits leaves all other processors idle, if it is alone."""
    assert rivals_of(waited=0.01, running=0.9, idle=processors() - 0.9) < 0.1


def test_the_processors_tell_for_how_long_they_were_idle() -> None:
    """It grows, and is no longer than the machine has run."""
    before = idle_s()
    running_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert 0 <= before <= idle_s() <= processors() * (running_s + 1)
