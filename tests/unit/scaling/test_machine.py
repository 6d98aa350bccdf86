"""Workers that share the processors of one machine."""

from __future__ import annotations

import pytest

from scaling.machine import Machine, Work, play, predict

QUIET = Machine(processors=2, rivals=0)
JOBS = [Work(cpu_s=1, still_s=0)] * 8


@pytest.mark.parametrize(("workers", "wall_s"), [(1, 8), (2, 4), (4, 4), (8, 4)])
def test_no_more_is_done_than_there_are_processors(workers: int, wall_s: float) -> None:
    """Eight seconds of work are four on two processors, however many share them."""
    assert play(JOBS, workers, QUIET).wall_s == pytest.approx(wall_s)


def test_jobs_wait_for_those_before_them() -> None:
    """The mean of 0, 1, … 7 seconds."""
    assert play(JOBS, 1, QUIET).wait_s == pytest.approx(3.5)


def test_rivals_take_their_share() -> None:
    """Two workers and two rivals have half a processor each."""
    assert play(JOBS, 2, Machine(2, rivals=2)).wall_s == pytest.approx(8)


def test_what_needs_no_processor_is_not_slowed_down() -> None:
    """While one stands still, another has the processor for itself."""
    jobs = [Work(cpu_s=1, still_s=1)] * 2
    assert play(jobs, 2, Machine(1, rivals=0)).wall_s == pytest.approx(3)
    assert play(jobs, 1, Machine(1, rivals=0)).wall_s == pytest.approx(4)


def test_a_seed_decides_every_draw() -> None:
    """The same seed foretells the same, another one something else."""
    seen = [Work(cpu_s=0.1 * n, still_s=0) for n in range(1, 9)]
    foretold = [predict(seen, 8, 2, QUIET, seed) for seed in (1, 1, 2)]
    assert foretold[0] == foretold[1] != foretold[2]
