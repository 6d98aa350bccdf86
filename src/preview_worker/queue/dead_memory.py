"""The dead letters of the queue in memory, with the rules of those in Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from preview_worker import __version__
from preview_worker.queue.dead import DeadLetter, Replay
from preview_worker.queue.dead_burial import stored_reason
from preview_worker.queue.jobs import JobState
from preview_worker.queue.memory_revival import MemoryRevival
from preview_worker.queue.protocol import now_ms
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.store import MemoryStore, StoredJob


class MemoryDeadLetters:
    """``DeadLetters`` over a ``MemoryStore``, and the queue's way to write them."""

    def __init__(self, store: MemoryStore, settings: QueueSettings) -> None:
        """Keep letters in ``store``, as long and as many as ``settings`` say."""
        self._store = store
        self._settings = settings

    def bury(self, job: StoredJob, code: str, reason: str) -> None:
        """Write the letter of a job that is about to fail."""
        if not self._settings.dead_max_count:
            return
        reason = stored_reason(reason)
        job.history = [*job.history, f"{code}: {reason}"][-self._settings.max_stacktrace_lines :]
        before = self._store.letters.pop(job.id, None)
        self._store.letters[job.id] = DeadLetter(
            id=job.id,
            name=job.request.name,
            payload=job.payload,
            code=code,
            reason=reason,
            died_at_ms=now_ms(),
            added_at_ms=job.added_at_ms,
            leased_at_ms=job.processed_on_ms,
            attempts_made=job.attempts_made + 1,
            attempts_started=job.attempts_started,
            stalled_count=job.stalled_count,
            history=tuple(job.history),
            worker=self._settings.worker_name,
            worker_version=__version__,
            deaths=before.deaths + 1 if before else 1,
        )
        self._store.remains[job.id] = replace(job)
        self.trim()

    async def letters(self) -> AsyncIterator[DeadLetter]:
        """Yield the letters that are there now, the oldest first."""
        for letter in list(self._store.letters.values()):
            yield letter

    async def find(self, job_id: str) -> DeadLetter | None:
        """Return the letter of a job; None when there is none."""
        return self._store.letters.get(job_id)

    async def replay(self, job_id: str) -> Replay:
        """Put a dead job back into its queue; doing it twice runs it once."""
        if job_id not in self._store.letters:
            return Replay.ABSENT
        there = self._store.jobs.get(job_id)
        if there is not None and there.state is not JobState.FAILED:
            completed = there.state is JobState.COMPLETED
            return Replay.COMPLETED if completed else Replay.PENDING
        job = replace(
            self._store.remains[job_id],
            attempts_made=0,
            stalled_count=0,
            deferred_failure=False,
            failed_reason=None,
            processed_on_ms=None,
            progress=0,
        )
        self._store.jobs[job_id] = job
        MemoryRevival(self._store, fresh=False, with_letters=True).revive(job)
        return Replay.REPLAYED

    async def drop(self, job_id: str) -> bool:
        """Forget a letter; False when there was none."""
        self._store.remains.pop(job_id, None)
        return self._store.letters.pop(job_id, None) is not None

    async def close(self) -> None:
        """Nothing to close."""

    def trim(self) -> None:
        """Forget letters that are too old or too many, if letters are written at all."""
        if not self._settings.dead_max_count:
            return
        letters = self._store.letters
        oldest_ms = now_ms() - self._settings.dead_max_age_s * 1000
        surplus = len(letters) - self._settings.dead_max_count
        for rank, letter in enumerate(list(letters.values())):
            if rank < surplus or letter.died_at_ms < oldest_ms:
                del letters[letter.id]
                self._store.remains.pop(letter.id, None)
