"""Writes a line for every event; ``docs/events.md`` has a row for each."""

from __future__ import annotations

from typing import assert_never

import structlog

from preview_worker.events import (
    CancelRequested,
    ClockCompared,
    DefectFound,
    Event,
    IntakeResumed,
    IntakeStopped,
    JobLeased,
    JobPoisoned,
    JobPutAside,
    JobSettled,
    JobsRecovered,
    JobStarted,
    JobSubmitted,
    LeaseLost,
    LeaseRegained,
    LetterDropped,
    LetterReplayed,
    LoginAttempted,
    ProbesServing,
    QueueConnected,
    QueueSteered,
    QueueUnreachable,
    WallsInspected,
    WebhookAttempted,
    WorkerDraining,
    WorkerStarted,
    WorkerStopped,
    current_trace,
)
from preview_worker.observability.line import Facts, Line, rounded
from preview_worker.observability.redaction import without_quotes
from preview_worker.observability.render_lines import RenderEvent, render_line

_LEVEL_OF_RESULT = {
    "completed": "info",
    "handed_back": "info",
    "cancelled": "info",
    "retry": "warning",
    "lost": "warning",
    "failed": "error",
}


class LogObserver:
    """Turns events into lines that can be found by job, request and project."""

    def __init__(self) -> None:
        """Start without knowing of any job."""
        self._logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("preview_worker")
        self._jobs: dict[str, Facts] = {}

    def observe(self, event: Event) -> None:
        """Write a line for ``event``, with what is known of its job."""
        self._remember(event)
        line = line_of(event)
        job_id = getattr(event, "job_id", None)
        about: Facts = {}
        if isinstance(job_id, str):
            about |= self._jobs.get(job_id, {"job_id": job_id})
        if "trace_id" not in about and (trace := current_trace()) is not None:
            about |= {"trace_id": trace.trace_id, "span_id": trace.span_id}
        facts = {name: fact for name, fact in (about | line.facts).items() if fact is not None}
        getattr(self._logger, line.level)(line.event, **facts)
        if isinstance(event, JobSettled):
            self._jobs.pop(event.job_id, None)

    def _remember(self, event: Event) -> None:
        match event:
            case JobLeased():
                self._jobs[event.job_id] = {
                    "job_id": event.job_id,
                    "attempt": event.attempt,
                    "trace_id": event.trace.trace_id,
                    "span_id": event.trace.span_id,
                }
            case JobStarted():
                known = self._jobs.get(event.job_id, {"job_id": event.job_id})
                named: Facts = {"request_id": event.request_id, "project_id": event.project_id}
                self._jobs[event.job_id] = {**known, **named, "attempt": event.attempt}
            case WorkerStopped():
                self._jobs.clear()
            case _:
                pass


WorkerEvent = (
    WorkerStarted | WorkerDraining | WorkerStopped | ProbesServing | JobsRecovered | JobPutAside
)
ReadinessEvent = (
    QueueConnected
    | QueueUnreachable
    | IntakeStopped
    | IntakeResumed
    | WallsInspected
    | ClockCompared
)
_MAX_SKEW_S = 2.0
"""Clocks that are kept by NTP differ by less."""
OperatorEvent = CancelRequested | LetterReplayed | LetterDropped | JobSubmitted | QueueSteered
VisitorEvent = LoginAttempted | WebhookAttempted
_LEVEL_OF_VISIT = {
    "accepted": "info",
    "refused": "warning",
    "throttled": "warning",
    "delivered": "info",
    "retried": "warning",
    "given_up": "error",
}
JobEvent = (
    JobLeased | JobStarted | JobSettled | LeaseLost | LeaseRegained | JobPoisoned | DefectFound
)


def line_of(event: Event) -> Line:
    """Tell what to write of an event."""
    if isinstance(event, WorkerEvent):
        return _worker_line(event)
    if isinstance(event, ReadinessEvent):
        return _readiness_line(event)
    if isinstance(event, RenderEvent):
        return render_line(event)
    if isinstance(event, OperatorEvent):
        return _operator_line(event)
    if isinstance(event, VisitorEvent):
        return _visitor_line(event)
    return _job_line(event)


def _worker_line(event: WorkerEvent) -> Line:
    match event:
        case WorkerStarted(queue=queue, concurrency=slots, version=version):
            facts: Facts = {"queue": queue, "concurrency": slots, "version": version}
            line = Line("info", "worker.started", facts)
        case WorkerDraining(active=active, grace_s=grace_s):
            line = Line("info", "worker.draining", {"active": active, "grace_s": grace_s})
        case WorkerStopped(handed_back=handed_back):
            line = Line("info", "worker.stopped", {"handed_back": handed_back})
        case ProbesServing(host=host, port=port):
            line = Line("info", "probes.serving", {"host": host, "port": port})
        case JobsRecovered(job_ids=job_ids):
            line = Line("warning", "jobs.recovered", {"job_ids": list(job_ids)})
        case JobPutAside(project_id=project_id):
            line = Line("debug", "job.put_aside", {"project_id": project_id})
        case _:
            assert_never(event)
    return line


def _readiness_line(event: ReadinessEvent) -> Line:
    match event:
        case QueueConnected(away_s=away_s):
            return Line("info", "queue.connected", {"away_s": rounded(away_s)})
        case QueueUnreachable(reason=reason):
            return Line("warning", "queue.unreachable", {"reason": reason})
        case IntakeStopped(reason=reason):
            return Line("warning", "intake.stopped", {"reason": reason})
        case IntakeResumed(stopped_s=stopped_s):
            return Line("info", "intake.resumed", {"stopped_s": rounded(stopped_s)})
        case WallsInspected():
            return _walls_line(event)
        case ClockCompared(skew_s=skew_s):
            level = "warning" if abs(skew_s) > _MAX_SKEW_S else "debug"
            return Line(level, "clock.compared", {"skew_s": rounded(skew_s)})
        case _:
            assert_never(event)


def _walls_line(event: WallsInspected) -> Line:
    safe = event.mode == "full" and not event.ways_out
    level = "error" if event.refusal else "info" if safe else "warning"
    facts: Facts = {
        "mode": event.mode,
        "landlock": event.landlock,
        "tried": event.tried,
        "ways_out": list(event.ways_out),
        "refusal": event.refusal,
    }
    return Line(level, "walls.inspected", facts)


def _operator_line(event: OperatorEvent) -> Line:
    match event:
        case CancelRequested(reason=reason, running=running):
            return Line("info", "job.cancel_requested", {"reason": reason, "running": running})
        case LetterReplayed(code=code, result=result):
            return Line("info", "letter.replayed", {"code": code, "result": result})
        case LetterDropped(code=code):
            return Line("info", "letter.dropped", {"code": code})
        case JobSubmitted(queue=queue, project_id=project_id, duplicate=duplicate):
            facts: Facts = {"queue": queue, "project_id": project_id, "duplicate": duplicate}
            return Line("info", "job.submitted", facts)
        case QueueSteered():
            facts = {"queue": event.queue, "deed": event.deed, "result": event.result}
            facts |= {"count": event.count, "job_ids": list(event.job_ids) or None}
            return Line("info", "queue.steered", facts | {"detail": event.detail or None})
        case _:
            assert_never(event)


def _visitor_line(event: VisitorEvent) -> Line:
    """Tell of those outside: who came in, and who was told."""
    level = _LEVEL_OF_VISIT[event.result]
    match event:
        case LoginAttempted():
            facts: Facts = {"result": event.result, "key": event.key, "address": event.address}
            return Line(level, "login.attempted", facts)
        case WebhookAttempted():
            facts = {"result": event.result, "delivery_id": event.delivery_id, "host": event.host}
            facts |= {"tries": event.tries, "age_s": rounded(event.age_s)}
            facts |= {"wait_s": rounded(event.wait_s), "reason": event.reason or None}
            return Line(level, "webhook.attempted", facts)
        case _:
            assert_never(event)


def _defect_line(event: DefectFound) -> Line:
    facts: Facts = {} if event.request is None else {"request_id": event.request}
    return Line("error", "defect.found", {**facts, "exception": without_quotes(event.trace)})


def _job_line(event: JobEvent) -> Line:
    match event:
        case JobLeased(wait_s=wait_s):
            line = Line("debug", "job.leased", {"wait_s": rounded(wait_s)})
        case JobStarted(dry_run=dry_run):
            line = Line("info", "job.started", {"dry_run": dry_run})
        case JobSettled():
            facts: Facts = {
                "result": event.result,
                "duration_s": rounded(event.duration_s),
                "dry_run": event.dry_run,
                "code": event.code,
                "reason": event.reason and without_quotes(event.reason),
            }
            line = Line(_LEVEL_OF_RESULT[event.result], "job.settled", facts)
        case LeaseLost():
            line = Line("warning", "job.lease_lost", {})
        case LeaseRegained():
            line = Line("info", "job.lease_regained", {})
        case JobPoisoned(reason=reason, code=code):
            line = Line("error", "job.poisoned", {"code": code, "reason": without_quotes(reason)})
        case DefectFound():
            line = _defect_line(event)
        case _:
            assert_never(event)
    return line
