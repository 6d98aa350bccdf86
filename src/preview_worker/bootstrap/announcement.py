"""A queue that has it recorded how a job will be settled before the settlement is sent.

Redis and the audit log cannot be written in one step. A worker that is killed between the two would
leave a job that ended and nobody who said so; with the announcement first, it leaves at worst an
announcement of something that did not come about.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import assert_never

from preview_worker.queue import (
    Cancelled,
    Completed,
    Failed,
    FailedChild,
    HandedBack,
    JobQueue,
    LeasedJob,
    Outcome,
    ParentJob,
    QueueCounts,
    Retry,
    Settlement,
)

Announce = Callable[[str, str], Awaitable[None]]
"""Takes a job's id and its outcome; returns when that is on record."""


class AnnouncingQueue:
    """A ``JobQueue`` that passes everything on."""

    def __init__(self, queue: JobQueue, announce: Announce) -> None:
        """Settle with ``queue`` what ``announce`` was told of."""
        self._queue = queue
        self._announce = announce

    async def settle(
        self, job: LeasedJob, outcome: Outcome, *, lease_next: bool = False
    ) -> Settlement:
        """Announce the outcome if it may be the job's last, and tell the queue."""
        word = announced_word(outcome)
        if word is not None:
            await self._announce(job.id, word)
        return await self._queue.settle(job, outcome, lease_next=lease_next)

    async def open(self) -> None:
        """Start the background work."""
        await self._queue.open()

    async def close(self) -> None:
        """Stop the background work and the connections."""
        await self._queue.close()

    async def lease(self, *, urgent: bool = False, patient: bool = False) -> LeasedJob | None:
        """Wait for a job and lock it."""
        return await self._queue.lease(urgent=urgent, patient=patient)

    async def claim(
        self, job: LeasedJob, project: str, *, lease_next: bool = False
    ) -> Settlement | None:
        """Take one of the places of the job's project."""
        return await self._queue.claim(job, project, lease_next=lease_next)

    async def confirm(self, job: LeasedJob, above: int = 0) -> int | None:
        """Extend the job's lock now, and take a number for its publication."""
        return await self._queue.confirm(job, above)

    async def lease_lost(self, job: LeasedJob) -> None:
        """Return when the job's lock is lost."""
        await self._queue.lease_lost(job)

    async def cancelled(self, job: LeasedJob) -> str:
        """Return the reason when somebody asks for the job to end."""
        return await self._queue.cancelled(job)

    async def progress(self, job: LeasedJob, percent: int) -> None:
        """Store the job's progress."""
        await self._queue.progress(job, percent)

    async def log(self, job: LeasedJob, line: str) -> None:
        """Append a line to the job's log."""
        await self._queue.log(job, line)

    async def parent_of(self, job: LeasedJob) -> ParentJob | None:
        """Return the job that waits for this one."""
        return await self._queue.parent_of(job)

    async def failed_children(self, job: LeasedJob) -> tuple[FailedChild, ...]:
        """Tell which children of the job failed."""
        return await self._queue.failed_children(job)

    async def advance_parent(self, job: LeasedJob, most: int) -> None:
        """Tell the progress of the parent by its children."""
        await self._queue.advance_parent(job, most)

    async def ping(self) -> None:
        """Return when the server answered."""
        await self._queue.ping()

    async def counts(self) -> QueueCounts:
        """Count the jobs by state."""
        return await self._queue.counts()


def announced_word(outcome: Outcome) -> str | None:
    """Return the word for an outcome that may be a job's last; None for one that cannot be."""
    match outcome:
        case Completed():
            return "completed"
        case Retry() | Failed():
            return "failed"
        case Cancelled():
            return "cancelled"
        case HandedBack():
            return None
        case _:
            assert_never(outcome)
