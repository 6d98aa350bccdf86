"""Each outcome becomes one script with its arguments in their places."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import pytest

from preview_worker.queue import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    JobState,
    LeasedJob,
    Outcome,
    QueueSettings,
    Retry,
)
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.scripts import Script
from preview_worker.queue.settings import MAX_STORED_REASON_CHARS
from preview_worker.queue.settlement import Attempt, Order, SettlementPlanner, Turn

PLANNER = SettlementPlanner(QueueKeys("bull", "q"), QueueSettings())


def job(*, attempts_made: int = 0, priority: int = 0, **options: object) -> LeasedJob:
    """Return a leased job with five attempts."""
    return LeasedJob("7", "x", b"{}", "token", attempts_made, 1, 5, 0, priority, options=options)


def planned(leased: LeasedJob, outcome: Outcome, *, stacktrace: bytes = b"") -> Order:
    """Plan a settlement at a fixed instant."""
    return PLANNER.plan(Attempt(leased, stacktrace), outcome, Turn(1000, lease_next=True))


def fields_of(order: Order) -> dict[str, Any]:
    """Return the fields that a failing script is told to write."""
    flat = msgpack.unpackb(next(a for a in reversed(order.args) if _is_failure(a)))
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _is_failure(argument: object) -> bool:
    return isinstance(argument, bytes) and b"failedReason" in argument


@pytest.mark.parametrize(
    ("leased", "outcome", "script", "state"),
    [
        (job(), Completed({}), Script.MOVE_TO_FINISHED, JobState.COMPLETED),
        (job(), Failed("a.b", "c"), Script.MOVE_TO_FINISHED, JobState.FAILED),
        (job(), Cancelled("c"), Script.MOVE_TO_FINISHED, JobState.FAILED),
        (job(backoff=9), Retry("a.b", "c"), Script.MOVE_TO_DELAYED, JobState.DELAYED),
        (job(), Retry("a.b", "c"), Script.RETRY_JOB, JobState.WAITING),
        (job(priority=1), Retry("a.b", "c"), Script.RETRY_JOB, JobState.PRIORITIZED),
        (job(attempts_made=4), Retry("a.b", "c"), Script.MOVE_TO_FINISHED, JobState.FAILED),
        (job(backoff=-1), Retry("a.b", "c"), Script.MOVE_TO_FINISHED, JobState.FAILED),
        (job(), HandedBack(), Script.MOVE_ACTIVE_TO_WAIT, JobState.WAITING),
        (job(priority=1), HandedBack(), Script.MOVE_ACTIVE_TO_WAIT, JobState.PRIORITIZED),
    ],
)
def test_an_outcome_has_its_script_and_state(
    leased: LeasedJob, outcome: Outcome, script: Script, state: JobState
) -> None:
    """And as many keys as the script wants."""
    order = planned(leased, outcome)
    assert (order.script, order.state) == (script, state)
    assert len(order.keys) == script.key_count


def test_a_completion_asks_for_the_next_job_under_the_same_token() -> None:
    """The slot keeps its token, and the script learns how long to lock."""
    order = planned(job(removeOnComplete=True, fpof=True), Completed({"a": 1}))
    job_id, now_ms, prop, value, target, fetch, root, packed = order.args
    options = msgpack.unpackb(packed)
    assert (job_id, now_ms, prop, value) == ("7", 1000, "returnvalue", '{"a":1}')
    assert (target, fetch, root) == ("completed", "1", "bull:q:")
    assert (options["token"], options["lockDuration"]) == ("token", 8000)
    assert (options["keepJobs"], options["attempts"], options["fpof"]) == ({"count": 0}, 5, True)


def test_a_failure_keeps_the_reason_and_adds_to_the_stack_trace() -> None:
    """The reason is exact; the code goes in front of it in the trace only."""
    order = planned(job(), Failed("invalid.payload", "Bad: x"), stacktrace=b'["first"]')
    fields = fields_of(order)
    assert order.args[3] == "Bad: x"
    assert fields["failedReason"] == "Bad: x"
    assert json.loads(fields["stacktrace"]) == ["first", "invalid.payload: Bad: x"]


def test_stack_traces_do_not_grow_without_end() -> None:
    """Only the last attempts are kept."""
    earlier = json.dumps([f"line {number}" for number in range(50)]).encode()
    fields = fields_of(planned(job(), Retry("a.b", "c"), stacktrace=earlier))
    lines = json.loads(fields["stacktrace"])
    assert len(lines) == QueueSettings().max_stacktrace_lines
    assert lines[-1] == "a.b: c"


def test_a_reason_is_bounded_and_storable() -> None:
    """Neither its length nor a lone surrogate may break the settlement."""
    order = planned(job(), Failed("a.b", "\ud800" + "x" * 100_000))
    stored = order.args[3]
    assert isinstance(stored, str)
    assert len(stored) == MAX_STORED_REASON_CHARS
    assert stored.encode()


def test_a_retry_of_a_lifo_job_goes_to_the_front() -> None:
    """The last that came in is the first that goes out, also when it failed."""
    assert planned(job(lifo=True), Retry("a.b", "c")).args[2] == "RPUSH"
    assert planned(job(), Retry("a.b", "c")).args[2] == "LPUSH"


@pytest.mark.parametrize("result", [{"x": float("nan")}, {"x": {1}}, {"x": b"y"}])
def test_a_result_that_is_no_json_is_refused_before_anything_is_sent(
    result: dict[str, object],
) -> None:
    """The mistake is found while the job is still ours."""
    with pytest.raises((TypeError, ValueError)):
        planned(job(), Completed(result))
