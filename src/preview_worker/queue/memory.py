"""The queue in this process's memory: for tests and for trying things out, with the same rules.

One ``MemoryStore`` is the server; queues and producers that share it share its jobs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid

from preview_worker.events import JobsRecovered, LeaseLost, Observer
from preview_worker.queue.backoff import backoff_ms
from preview_worker.queue.dead_memory import MemoryDeadLetters
from preview_worker.queue.jobs import FailedChild, JobState, LeasedJob, ParentJob, QueueCounts
from preview_worker.queue.memory_places import MemoryPlaces
from preview_worker.queue.outcome import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    Outcome,
    Retry,
    Settlement,
)
from preview_worker.queue.port import LeaseLostError, QueueUnavailableError
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.status import is_final
from preview_worker.queue.store import ANY_PRIORITY, MemoryStore, StoredJob


class MemoryQueue:
    """``JobQueue`` over a ``MemoryStore``."""

    def __init__(
        self, store: MemoryStore, settings: QueueSettings, observer: Observer | None = None
    ) -> None:
        """Lease from ``store`` with the times of ``settings``."""
        self._store = store
        self._settings = settings
        self._dead = MemoryDeadLetters(store, settings)
        self._places = MemoryPlaces(store, settings)
        self._observer = observer
        self._held: dict[tuple[str, str], StoredJob] = {}
        self._lost: dict[tuple[str, str], asyncio.Event] = {}
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start renewing locks and recovering stalled jobs."""
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Stop the background work. Safe to call twice."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping

    async def lease(self, *, urgent: bool = False, patient: bool = False) -> LeasedJob | None:
        """Wait for a job and lock it; see ``JobQueue.lease``."""
        self._check_reachable()
        deadline_s = time.monotonic() + self._settings.block_s
        while (job := self._take(urgent=urgent, patient=patient)) is None:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return None
            await self._store.changed(min(left_s, self._store.until_due_s()))
            self._check_reachable()
        return job

    async def claim(
        self, job: LeasedJob, project: str, *, lease_next: bool = False
    ) -> Settlement | None:
        """Take one of the places of the job's project; see ``JobQueue.claim``."""
        self._check_reachable()
        stored = self._owned(job)
        state = self._places.seat(stored, job, project)
        if state is None:
            return None
        self._held.pop((job.id, job.token), None)
        self._end_if_asked(stored)
        return Settlement(state, self._take() if lease_next else None)

    async def settle(
        self, job: LeasedJob, outcome: Outcome, *, lease_next: bool = False
    ) -> Settlement:
        """Tell how the attempt ended; see ``JobQueue.settle``."""
        if isinstance(outcome, Completed):
            json.dumps(outcome.result, allow_nan=False)
        self._check_reachable()
        stored = self._owned(job)
        self._held.pop((job.id, job.token), None)
        state = self._apply(stored, job, outcome)
        self._end_if_asked(stored)
        self._places.call_up()
        wants_next = lease_next and not isinstance(outcome, HandedBack)
        return Settlement(state, self._take() if wants_next else None)

    async def confirm(self, job: LeasedJob, above: int = 0) -> int | None:
        """Extend the job's lock now and number what is about to be published."""
        self._check_reachable()
        stored = self._store.jobs.get(job.id)
        if stored is None or not stored.locked_with(job.token):
            self._lose(job.id, job.token)
            return None
        stored.lock(job.token, self._settings.lock_s)
        return stored.number_publication(above)

    async def lease_lost(self, job: LeasedJob) -> None:
        """Return when the job's lock is lost, and not before."""
        await self._lost.setdefault((job.id, job.token), asyncio.Event()).wait()

    async def cancelled(self, job: LeasedJob) -> str:
        """Return the reason when somebody asks for the job to end, and not before."""
        while (stored := self._store.jobs.get(job.id)) is None or stored.cancel_reason is None:
            await self._store.changed(self._settings.block_s)
        return stored.cancel_reason

    async def progress(self, job: LeasedJob, percent: int) -> None:
        """Store the job's progress."""
        self._check_reachable()
        self._existing(job).progress = percent
        self._store.notify()

    async def log(self, job: LeasedJob, line: str) -> None:
        """Append a line to the job's log."""
        self._check_reachable()
        self._existing(job).logs.append(line[: self._settings.max_log_chars])

    async def parent_of(self, job: LeasedJob) -> ParentJob | None:
        """Return the job that waits for ``job``; None when there is none."""
        self._check_reachable()
        parent = self._store.jobs.get(job.parent_key or "")
        if parent is None:
            return None
        return ParentJob(parent.id, parent.payload, is_final(parent.state))

    async def failed_children(self, job: LeasedJob) -> tuple[FailedChild, ...]:
        """Tell which children of ``job`` failed; see ``JobQueue.failed_children``."""
        self._check_reachable()
        parent = self._existing(job)
        lost = [child for child, state in parent.children.items() if state is JobState.FAILED]
        present = filter(None, map(self._store.jobs.get, lost))
        return tuple(
            FailedChild.of(child.payload, child.history, child.failed_reason or "")
            for child in present
        )

    async def advance_parent(self, job: LeasedJob, most: int) -> None:
        """Tell the progress of the parent by its children; see ``JobQueue.advance_parent``."""
        self._check_reachable()
        parent = self._store.jobs.get(job.parent_key or "")
        if parent is None or parent.state is not JobState.WAITING_CHILDREN:
            return
        ended = 1 + sum(map(is_final, parent.children.values()))
        percent = most * ended // len(parent.children)
        if isinstance(parent.progress, int) and percent > parent.progress:
            parent.progress = percent
            self._store.notify()

    async def ping(self) -> None:
        """Return at once, or raise while the store is away."""
        self._check_reachable()

    async def counts(self) -> QueueCounts:
        """Count the jobs by state."""
        self._check_reachable()
        return self._store.counts()

    def _check_reachable(self) -> None:
        if self._store.away:
            message = "The queue in memory is switched off"
            raise QueueUnavailableError(message)

    def _take(self, *, urgent: bool = False, patient: bool = False) -> LeasedJob | None:
        bound = self._settings.urgent_priority
        bury, urgent_ones = self._dead.bury, range(bound + 1)
        stored = self._store.take(bury, ANY_PRIORITY[bound + 1 :]) if patient else None
        stored = stored or self._store.take(bury, urgent_ones if urgent else ANY_PRIORITY)
        if stored is None:
            return None
        token = uuid.uuid4().hex
        stored.lock(token, self._settings.lock_s)
        self._held[stored.id, token] = stored
        return stored.leased(token)

    def _existing(self, job: LeasedJob) -> StoredJob:
        stored = self._store.jobs.get(job.id)
        if stored is None:
            message = f"Job {job.id} was removed from the queue while it ran"
            raise LeaseLostError(message)
        return stored

    def _owned(self, job: LeasedJob) -> StoredJob:
        stored = self._existing(job)
        if not stored.locked_with(job.token):
            message = f"The lock of job {job.id} is not ours any more"
            raise LeaseLostError(message)
        return stored

    def _end_if_asked(self, stored: StoredJob) -> None:
        """Fail a job that waits again, if its end was asked for when nobody watched for that."""
        if stored.cancel_reason is not None:
            self._store.finish(stored, JobState.FAILED, stored.cancel_reason)

    def _apply(self, stored: StoredJob, job: LeasedJob, outcome: Outcome) -> JobState:
        match outcome:
            case Completed(result=result):
                return self._store.finish(stored, JobState.COMPLETED, dict(result))
            case Failed(code=code, reason=reason):
                self._dead.bury(stored, code, reason)
                return self._store.finish(stored, JobState.FAILED, reason)
            case Cancelled(reason=reason):
                return self._store.finish(stored, JobState.FAILED, reason)
            case HandedBack():
                return self._store.enqueue(stored, front=True)
            case Retry(code=code, reason=reason):
                failures = job.attempts_made + 1
                pause_ms = backoff_ms(job.options.get("backoff"), failures)
                if failures >= job.max_attempts or pause_ms is None:
                    return self._apply(stored, job, Failed(code, reason))
                stored.history.append(f"{code}: {reason}")
                return self._store.retry(stored, reason, pause_ms)

    async def _keep(self) -> None:
        interval_s = min(self._settings.renew_s, self._settings.stall_check_s)
        while True:
            if not self._store.away:
                self._renew()
                self._dead.trim()
                self._places.call_up()
                recovered = self._store.recover_stalled(self._settings.max_stalled)
                if recovered and self._observer is not None:
                    self._observer.observe(JobsRecovered(job_ids=recovered))
            await asyncio.sleep(interval_s)

    def _renew(self) -> None:
        for (job_id, token), stored in list(self._held.items()):
            if stored.locked_with(token):
                stored.lock(token, self._settings.lock_s)
            else:
                self._lose(job_id, token)

    def _lose(self, job_id: str, token: str) -> None:
        self._lost.setdefault((job_id, token), asyncio.Event()).set()
        if self._held.pop((job_id, token), None) and self._observer is not None:
            self._observer.observe(LeaseLost(job_id=job_id))
