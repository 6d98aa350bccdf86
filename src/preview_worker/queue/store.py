"""The server side of the queue in memory: jobs, their order and their locks."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from preview_worker.queue.dead import WORKER_KILLER, DeadLetter
from preview_worker.queue.jobs import ChildCounts, JobState, JobStatus, LeasedJob, QueueCounts
from preview_worker.queue.memory_limits import StoreLimits
from preview_worker.queue.options import kept_jobs, max_attempts, trace_context
from preview_worker.queue.port import JobRequest
from preview_worker.queue.status import is_final

_STALLED_TOO_OFTEN = "job stalled more than allowable limit"
"""BullMQ's words."""
ANY_PRIORITY = range(2**21 + 1)


@dataclass(slots=True)
class StoredJob:
    """A job as the server keeps it."""

    id: str
    request: JobRequest
    payload: bytes
    options: Mapping[str, object]
    added_at_ms: int
    state: JobState = JobState.WAITING
    place: int = 0
    due_ms: int = 0
    attempts_made: int = 0
    attempts_started: int = 0
    stalled_count: int = 0
    deferred_failure: bool = False
    progress: object = 0
    logs: list[str] = field(default_factory=list)
    processed_on_ms: int | None = None
    finished_on_ms: int | None = None
    failed_reason: str | None = None
    return_value: object = None
    history: list[str] = field(default_factory=list)
    token: str | None = None
    locked_until_s: float = 0.0
    cancel_reason: str | None = None
    publication: int = 0
    parent_id: str | None = None
    fails_with_children: bool = False
    children: dict[str, JobState] = field(default_factory=dict)
    """Those that this job waits for, and those that have ended."""

    def count_children(self) -> ChildCounts | None:
        """Count the children by how they stand; None when there are none."""
        states = list(self.children.values())
        completed, failed = states.count(JobState.COMPLETED), states.count(JobState.FAILED)
        ignored = 0 if self.fails_with_children else failed
        opened = len(states) - completed - failed
        return ChildCounts(opened, completed, ignored, failed - ignored) if states else None

    def number_publication(self, above: int) -> int:
        """Return a number that is greater than ``above`` and than all that were given before."""
        self.publication = max(time.time_ns() // 1000, self.publication + 1, above + 1)
        return self.publication

    def lock(self, token: str, lock_s: float) -> None:
        """Lock the job with ``token`` for ``lock_s``."""
        self.token = token
        self.locked_until_s = time.monotonic() + lock_s

    def break_off(self) -> None:
        """Take the lock away, as an expiry would."""
        self.locked_until_s = 0.0

    def locked_with(self, token: str) -> bool:
        """Tell whether the lock is alive and ours."""
        return (
            self.state is JobState.ACTIVE
            and self.token == token
            and time.monotonic() < self.locked_until_s
        )

    def leased(self, token: str) -> LeasedJob:
        """Return the job as the worker sees it."""
        return LeasedJob(
            id=self.id,
            name=self.request.name,
            payload=self.payload,
            token=token,
            attempts_made=self.attempts_made,
            attempts_started=self.attempts_started,
            max_attempts=max_attempts(self.options),
            added_at_ms=self.added_at_ms,
            priority=self.request.priority,
            delay_ms=0,
            stalled_count=self.stalled_count,
            trace_context=trace_context(self.options),
            options=self.options,
            parent_key=self.parent_id,
            told_percent=self.progress if isinstance(self.progress, int) else 0,
        )

    def status(self) -> JobStatus:
        """Return the job as its producer sees it."""
        return JobStatus(
            id=self.id,
            name=self.request.name,
            state=self.state,
            progress=self.progress,
            attempts_made=self.attempts_made,
            added_at_ms=self.added_at_ms,
            processed_on_ms=self.processed_on_ms,
            finished_on_ms=self.finished_on_ms,
            failed_reason=self.failed_reason,
            return_value=self.return_value,
        )


class MemoryStore:
    """Jobs by id, and a bell that rings at each change."""

    def __init__(self) -> None:
        """Begin empty; set ``away`` to have every call fail as if the server were gone."""
        self.jobs: dict[str, StoredJob] = {}
        self.letters: dict[str, DeadLetter] = {}
        self.remains: dict[str, StoredJob] = {}
        self.limits = StoreLimits()
        self.counter = 0
        self.away = False
        self._places = 0
        self._bell = asyncio.Event()

    def put(
        self, job_id: str, request: JobRequest, payload: bytes, options: Mapping[str, object]
    ) -> None:
        """Store a new job and put it in line, or aside until it is due."""
        added_at_ms = _now_ms()
        stored = StoredJob(job_id, request, payload, options, added_at_ms)
        self.jobs[job_id] = stored
        if request.delay_ms:
            self.delay(stored, request.delay_ms)
        else:
            self.enqueue(stored)

    def take(
        self, bury: Callable[[StoredJob, str, str], None], priorities: range = ANY_PRIORITY
    ) -> StoredJob | None:
        """Move the next job to active; fail on the way, and bury, those that stalled too often.

        Those that have none of the ``priorities`` are passed over.
        """
        self._promote()
        while self._admits() and (
            ready := [
                job
                for job in self.jobs.values()
                if job.state in {JobState.WAITING, JobState.PRIORITIZED}
                and job.request.priority in priorities
            ]
        ):
            job = min(ready, key=lambda job: (job.request.priority, job.place))
            job.state = JobState.ACTIVE
            job.processed_on_ms = _now_ms()
            job.attempts_started += 1
            if not job.deferred_failure:
                self.limits.note_start()
                self.notify()
                return job
            bury(job, WORKER_KILLER, _STALLED_TOO_OFTEN)
            self.finish(job, JobState.FAILED, _STALLED_TOO_OFTEN)
        return None

    def enqueue(self, job: StoredJob, *, front: bool = False) -> JobState:
        """Put a job in line behind its equals, or before them."""
        self._places += 1
        job.place = -self._places if front else self._places
        job.token = None
        job.state = JobState.PRIORITIZED if job.request.priority else JobState.WAITING
        self.notify()
        return job.state

    def retry(self, job: StoredJob, reason: str, pause_ms: int) -> JobState:
        """Count a failed attempt and put the job aside for ``pause_ms``."""
        job.attempts_made += 1
        job.failed_reason = reason
        return self.delay(job, pause_ms) if pause_ms else self.enqueue(job)

    def finish(self, job: StoredJob, state: JobState, result: object) -> JobState:
        """End a job, and forget old ones as its producer asked."""
        job.attempts_made += 1
        job.token = job.cancel_reason = None
        job.state = state
        job.finished_on_ms = _now_ms()
        rule = "removeOnComplete" if state is JobState.COMPLETED else "removeOnFail"
        if state is JobState.COMPLETED:
            job.return_value = result
        else:
            job.failed_reason = str(result)
        self._forget(state, kept_jobs(job.options.get(rule)))
        self._tell_parent(job)
        self.notify()
        return state

    def recover_stalled(self, max_stalled: int) -> tuple[str, ...]:
        """Put active jobs whose lock ran out back to the front of the line."""
        stalled = [
            job
            for job in self.jobs.values()
            if job.state is JobState.ACTIVE and time.monotonic() >= job.locked_until_s
        ]
        for job in stalled:
            job.stalled_count += 1
            job.deferred_failure = job.stalled_count > max_stalled
            self.enqueue(job, front=True)
        return tuple(job.id for job in stalled)

    def break_lock(self, job_id: str) -> None:
        """Take a lock away, as an expiry would."""
        self.jobs[job_id].break_off()

    def counts(self) -> QueueCounts:
        """Count the jobs by state."""
        states = [job.state for job in self.jobs.values()]
        return QueueCounts(
            waiting=states.count(JobState.WAITING),
            prioritized=states.count(JobState.PRIORITIZED),
            active=states.count(JobState.ACTIVE),
            delayed=states.count(JobState.DELAYED),
            completed=states.count(JobState.COMPLETED),
            failed=states.count(JobState.FAILED),
            waiting_children=states.count(JobState.WAITING_CHILDREN),
            paused=self.limits.paused,
        )

    def until_due_s(self) -> float:
        """Seconds until a delayed job is due or the rate allows one; long when there is none."""
        if (limited_s := self.limits.until_admitted_s()) > 0:
            return limited_s
        due_ms = [job.due_ms for job in self.jobs.values() if job.state is JobState.DELAYED]
        return max(0.001, (min(due_ms) - _now_ms()) / 1000) if due_ms else 3600.0

    def notify(self) -> None:
        """Wake all who wait for a change."""
        self._bell.set()
        self._bell = asyncio.Event()

    async def changed(self, timeout_s: float) -> None:
        """Return after the next change or the timeout."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), timeout_s)

    def _tell_parent(self, child: StoredJob) -> None:
        """Have the parent run when no child is open, or fail as its child did."""
        parent = self.jobs.get(child.parent_id or "")
        if parent is None or child.id not in parent.children:
            return
        parent.children[child.id] = child.state
        if parent.state is not JobState.WAITING_CHILDREN:
            return
        if child.state is JobState.FAILED and parent.fails_with_children:
            self.finish(parent, JobState.FAILED, f"child {child.id} failed")
        elif all(map(is_final, parent.children.values())):
            self.enqueue(parent)

    def delay(self, job: StoredJob, pause_ms: int) -> JobState:
        """Put a job aside for ``pause_ms``."""
        job.token = None
        job.due_ms = _now_ms() + pause_ms
        job.state = JobState.DELAYED
        self.notify()
        return job.state

    def _admits(self) -> bool:
        return self.limits.admit([job.state for job in self.jobs.values()].count(JobState.ACTIVE))

    def _promote(self) -> None:
        now_ms = _now_ms()
        due = [
            job
            for job in self.jobs.values()
            if job.state is JobState.DELAYED and job.due_ms <= now_ms
        ]
        for job in sorted(due, key=lambda job: job.due_ms):
            self.enqueue(job)

    def _forget(self, state: JobState, kept: Mapping[str, int]) -> None:
        done = [job for job in self.jobs.values() if job.state is state]
        newest_first = sorted(done, key=lambda job: job.finished_on_ms or 0, reverse=True)
        count = kept.get("count", -1)
        age_s = kept.get("age")
        oldest_ms = 0 if age_s is None else _now_ms() - age_s * 1000
        for rank, job in enumerate(newest_first):
            if 0 <= count <= rank or (job.finished_on_ms or 0) < oldest_ms:
                del self.jobs[job.id]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
