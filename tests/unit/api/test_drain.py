"""How fast a queue empties."""

from __future__ import annotations

import pytest

from preview_worker.api.admission import retry_after_s
from preview_worker.api.drain import DrainMeter

NOW_S = 1_700_000_000


def test_a_queue_in_which_nothing_ended_has_no_rate() -> None:
    """Nobody knows how long it takes."""
    assert DrainMeter().per_s(NOW_S) == 0


def test_a_rate_is_that_of_the_last_minutes() -> None:
    """What ended before does not matter, in whatever order it is told."""
    ends_s = [NOW_S - 10_000, *range(NOW_S, NOW_S - 290, -10)]
    meter = DrainMeter(end_s * 1000 for end_s in ends_s)

    assert meter.per_s(NOW_S) == pytest.approx(0.1, rel=0.1)


def test_a_queue_that_was_idle_is_judged_by_the_time_since() -> None:
    """Two jobs a second are two a second, although there were none before."""
    meter = DrainMeter()
    for half_s in range(200):
        meter.note(NOW_S * 1000 + half_s * 500)

    assert meter.per_s(NOW_S + 100) == pytest.approx(2, rel=0.05)


def test_a_rate_falls_when_nothing_ends_any_more() -> None:
    """Its worker may be gone."""
    meter = DrainMeter([NOW_S * 1000] * 60)

    assert meter.per_s(NOW_S + 60) == pytest.approx(1)
    assert meter.per_s(NOW_S + 240) == pytest.approx(0.25)
    assert meter.per_s(NOW_S + 301) == 0


def test_two_jobs_that_end_together_are_no_rate() -> None:
    """A moment is too short to judge by."""
    assert DrainMeter([NOW_S * 1000] * 2).per_s(NOW_S) < 0.1


@pytest.mark.parametrize(
    ("rate_per_s", "least_s", "most_s"),
    [(100, 1, 1), (0.5, 2, 2), (0.1, 10, 12), (0, 5, 6), (0.001, 60, 72)],
)
def test_whoever_is_refused_is_told_to_wait_for_one_place(
    rate_per_s: float, least_s: int, most_s: int
) -> None:
    """With some chance, so that not all come back at once."""
    waits = {retry_after_s(rate_per_s) for _ in range(200)}

    assert min(waits) >= least_s
    assert max(waits) <= most_s
