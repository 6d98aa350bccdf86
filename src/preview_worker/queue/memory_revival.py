"""Having failed jobs in memory wait again, parents together with their children."""

from __future__ import annotations

from preview_worker.queue.jobs import JobState
from preview_worker.queue.status import is_final
from preview_worker.queue.store import MemoryStore, StoredJob


class MemoryRevival:
    """What the scripts of ``revival`` do, for a ``MemoryStore``."""

    def __init__(self, store: MemoryStore, *, fresh: bool, with_letters: bool = False) -> None:
        """Forget attempts if ``fresh``; or, as a replay does, those made, and the letters."""
        self._store = store
        self._fresh = fresh
        self._with_letters = with_letters

    def revive(self, job: StoredJob) -> int:
        """Have a failed job wait again, with failed children or a failed parent; count them."""
        self._lift(job)
        if job.children:
            count = self._gather(job)
            self._wait(job)
            return count + 1
        parent = self._store.jobs.get(job.parent_id or "")
        self._store.enqueue(job)
        if parent is None or parent.state not in {JobState.FAILED, JobState.WAITING_CHILDREN}:
            return 1
        parent.children[job.id] = job.state
        if parent.state is not JobState.FAILED:
            return 1
        self._lift(parent)
        count = self._gather(parent)
        self._wait(parent)
        return count + 2

    def _lift(self, job: StoredJob) -> None:
        job.failed_reason = job.finished_on_ms = job.processed_on_ms = None
        if self._fresh:
            job.attempts_made = job.attempts_started = 0
        if self._with_letters:
            job.attempts_made = 0
            self._store.letters.pop(job.id, None)
            self._store.remains.pop(job.id, None)

    def _gather(self, parent: StoredJob) -> int:
        """Have the failed children of a job wait again, and forget those that were removed."""
        count = 0
        for child_id, state in list(parent.children.items()):
            child = self._store.jobs.get(child_id)
            if child is None and state is not JobState.COMPLETED:
                del parent.children[child_id]
            elif child is not None and child.state is JobState.FAILED:
                self._lift(child)
                parent.children[child_id] = self._store.enqueue(child)
                count += 1
        return count

    def _wait(self, job: StoredJob) -> None:
        if all(map(is_final, job.children.values())):
            self._store.enqueue(job)
        else:
            job.state = JobState.WAITING_CHILDREN
            self._store.notify()
