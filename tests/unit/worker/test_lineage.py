"""Every attempt has its trace, which each worker knows without being told."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from preview_worker.events import TraceContext
from preview_worker.queue import LeasedJob
from preview_worker.worker.lineage import lineage_of

PRODUCER = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", tracestate="a=b")


def leased(
    attempt: int = 1, context: Mapping[str, str] | None = None, added_at_ms: int = 1000
) -> LeasedJob:
    """Return a job that was started for the ``attempt``-th time."""
    return LeasedJob(
        "job-1", "x", b"{}", "token", 0, attempt, 5, added_at_ms, trace_context=context or {}
    )


def test_the_first_attempt_continues_the_producers_trace() -> None:
    """One trace leads from the producer to the settlement."""
    lineage = lineage_of("preview-jobs", leased(1, PRODUCER.headers))

    assert lineage.trace.trace_id == PRODUCER.trace_id
    assert lineage.trace.span_id != PRODUCER.span_id
    assert lineage.trace.tracestate == "a=b"
    assert lineage.parent == PRODUCER
    assert lineage.links == ()


def test_a_later_attempt_links_to_the_one_before_and_to_the_producer() -> None:
    """It has a trace of its own, for the first one may be hours ago."""
    first, second, third = (
        lineage_of("preview-jobs", leased(number, PRODUCER.headers)) for number in (1, 2, 3)
    )

    assert second.parent is None
    assert second.links == (first.trace, PRODUCER)
    assert third.links == (second.trace, PRODUCER)
    assert len({each.trace.trace_id for each in (first, second, third)}) == 3


@pytest.mark.parametrize("context", [{}, {"traceparent": "nonsense"}])
def test_a_job_without_a_context_has_a_trace_all_the_same(context: Mapping[str, str]) -> None:
    """Every worker derives the same one, and the next attempt's link leads to it."""
    first = lineage_of("preview-jobs", leased(1, context))

    assert first == lineage_of("preview-jobs", leased(1, context))
    assert first.parent is None
    assert first.links == ()
    assert lineage_of("preview-jobs", leased(2, context)).links == (first.trace,)


def test_another_job_has_another_trace() -> None:
    """Even one of the same id that was added later, or to another queue."""
    first = lineage_of("preview-jobs", leased()).trace

    assert lineage_of("preview-jobs", leased(added_at_ms=1001)).trace.trace_id != first.trace_id
    assert lineage_of("other-jobs", leased()).trace.trace_id != first.trace_id


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_producer_that_is_not_recorded_is_heeded(attempt: int) -> None:
    """No attempt of its job is recorded either."""
    context = {"traceparent": f"00-{PRODUCER.trace_id}-{PRODUCER.span_id}-00"}

    assert not lineage_of("preview-jobs", leased(attempt, context)).trace.sampled
