"""Makes a tree of spans of what happens to each attempt of a job.

Spans are begun and ended when something is told, so a worker that is killed leaves what was told
until then. Their ids come of the attempt's, so the order in which children and parents are told
does not matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from preview_worker.events import (
    AssetFetched,
    ChildExited,
    ChildRestarted,
    DefectFound,
    Event,
    JobLeased,
    JobSettled,
    JobStarted,
    LeaseLost,
    LeaseRegained,
    PhaseEnded,
    PreviewPublished,
    RenderSkipped,
    TraceContext,
    WorkerStopped,
)
from preview_worker.observability.redaction import without_quotes
from preview_worker.observability.traces import naming
from preview_worker.observability.traces.tracing import Outline, Tracing, nanoseconds, sendable

PartEvent = PhaseEnded | AssetFetched | ChildExited | PreviewPublished

_RENDER = "render"
_FETCH = "fetch"
_MOMENTS: dict[type[Event], str] = {
    LeaseLost: "lease lost",
    LeaseRegained: "lease regained",
    RenderSkipped: "render skipped",
    ChildRestarted: "render process restarted",
}
"""What takes no time by itself and is told as an event of the attempt's span."""


@dataclass(slots=True)
class _Attempt:
    """An attempt that goes on, and what its spans are to be called by."""

    span: Span
    place: TraceContext
    attempts_made: int
    used: dict[str, int] = field(default_factory=dict)

    def part(self, name: str) -> TraceContext:
        """Return the place of the next span of that name."""
        number = self.used[name] = self.used.get(name, 0) + 1
        return self.first(name) if number == 1 else self._derived(name, number)

    def first(self, name: str) -> TraceContext:
        """Return the place of the first span of that name, which may be told later."""
        return self._derived(name, 1)

    def _derived(self, name: str, number: int) -> TraceContext:
        own = TraceContext.derived(self.place.trace_id, self.place.span_id, name, number)
        return self.place.child(own.span_id)


class TraceObserver:
    """Turns events into spans: one for each attempt, with all that it went through below it."""

    def __init__(self, tracing: Tracing, clock: Callable[[], float] = time.time) -> None:
        """Begin spans by ``tracing``; ``clock`` tells POSIX seconds."""
        self._tracing = tracing
        self._clock = clock
        self._attempts: dict[str, _Attempt] = {}

    def observe(self, event: Event) -> None:
        """Take note of ``event``, if it belongs to an attempt that is recorded."""
        if isinstance(event, JobLeased):
            self._begin(event)
        elif isinstance(event, WorkerStopped):
            self._attempts.clear()
        elif (attempt := self._attempts.get(getattr(event, "job_id", None) or "")) is not None:
            self._extend(attempt, event)

    def _begin(self, event: JobLeased) -> None:
        if event.parent is None and not event.trace.sampled:
            return  # a later attempt of a job whose producer wants no trace
        now_s = self._clock()
        begin_at_s = now_s - event.lease_s
        outline = Outline(
            naming.attempt_name(event),
            event.trace,
            begin_at_s,
            event.parent,
            event.links,
            SpanKind.CONSUMER,
            naming.attempt_attributes(event),
        )
        span = self._tracing.begin(outline)
        if not span.is_recording():
            return
        attempt = _Attempt(span, event.trace, event.attempts_made)
        self._attempts[event.job_id] = attempt
        if event.ready_at_s is not None:
            self._add(attempt, "wait", (min(event.ready_at_s, begin_at_s), begin_at_s))
        self._add(attempt, "lease", (begin_at_s, now_s))

    def _extend(self, attempt: _Attempt, event: Event) -> None:
        match event:
            case JobStarted():
                attempt.span.set_attributes(naming.started_attributes(event))
            case PhaseEnded() | AssetFetched() | ChildExited() | PreviewPublished():
                self._add_part(attempt, event)
            case JobSettled():
                self._end(attempt, event)
            case DefectFound():
                trace = sendable(without_quotes(event.trace))
                attempt.span.add_event("exception", {"exception.stacktrace": trace})
            case _ if (moment := _MOMENTS.get(type(event))) is not None:
                attempt.span.add_event(moment)
            case _:
                pass

    def _add_part(self, attempt: _Attempt, event: PartEvent) -> None:
        match event:
            case PhaseEnded(phase=phase, code=code):
                self._add(attempt, phase, self._ago(event.duration_s), code=code)
            case AssetFetched():
                self._add_asset(attempt, event)
            case ChildExited():
                self._add_child(attempt, event)
            case PreviewPublished():
                self._add_phases(attempt, event)
            case _:
                assert_never(event)

    def _add_asset(self, attempt: _Attempt, event: AssetFetched) -> None:
        span = self._begun(
            attempt,
            "fetch asset",
            self._clock() - event.duration_s,
            below=_FETCH,
            kind=SpanKind.CLIENT,
        )
        span.set_attributes(naming.asset_attributes(event))
        _finish(span, self._clock(), event.code)

    def _add_child(self, attempt: _Attempt, event: ChildExited) -> None:
        begin_at_s, end_at_s = self._ago(event.wall_s)
        span = self._begun(attempt, "render process", begin_at_s, below=_RENDER)
        span.set_attributes(naming.child_attributes(event))
        _finish(span, end_at_s, None if event.status == "ok" else event.status)

    def _add_phases(self, attempt: _Attempt, event: PreviewPublished) -> None:
        attempt.span.set_attributes(naming.published_attributes(event))
        for phase in event.phases:
            span = self._begun(attempt, phase.name, phase.begin_at_s, below=_RENDER)
            span.set_attribute("preview.phase.busy_s", phase.busy_s)
            _finish(span, phase.end_at_s, None)

    def _end(self, attempt: _Attempt, event: JobSettled) -> None:
        del self._attempts[event.job_id]
        attempt.span.set_attributes(naming.settled_attributes(event, attempt.attempts_made))
        code = (event.code or event.result) if event.result in naming.FAULTY else None
        if code is not None:
            attempt.span.add_event("exception", naming.exception_attributes(code))
        _finish(attempt.span, self._clock(), code)

    def _add(
        self,
        attempt: _Attempt,
        name: str,
        interval: tuple[float, float],
        *,
        code: str | None = None,
    ) -> None:
        _finish(self._begun(attempt, name, interval[0]), interval[1], code)

    def _begun(
        self,
        attempt: _Attempt,
        name: str,
        begin_at_s: float,
        *,
        below: str | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        parent = attempt.place if below is None else attempt.first(below)
        place = attempt.part(name)
        return self._tracing.begin(Outline(name, place, begin_at_s, parent, kind=kind))

    def _ago(self, duration_s: float) -> tuple[float, float]:
        now_s = self._clock()
        return now_s - duration_s, now_s


def _finish(span: Span, end_at_s: float, code: str | None) -> None:
    """End a span; an error is told by its code."""
    if code is not None:
        span.set_attribute("error.type", code)
        span.set_status(Status(StatusCode.ERROR))
    span.end(nanoseconds(end_at_s))
