"""Settling: the queue is told how an attempt ended, and the observers what came of it."""

from __future__ import annotations

import time
from typing import assert_never

from preview_worker.events import JobSettled, Observer, Result
from preview_worker.queue import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    JobQueue,
    JobState,
    LeasedJob,
    LeaseLostError,
    Outcome,
    QueueUnavailableError,
    Retry,
    Settlement,
)
from preview_worker.worker.phases import observed_phase


class Settler:
    """Settles attempts and counts what was handed back."""

    def __init__(self, queue: JobQueue, observer: Observer) -> None:
        """Settle with ``queue`` and tell ``observer``."""
        self._queue = queue
        self._observer = observer
        self.handed_back = 0

    async def settle(
        self, job: LeasedJob, outcome: Outcome, started_s: float, *, lease_next: bool
    ) -> LeasedJob | None:
        """Settle the job; return the next one if it was asked for and the queue had one ready."""
        try:
            with observed_phase(self._observer, job.id, "settle"):
                settlement = await self._queue.settle(job, outcome, lease_next=lease_next)
        except (LeaseLostError, QueueUnavailableError) as error:
            # Whoever holds the lock next finds what was published, and does not render it again.
            self.note_lost(job, started_s, str(error))
            return None
        if isinstance(outcome, HandedBack):
            self.handed_back += 1
        self._observer.observe(_told(job, outcome, settlement, time.monotonic() - started_s))
        return settlement.next_job

    def note_lost(self, job: LeasedJob, started_s: float, reason: str) -> None:
        """Tell that the attempt's end could not be settled."""
        self._observer.observe(
            JobSettled(
                job_id=job.id,
                result="lost",
                duration_s=time.monotonic() - started_s,
                dry_run=False,
                reason=reason,
            )
        )


def _told(
    job: LeasedJob, outcome: Outcome, settlement: Settlement, duration_s: float
) -> JobSettled:
    return JobSettled(
        job_id=job.id,
        result=_result(outcome, settlement.state),
        duration_s=duration_s,
        dry_run=isinstance(outcome, Completed) and outcome.result.get("dryRun") is True,
        code=outcome.code if isinstance(outcome, Retry | Failed) else None,
        reason=None if isinstance(outcome, Completed | HandedBack) else outcome.reason,
    )


def _result(outcome: Outcome, state: JobState) -> Result:
    match outcome:
        case Completed():
            return "completed"
        case Retry():
            return "failed" if state is JobState.FAILED else "retry"
        case Failed():
            return "failed"
        case Cancelled():
            return "cancelled"
        case HandedBack():
            return "handed_back"
        case _:
            assert_never(outcome)
