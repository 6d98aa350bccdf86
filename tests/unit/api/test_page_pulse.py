"""The queue's last hour, as the page tells it."""

from __future__ import annotations

from preview_worker.api.documents import QueueDocument
from preview_worker.api.drain import DrainMeter
from preview_worker.api.index import JobIndex
from preview_worker.api.page.pulse import take_pulse
from preview_worker.api.page.sketches import Sketch
from preview_worker.api.summaries import JobSummary
from preview_worker.queue import JobState

NOW_S = 1_700_000_000
NOW_MS = NOW_S * 1000
MINUTE_MS = 60_000


def _ended(name: str, minutes_ago: int, state: JobState, took_ms: int = 500) -> JobSummary:
    end_ms = NOW_MS - minutes_ago * MINUTE_MS - 1
    return JobSummary(
        name,
        state,
        added_at_ms=end_ms - took_ms,
        processed_on_ms=end_ms - took_ms,
        finished_on_ms=end_ms,
    )


def _pulse(*jobs: JobSummary, waiting: int = 0, paused: bool = False) -> Sketch:
    index = JobIndex()
    for job in jobs:
        index.put(job)
    queue = QueueDocument(
        name="q",
        paused=paused,
        waiting=waiting,
        prioritized=0,
        active=0,
        delayed=0,
        waiting_children=0,
        completed=0,
        failed=0,
        total=waiting,
    )
    return take_pulse(index, DrainMeter(index.ends_ms()), queue, NOW_S)


def test_every_minute_shows_what_ended_in_it() -> None:
    """The last minute is the last of sixty; what ended before the hour is not in it."""
    told = _pulse(
        _ended("now", 0, JobState.COMPLETED),
        _ended("broke", 0, JobState.FAILED),
        _ended("once", 59, JobState.COMPLETED),
        _ended("before", 60, JobState.COMPLETED),
    )

    assert (told["done"], told["broke"]) == (2, 1)
    assert len(told["minutes"]) == 60
    assert told["minutes"][59] == {"done": 16, "broke": 16}
    assert told["minutes"][0] == {"done": 16, "broke": 0}


def test_a_minute_in_which_little_ended_is_still_seen() -> None:
    """Beside one in which a hundred times as much did."""
    busy = [_ended(f"job-{number}", 1, JobState.COMPLETED) for number in range(200)]

    assert _pulse(*busy, _ended("one", 5, JobState.FAILED))["minutes"][54]["broke"] == 2


def test_a_typical_job_is_one_that_went_well() -> None:
    """Half of them take less; those that failed at once say nothing."""
    told = _pulse(
        _ended("a", 1, JobState.COMPLETED, 2_000),
        _ended("b", 1, JobState.COMPLETED, 4_000),
        _ended("c", 1, JobState.COMPLETED, 9_000),
        _ended("d", 1, JobState.FAILED, 1),
    )

    assert told["typical"] == "4.0 s"


def test_what_waits_is_told_with_its_age_and_its_end() -> None:
    """By the oldest that waits, and by the rate of the last minutes."""
    oldest = JobSummary("old", JobState.WAITING, added_at_ms=NOW_MS - 90_000)
    done = [_ended(f"job-{number}", 1, JobState.COMPLETED) for number in range(60)]
    told = _pulse(*done, oldest, waiting=30)

    assert told["oldest"] == "1 min 30 s"
    assert told["clears_in"]
    assert not _pulse(*done, oldest, waiting=30, paused=True)["clears_in"]


def test_of_a_queue_in_which_nothing_waits_no_age_is_told() -> None:
    """There is nothing to wait for."""
    told = _pulse(_ended("a", 1, JobState.COMPLETED))

    assert (told["oldest"], told["clears_in"]) == ("", "")
