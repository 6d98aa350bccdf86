"""What more workers make of a processor second, told from the steps of a run."""

from __future__ import annotations

from typing import Any

import pytest

from scaling.rivals import processors, rivals_of
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
    """As many of ours as there are processors that wait as long as they run have as many rivals."""
    ours = processors()
    assert rivals_of(0, 1) == 0
    assert rivals_of(waited=1.0, running=ours / 2) == pytest.approx(ours)
