"""Every event becomes a line that can be found by job, request and project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest
import structlog

from preview_worker import events
from preview_worker.observability import LogObserver
from preview_worker.observability.log_observer import line_of
from tests.unit.observability.happenings import EVENTS, TRACE, published

LEASED = events.JobLeased(job_id="job-1", attempt=2, wait_s=0.25, trace=TRACE)
STARTED = events.JobStarted(
    job_id="job-1", project_id="project-1", request_id="request-1", attempt=2, dry_run=False
)
SETTLED = events.JobSettled(
    job_id="job-1",
    result="failed",
    duration_s=1.23456,
    dry_run=False,
    code="invalid.payload",
    reason="Invalid preview payload: steps must be an array",
)


@pytest.fixture
def lines() -> Iterator[list[structlog.typing.EventDict]]:
    """Collect lines instead of writing them."""
    structlog.configure(wrapper_class=structlog.stdlib.BoundLogger)
    with structlog.testing.capture_logs() as captured:
        yield captured
    structlog.reset_defaults()


def test_the_examples_cover_every_event() -> None:
    """A new event class has to be added to the examples of these tests."""
    assert {type(event) for event in EVENTS} == set(get_args(events.Event))


def test_every_event_has_a_name_of_its_own() -> None:
    """A line's name tells which event it was."""
    names = [line_of(event).event for event in EVENTS]

    assert len(set(names)) == len(EVENTS)
    assert all("." in name for name in names)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_writes_one_line(
    lines: list[structlog.typing.EventDict], event: events.Event
) -> None:
    """Nothing that happens is silent."""
    LogObserver().observe(event)

    assert len(lines) == 1


def test_a_settled_job_is_told_with_all_its_names(
    lines: list[structlog.typing.EventDict],
) -> None:
    """A producer who knows the request finds how it ended, and why."""
    observer = LogObserver()
    for event in (LEASED, STARTED, SETTLED):
        observer.observe(event)

    assert lines[-1] == {
        "event": "job.settled",
        "log_level": "error",
        "job_id": "job-1",
        "request_id": "request-1",
        "project_id": "project-1",
        "attempt": 2,
        "trace_id": TRACE.trace_id,
        "span_id": TRACE.span_id,
        "result": "failed",
        "duration_s": 1.235,
        "dry_run": False,
        "code": "invalid.payload",
        "reason": "Invalid preview payload: steps must be an array",
    }


def test_what_is_done_in_a_trace_is_told_with_it(
    lines: list[structlog.typing.EventDict],
) -> None:
    """A request's trace goes with all that it leads to, but a job that is known has its own."""
    observer = LogObserver()
    submitted = events.JobSubmitted(queue="q", job_id="job-7", project_id="p", duplicate=False)
    with events.within_trace(TRACE.child("00f067aa0ba902b7")):
        for event in (submitted, LEASED, events.LeaseLost(job_id="job-1")):
            observer.observe(event)
    observer.observe(submitted)

    told = [line.get("span_id") for line in lines]
    assert told == ["00f067aa0ba902b7", TRACE.span_id, TRACE.span_id, None]
    assert lines[0]["trace_id"] == TRACE.trace_id


def test_a_job_is_forgotten_when_it_is_settled(lines: list[structlog.typing.EventDict]) -> None:
    """A worker that runs for months keeps nothing of old jobs."""
    observer = LogObserver()
    for event in (STARTED, SETTLED, events.LeaseLost(job_id="job-1")):
        observer.observe(event)

    assert lines[-1] == {"event": "job.lease_lost", "log_level": "warning", "job_id": "job-1"}


@pytest.mark.parametrize(("status", "level"), [("ok", "debug"), ("signal:SIGKILL", "warning")])
def test_a_child_that_died_is_louder_than_one_that_ended(
    lines: list[structlog.typing.EventDict], status: str, level: str
) -> None:
    """An end without trouble is no news."""
    LogObserver().observe(
        events.ChildExited(job_id="job-1", status=status, wall_s=1, cpu_s=1, rss_kib=1)
    )

    assert lines[0]["log_level"] == level


@pytest.mark.parametrize(("placeholders", "level"), [(0, "info"), (2, "warning")])
def test_a_preview_that_lacks_scenes_is_louder_than_a_whole_one(
    lines: list[structlog.typing.EventDict], placeholders: int, level: str
) -> None:
    """And is told with how many there are."""
    LogObserver().observe(replace(published(), placeholders=placeholders))

    assert lines[0]["log_level"] == level
    assert lines[0].get("placeholders", 0) == placeholders
