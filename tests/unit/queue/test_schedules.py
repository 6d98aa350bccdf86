"""What follows a scheduler's job is decided by the options that the job carries."""

from __future__ import annotations

import pytest

from preview_worker.queue.schedules import next_iteration

NOW_MS = 1_767_225_600_000
"""Midnight of the year 2026, UTC."""
HOUR_MS = 3_600_000


def test_the_next_job_has_the_options_of_this_one() -> None:
    """With its own id, instant and count."""
    options = {"attempts": 3, "repeat": {"pattern": "0 * * * *", "count": 4, "immediately": True}}
    following = next_iteration("s", options, NOW_MS)
    assert following is not None
    assert following.due_ms == NOW_MS + HOUR_MS
    assert following.options["attempts"] == 3
    assert following.options["repeat"] == {"pattern": "0 * * * *", "count": 5}
    assert following.options["jobId"] == f"repeat:s:{NOW_MS + HOUR_MS}"
    assert following.options["delay"] == HOUR_MS


def test_a_job_that_comes_early_does_not_repeat_its_instant() -> None:
    """The next instant follows the one that the job stood for, not the present."""
    options = {"repeat": {"pattern": "0 * * * *"}, "prevMillis": NOW_MS + HOUR_MS}
    following = next_iteration("s", options, NOW_MS)
    assert following is not None
    assert following.due_ms == NOW_MS + 2 * HOUR_MS


@pytest.mark.parametrize(
    "rule",
    [
        None,
        "daily",
        {},
        {"every": HOUR_MS, "limit": 3, "count": 3},
        {"every": HOUR_MS, "endDate": NOW_MS - 1},
        {"pattern": "0 * * * *", "endDate": NOW_MS + HOUR_MS - 1},
        {"pattern": "0 * * * *", "endDate": "2026-01-01T00:59:00.000Z"},
    ],
)
def test_a_schedule_ends(rule: object) -> None:
    """At its limit, at its end, and when there is no rule to follow."""
    assert next_iteration("s", {"repeat": rule}, NOW_MS) is None


def test_a_start_that_lies_ahead_is_waited_for() -> None:
    """The first instant of the pattern after it."""
    rule = {"pattern": "0 * * * *", "startDate": NOW_MS + 24 * HOUR_MS}
    following = next_iteration("s", {"repeat": rule}, NOW_MS)
    assert following is not None
    assert following.due_ms == NOW_MS + 25 * HOUR_MS
