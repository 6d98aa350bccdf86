"""Steers a queue in this process's memory, with the rules of the real one."""

from __future__ import annotations

import time

from preview_worker.queue.controls import (
    DEFAULT_CANCEL_REASON,
    CancelAnswer,
    CleanableState,
    ControlRefusedError,
    QueueLimits,
    RateLimit,
    check_concurrency,
)
from preview_worker.queue.jobs import JobState, QueueCounts
from preview_worker.queue.memory_revival import MemoryRevival
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.status import is_final
from preview_worker.queue.store import MemoryStore, StoredJob

_WAITING = {JobState.WAITING, JobState.PRIORITIZED}


class MemoryControls:
    """``QueueControls`` over a ``MemoryStore``."""

    def __init__(self, store: MemoryStore) -> None:
        """Steer ``store``."""
        self._given = store

    async def counts(self) -> QueueCounts:
        """Count the jobs by state."""
        return self._store.counts()

    async def pause(self) -> None:
        """Have no queue take a job any more."""
        self._store.limits.paused = True

    async def resume(self) -> None:
        """Undo ``pause``."""
        self._store.limits.paused = False
        self._store.notify()

    async def drain(self, *, delayed: bool = False) -> int:
        """Remove the jobs that wait; return how many."""
        states = _WAITING | ({JobState.DELAYED} if delayed else set())
        return self._remove([job for job in self._in_order() if job.state in states])

    async def clean(
        self, state: CleanableState, *, older_than_ms: int = 0, limit: int = 0
    ) -> tuple[str, ...]:
        """Remove jobs of a state that are older than that; return their ids."""
        until_ms = time.time_ns() // 1_000_000 - older_than_ms
        old = [job for job in self._of(JobState(state)) if _instant_ms(job) <= until_ms]
        chosen = old[:limit] if limit else old
        self._remove(chosen)
        return tuple(job.id for job in chosen)

    async def obliterate(self, *, force: bool = False) -> None:
        """Remove the queue with all that is in it."""
        if self._of(JobState.ACTIVE) and not force:
            message = "Jobs are running; stop their workers first, or use force"
            raise ControlRefusedError(message)
        self._remove(list(self._store.jobs.values()))
        self._store.limits.paused = False
        self._store.limits.concurrency = None
        self._store.limits.change_rate(None)

    async def retry(self, job_id: str, *, fresh: bool = False) -> None:
        """Have a failed job wait again."""
        MemoryRevival(self._store, fresh=fresh).revive(self._expect(job_id, JobState.FAILED))

    async def retry_all(self, *, limit: int = 0, fresh: bool = False) -> int:
        """Have all failed jobs wait again; return how many."""
        failed = sorted(self._of(JobState.FAILED), key=lambda job: job.finished_on_ms or 0)
        chosen = failed[:limit] if limit else failed
        revival = MemoryRevival(self._store, fresh=fresh)
        return sum(revival.revive(job) for job in chosen if job.state is JobState.FAILED)

    async def promote(self, job_id: str) -> None:
        """Have a delayed job wait at once."""
        self._store.enqueue(self._expect(job_id, JobState.DELAYED))

    async def promote_all(self, *, limit: int = 0) -> int:
        """Have all delayed jobs wait at once; return how many."""
        delayed = sorted(self._of(JobState.DELAYED), key=lambda job: job.due_ms)
        chosen = delayed[:limit] if limit else delayed
        for job in chosen:
            self._store.enqueue(job)
        return len(chosen)

    async def cancel(self, job_id: str, reason: str = DEFAULT_CANCEL_REASON) -> CancelAnswer:
        """End a job that has not ended, wherever it is."""
        job = self._find(job_id)
        if is_final(job.state):
            message = f"Job {job_id} is {job.state} already"
            raise ControlRefusedError(message)
        if job.state is JobState.ACTIVE:
            job.cancel_reason = reason
            self._store.notify()
            return CancelAnswer.REQUESTED
        self._store.finish(job, JobState.FAILED, reason)
        for child, state in job.children.items():
            if child in self._store.jobs and not is_final(state):
                await self.cancel(child, reason)
        return CancelAnswer.CANCELLED

    async def limits(self) -> QueueLimits:
        """Tell which limits hold."""
        return QueueLimits(self._store.limits.concurrency, self._store.limits.rate)

    async def limit_concurrency(self, most: int | None) -> None:
        """Have at most so many jobs run at once."""
        check_concurrency(most)
        self._store.limits.concurrency = most
        self._store.notify()

    async def limit_rate(self, rate: RateLimit | None) -> None:
        """Have jobs start at that rate at most."""
        self._store.limits.change_rate(rate)
        self._store.notify()

    async def close(self) -> None:
        """Nothing to close."""

    @property
    def _store(self) -> MemoryStore:
        if self._given.away:
            message = "The queue in memory is switched off"
            raise QueueUnavailableError(message)
        return self._given

    def _in_order(self) -> list[StoredJob]:
        return list(self._store.jobs.values())

    def _of(self, state: JobState) -> list[StoredJob]:
        return [job for job in self._in_order() if job.state is state]

    def _remove(self, jobs: list[StoredJob]) -> int:
        for job in jobs:
            job.break_off()
            del self._store.jobs[job.id]
        self._store.notify()
        return len(jobs)

    def _find(self, job_id: str) -> StoredJob:
        job = self._store.jobs.get(job_id)
        if job is None:
            message = f"Job {job_id} not found"
            raise ControlRefusedError(message)
        return job

    def _expect(self, job_id: str, state: JobState) -> StoredJob:
        job = self._find(job_id)
        if job.state is not state:
            message = f"Job {job_id} is {job.state}, not {state}"
            raise ControlRefusedError(message)
        return job


def _instant_ms(job: StoredJob) -> int:
    return job.finished_on_ms or job.processed_on_ms or job.added_at_ms
