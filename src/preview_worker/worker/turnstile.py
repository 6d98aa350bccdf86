"""The turnstile: a leased job goes on when its project has a place for it."""

from __future__ import annotations

from dataclasses import dataclass

from preview_worker.contract import read_project
from preview_worker.events import JobPutAside, Observer
from preview_worker.queue import JobQueue, LeasedJob, LeaseLostError, QueueUnavailableError


@dataclass(frozen=True, slots=True)
class Passage:
    """Whether a job may go on, and the job that the queue handed over if it may not."""

    admitted: bool
    next_job: LeasedJob | None = None


class Turnstile:
    """Lets jobs through, or has the queue put them aside at no cost to them."""

    def __init__(self, queue: JobQueue, observer: Observer, *, bounded: bool) -> None:
        """Ask ``queue`` for places; let everything through when that is not ``bounded``."""
        self._queue = queue
        self._observer = observer
        self._bounded = bounded

    async def pass_through(self, job: LeasedJob, *, lease_next: bool) -> Passage:
        """Tell whether ``job`` may go on.

        A job that names no project goes on: it fails for that. One whose lock was lost does not.
        """
        project = read_project(job.payload) if self._bounded else None
        if project is None:
            return Passage(admitted=True)
        try:
            refusal = await self._queue.claim(job, project, lease_next=lease_next)
        except (LeaseLostError, QueueUnavailableError):
            return Passage(admitted=False)  # whoever finds the job takes it up
        if refusal is None:
            return Passage(admitted=True)
        self._observer.observe(JobPutAside(job_id=job.id, project_id=project))
        return Passage(admitted=False, next_job=refusal.next_job)
