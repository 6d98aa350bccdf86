"""Which trace an attempt of a job belongs to, and what came before it.

The first attempt continues the trace of the producer. Later ones may come hours after it, so each
has a trace of its own, with links to the attempt before and to the producer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from preview_worker.events import TraceContext
from preview_worker.queue import LeasedJob


@dataclass(frozen=True, slots=True)
class Lineage:
    """An attempt's place in the traces."""

    trace: TraceContext
    """The attempt's own span."""
    parent: TraceContext | None = None
    """The producer's span, for the first attempt of a job that came with one."""
    links: tuple[TraceContext, ...] = ()
    """The attempt before and the producer's span, for every later one."""


def lineage_of(queue: str, job: LeasedJob) -> Lineage:
    """Tell the lineage of the attempt that ``job`` of ``queue`` was leased for."""
    producer = TraceContext.read(job.trace_context)
    trace = _attempt(queue, job, job.attempts_started, producer)
    if job.attempts_started <= 1:
        return Lineage(trace, parent=producer)
    before = _attempt(queue, job, job.attempts_started - 1, producer)
    return Lineage(trace, links=(before,) if producer is None else (before, producer))


def _attempt(
    queue: str, job: LeasedJob, attempt: int, producer: TraceContext | None
) -> TraceContext:
    """Return the span of an attempt, whoever made it; a producer that is not traced is heeded."""
    own = TraceContext.derived(queue, job.id, job.added_at_ms, max(attempt, 1))
    if producer is None:
        return own
    if attempt <= 1:
        return producer.child(own.span_id)
    return replace(own, sampled=producer.sampled)
