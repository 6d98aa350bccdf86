"""The seam between the worker and whatever keeps its jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from preview_worker.queue.jobs import (
    ChildCounts,
    FailedChild,
    JobStatus,
    LeasedJob,
    ParentJob,
    QueueCounts,
)
from preview_worker.queue.outcome import Outcome, Settlement


class QueueUnavailableError(Exception):
    """The queue cannot be reached, or refuses to serve now; ask again later."""


class LeaseLostError(Exception):
    """The lock of the job is not ours any more, so the queue refused what was asked."""


class JobQueue(Protocol):
    """What the worker needs of a queue. Every method may raise ``QueueUnavailableError``.

    Between ``open`` and ``close`` the queue renews the locks of leased jobs and recovers stalled
    ones by itself, on its own connection and the monotonic clock.
    """

    async def open(self) -> None:
        """Start the background work. Does not wait for the server."""

    async def close(self) -> None:
        """Stop the background work and the connections. Safe to call twice."""

    async def lease(self, *, urgent: bool = False, patient: bool = False) -> LeasedJob | None:
        """Wait for a job and lock it; None when none came within the queue's block time.

        With ``urgent``, other jobs are left to others, unless they come with one that cannot be
        run. While another lease of this queue waits for any job, that one gets the urgent ones too.
        With ``patient``, jobs that are not urgent come before those that are.
        """

    async def claim(
        self, job: LeasedJob, project: str, *, lease_next: bool = False
    ) -> Settlement | None:
        """Take one of the places of the job's project; None when the job has one now.

        Its place ends with its lease. Where all are taken the job is put aside until one is free,
        at no cost to it, and the answer is that of ``settle``. Raises ``LeaseLostError``.
        """

    async def settle(
        self, job: LeasedJob, outcome: Outcome, *, lease_next: bool = False
    ) -> Settlement:
        """Tell the queue how the attempt ended and, in the same breath, ask for the next job.

        Raises ``LeaseLostError`` when the job's lock is not ours any more. A reply that is lost on
        the way never counts as a failure of the job.
        """

    async def confirm(self, job: LeasedJob, above: int = 0) -> int | None:
        """Extend the job's lock now, and return a number for what is about to be published.

        The number is greater than any given before for this job, and than ``above``. None when the
        job is not ours any more.
        """

    async def lease_lost(self, job: LeasedJob) -> None:
        """Return when the job's lock is lost, and not before."""

    async def cancelled(self, job: LeasedJob) -> str:
        """Return the reason when somebody asks for the job to end, and not before.

        Never raises. A request that came before the job was leased counts as well.
        """

    async def progress(self, job: LeasedJob, percent: int) -> None:
        """Store the job's progress, 0 to 100, where every BullMQ client sees it."""

    async def log(self, job: LeasedJob, line: str) -> None:
        """Append a line to the job's log."""

    async def parent_of(self, job: LeasedJob) -> ParentJob | None:
        """Return the job that waits for ``job``; None when there is none in this queue."""

    async def failed_children(self, job: LeasedJob) -> tuple[FailedChild, ...]:
        """Return the children of ``job`` that failed and did not fail it, in no order.

        Those that were removed since are not among them.
        """

    async def advance_parent(self, job: LeasedJob, most: int) -> None:
        """Tell the progress of the parent, ``most`` percent times the share of its children done.

        ``job`` counts as done. Nothing is told of a parent that does not wait any more, nor less
        than was told before.
        """

    async def ping(self) -> None:
        """Return when the server answered; used by health checks."""

    async def counts(self) -> QueueCounts:
        """Count the jobs by state."""


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job to add. Times are milliseconds, as on the wire."""

    payload: Mapping[str, object]
    name: str = "render-preview"
    job_id: str | None = None
    priority: int = 0
    delay_ms: int = 0
    attempts: int = 5
    backoff_ms: int = 1000
    keep_completed: tuple[int, int] = (3600, 100)
    """Age in seconds and count of completed jobs to keep; the upstream client's values."""
    keep_failed: tuple[int, int] = (86400, 100)
    trace_context: Mapping[str, str] = field(default_factory=dict)
    """W3C trace headers (``traceparent``, ``tracestate``) that whoever runs the job finds."""


@dataclass(frozen=True, slots=True)
class FlowRequest:
    """A job that waits until its ``children`` have ended, to be added together with them.

    When a child fails the parent fails with it, or else (``ignore``) waits for the others and runs.
    """

    parent: JobRequest
    children: tuple[JobRequest, ...]
    on_failure: Literal["fail", "ignore"] = "ignore"
    turn_of: str | None = None
    """Whose the children are, if they shall take turns with those of others: their priority, the
    same for all and 1 to 7, is then their class, which comes after all jobs that are no children.
    """


@dataclass(frozen=True, slots=True)
class AddedJob:
    """The id under which a job is queued; ``duplicate`` when it was there already."""

    id: str
    duplicate: bool


class QueueFullError(Exception):
    """The queue holds as many waiting jobs as it may; nothing was added."""


class JobRefusedError(ValueError):
    """The job cannot be added as it is asked for; the message says what BullMQ does not allow."""


class JobProducer(Protocol):
    """What those who submit and watch jobs need of a queue."""

    async def add(self, request: JobRequest, *, max_ready: int | None = None) -> AddedJob:
        """Add a job; raise ``QueueFullError`` when ``max_ready`` jobs or more are ready.

        Raises ``JobRefusedError`` for an id, a priority or a payload that BullMQ does not take.
        """

    async def add_flow(self, flow: FlowRequest, *, max_ready: int | None = None) -> AddedJob:
        """Add a parent with its children, all or none; a parent that is there stays as it is.

        Raises ``QueueFullError`` when more than ``max_ready`` jobs would be ready then, and
        ``JobRefusedError`` for a flow without children or a parent without an id as well.
        """

    async def children(self, job_id: str) -> ChildCounts | None:
        """Count the children of a job; None when it has none, or there is no such job."""

    async def status(self, job_id: str) -> JobStatus | None:
        """Tell the state of a job; None when there is no such job."""

    def watch(self, job_id: str) -> AsyncIterator[JobStatus]:
        """Yield the job's status now and after every change, and end with its final state."""

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
