"""The places of each project in a queue in memory, and those who wait for one."""

from __future__ import annotations

from preview_worker.queue.jobs import JobState, LeasedJob
from preview_worker.queue.places import number_in_line
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.store import MemoryStore, StoredJob

_ASIDE_MS = 60_000


class MemoryPlaces:
    """The rules of ``Places`` over a ``MemoryStore``."""

    def __init__(self, store: MemoryStore, settings: QueueSettings) -> None:
        """Look after the places in ``store``, as many as ``settings`` say."""
        self._store = store
        self._most = settings.project_max_active
        self._urgent_priority = settings.urgent_priority

    def seat(self, stored: StoredJob, job: LeasedJob, project: str) -> JobState | None:
        """Give ``job`` a place, or put it aside and say so."""
        if not self._most:
            return None
        seated, line = self._of(project)
        seated.discard(job.id)
        if len(seated) < self._room(job.priority):
            seated.add(job.id)
            line.pop(job.id, None)
            return None
        line.setdefault(job.id, number_in_line(job))
        return self._store.delay(stored, _ASIDE_MS)

    def call_up(self) -> None:
        """Have those wait for a worker again for whom there is a place."""
        for project in list(self._store.limits.lines) if self._most else ():
            seated, line = self._of(project)
            taken = len(seated)
            for job_id in sorted(line, key=lambda each: (line[each], each)):
                stored = self._store.jobs.get(job_id)
                if stored is None or stored.finished_on_ms is not None:
                    del line[job_id]
                elif stored.state is not JobState.DELAYED:
                    taken += 1
                elif taken < self._room(stored.request.priority):
                    taken += 1
                    self._store.enqueue(stored, front=True)
            if not line:
                del self._store.limits.lines[project]

    def _room(self, priority: int) -> int:
        return self._most + (priority <= self._urgent_priority)

    def _of(self, project: str) -> tuple[set[str], dict[str, float]]:
        """Return the jobs that have a place and run, and the line."""
        seated = self._store.limits.places.setdefault(project, set())
        jobs = self._store.jobs
        seated &= {one for one in seated if one in jobs and jobs[one].state is JobState.ACTIVE}
        return seated, self._store.limits.lines.setdefault(project, {})
