"""Turns events into records of the audit log: what people did, and how jobs ended.

What a render says of itself, progress and exits, is for the log of the worker. A reason is kept
where an operator gave it; why a job failed is kept as its code alone, since the sentence may quote
the payload.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from preview_worker.events import (
    AssetFetched,
    CancelRequested,
    ChildExited,
    ChildRestarted,
    ClockCompared,
    DefectFound,
    Event,
    IntakeResumed,
    IntakeStopped,
    JobLeased,
    JobPoisoned,
    JobProgressed,
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
    PartFilmed,
    PhaseEnded,
    PreviewPublished,
    PreviewRetired,
    ProbesServing,
    QueueConnected,
    QueueSteered,
    QueueUnreachable,
    RenderSkipped,
    ScenesShared,
    WallsInspected,
    WebhookAttempted,
    WorkerDraining,
    WorkerStarted,
    WorkerStopped,
)
from preview_worker.observability.audit.record import Deed, shortened
from preview_worker.observability.redaction import redact

_MOST_IDS = 50
"""A record names so many jobs; their number is told in any case."""

WorkerEvent = WorkerStarted | WorkerDraining | WorkerStopped | JobsRecovered
OperatorEvent = CancelRequested | LetterReplayed | LetterDropped | JobSubmitted | QueueSteered
JobEvent = JobLeased | JobStarted | JobSettled | JobPoisoned | PreviewPublished | PreviewRetired
PassingEvent = (
    AssetFetched
    | ChildExited
    | ChildRestarted
    | ClockCompared
    | DefectFound
    | IntakeResumed
    | IntakeStopped
    | JobProgressed
    | JobPutAside
    | LeaseLost
    | LeaseRegained
    | PartFilmed
    | PhaseEnded
    | ProbesServing
    | QueueConnected
    | QueueUnreachable
    | RenderSkipped
    | ScenesShared
    | WallsInspected
    | WebhookAttempted
)
"""What happens and is nobody's deed."""


class Recorder(Protocol):
    """Somebody who writes deeds down. It returns quickly and never raises."""

    def record(self, deed: Deed) -> None:
        """Take a deed."""


class AuditObserver:
    """An ``Observer`` that has deeds recorded."""

    def __init__(
        self, recorder: Recorder, queue: str, settings: Mapping[str, str] | None = None
    ) -> None:
        """Record what is done to ``queue``; ``settings`` are told, redacted, as a worker starts."""
        self._recorder = recorder
        self._queue = queue
        self._settings = settings or {}
        self._attempts: dict[str, tuple[int, str]] = {}

    def observe(self, event: Event) -> None:
        """Record ``event`` if it is a deed."""
        if isinstance(event, PassingEvent):
            return
        if isinstance(event, WorkerEvent):
            deed: Deed | None = self._of_worker(event)
        elif isinstance(event, OperatorEvent):
            deed = self._of_operator(event)
        elif isinstance(event, LoginAttempted):
            deed = _of_login(event)
        else:
            deed = self._of_job(event)
        if deed is not None:
            self._recorder.record(deed)

    def announce(self, job_id: str, outcome: str) -> None:
        """Record that the queue is about to be told how a job ended.

        When the process is killed as it tells it, this is what remains.
        """
        self._recorder.record(self._about("job.settling", job_id, outcome, {}))

    def _of_worker(self, event: WorkerEvent) -> Deed:
        match event:
            case WorkerStarted(queue=queue, concurrency=slots, version=version):
                told = {name: redact(value) for name, value in self._settings.items()}
                facts = {"concurrency": slots, "version": version, "settings": told}
                return Deed(action="worker.start", queue=queue, detail=facts)
            case WorkerDraining(active=active):
                detail = {"active": active}
                return Deed(action="worker.drain", queue=self._queue, detail=detail)
            case WorkerStopped(handed_back=handed_back):
                self._attempts.clear()
                detail = {"handed_back": handed_back}
                return Deed(action="worker.stop", queue=self._queue, detail=detail)
            case JobsRecovered(job_ids=job_ids):
                return Deed(action="job.recover", queue=self._queue, detail=_jobs(job_ids))

    def _of_operator(self, event: OperatorEvent) -> Deed:
        match event:
            case JobSubmitted():
                return Deed(
                    action="job.submit",
                    outcome="duplicate" if event.duplicate else "done",
                    queue=event.queue,
                    job_id=event.job_id,
                    project_id=event.project_id,
                )
            case CancelRequested(job_id=job_id, reason=reason, running=running):
                return Deed(
                    action="job.cancel",
                    outcome="requested" if running else "cancelled",
                    queue=self._queue,
                    job_id=job_id,
                    detail={"reason": shortened(redact(reason))},
                )
            case LetterReplayed(job_id=job_id, code=code, result=result):
                return self._of_letter("letter.replay", job_id, code, result)
            case LetterDropped(job_id=job_id, code=code):
                return self._of_letter("letter.drop", job_id, code, "done")
            case QueueSteered():
                return _of_queue(event)

    def _of_letter(self, action: str, job_id: str, code: str, outcome: str) -> Deed:
        return Deed(
            action=action,
            outcome=outcome,
            queue=self._queue,
            job_id=job_id,
            detail={"code": code},
        )

    def _of_job(self, event: JobEvent) -> Deed | None:
        match event:
            case JobLeased(job_id=job_id, attempt=attempt):
                self._attempts[job_id] = (attempt, "")
                return None
            case JobStarted(job_id=job_id, attempt=attempt, project_id=project_id):
                self._attempts[job_id] = (attempt, project_id)
                return None
            case JobSettled():
                facts: dict[str, object] = {"code": event.code} if event.code else {}
                if event.dry_run:
                    facts |= {"dry_run": True}
                deed = self._about("job.settle", event.job_id, event.result, facts)
                self._attempts.pop(event.job_id, None)
                return deed
            case PreviewPublished(job_id=job_id, size_bytes=size):
                return self._about("preview.publish", job_id, "done", {"size_bytes": size})
            case PreviewRetired():
                return Deed(
                    action="preview.retire",
                    queue=self._queue,
                    job_id=event.job,
                    project_id=event.project,
                    detail={"reason": event.reason, "size_bytes": event.size_bytes},
                )
            case JobPoisoned(job_id=job_id):
                return Deed(
                    action="job.settle",
                    outcome="failed",
                    queue=self._queue,
                    job_id=job_id,
                    detail={"undecodable": True},
                )

    def _about(self, action: str, job_id: str, outcome: str, facts: Mapping[str, object]) -> Deed:
        attempt, project_id = self._attempts.get(job_id, (0, ""))
        return Deed(
            action=action,
            outcome=outcome,
            queue=self._queue,
            job_id=job_id,
            project_id=project_id,
            detail={"attempt": attempt, **facts},
        )


def _of_login(event: LoginAttempted) -> Deed:
    return Deed(
        action="access.login",
        outcome="done" if event.result == "accepted" else event.result,
        key=event.key,
        detail={"address": event.address},
    )


def _of_queue(event: QueueSteered) -> Deed:
    facts = _jobs(event.job_ids) if event.job_ids else {}
    facts |= {} if event.count is None else {"count": event.count}
    facts |= {"with": shortened(event.detail)} if event.detail else {}
    return Deed(
        action=f"queue.{event.deed}",
        outcome=event.result,
        queue=event.queue,
        job_id=event.job_ids[0] if len(event.job_ids) == 1 else "",
        detail=facts,
    )


def _jobs(job_ids: tuple[str, ...]) -> dict[str, object]:
    told = [shortened(job_id) for job_id in job_ids[:_MOST_IDS]]
    return {"count": len(job_ids), "jobs": told}
