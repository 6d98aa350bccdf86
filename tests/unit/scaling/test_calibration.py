"""What was recorded of real workers, and how well the simulation foretells it."""

from __future__ import annotations

import copy

import pytest

from scaling.calibration import TOLERANCE, checks, costs, load, storage_case, works

SEED = 1


def test_the_throughput_of_one_to_eight_workers_is_foretold_within_the_tolerance() -> None:
    """From what one worker alone has done, beside the rivals that each step had."""
    found = checks(load(), SEED)
    assert [one.workers for one in found] == [1, 2, 4, 8]
    for one in found:
        assert one.foretold_jobs_per_s == pytest.approx(one.jobs_per_s, rel=TOLERANCE)


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_the_waits_of_more_workers_are_foretold_within_the_tolerance(workers: int) -> None:
    """Those of one are left out: its rivals changed within a step of the recorded run."""
    (one,) = (check for check in checks(load(), SEED) if check.workers == workers)
    assert one.foretold_wait_s == pytest.approx(one.wait_s, rel=TOLERANCE)


def test_a_run_that_went_otherwise_is_not_foretold() -> None:
    """Had eight workers taken twice as long, that would be seen."""
    figures = copy.deepcopy(dict(load()))
    for step in figures["steps"]:
        step["wall_s"] *= 2 if step["workers"] == 8 else 1
    assert checks(figures, SEED)[-1].worst > TOLERANCE


def test_the_recorded_run_was_thrifty_and_the_same() -> None:
    """Eight workers made of a processor second nine tenths of what one made, and the same bytes."""
    figures = load()
    assert figures["same_bytes"]
    assert figures["efficiency_8"] >= 0.9


def test_a_job_is_not_faster_than_its_processor_time() -> None:
    """What the fleets are foretold from is a whole distribution."""
    figures = load()
    measured = costs(figures)
    assert len(set(measured.service_s)) > 10
    assert min(measured.service_s) >= min(work.cpu_s for work in works(figures))


def test_a_deep_queue_costs_redis_no_more_than_an_empty_one() -> None:
    """The recorded run asked a queue of 100,000 jobs for the same number of commands."""
    empty, deep = load()["depths"]
    assert deep["queued"] == 100_000
    assert deep["commands"] == pytest.approx(empty["commands"], rel=0.05)


def test_a_job_costs_the_requests_to_storage_that_were_counted() -> None:
    """Those of a preview of new shots where workers share them: the dearest way there is."""
    figures = load()
    new = storage_case(figures, "new", shared=True)
    measured = costs(figures)
    assert (measured.puts, measured.gets) == (new["writes"], new["reads"])
    assert measured.puts > max(case["writes"] for case in figures["storage"]["cases"][:4])
    assert 0 < measured.rest_requests < 1
