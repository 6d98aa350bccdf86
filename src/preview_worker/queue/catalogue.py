"""The seam for those who look at many jobs: every id with its state, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from preview_worker.queue.jobs import JobState, JobStatus


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job with all that its hash holds. ``payload`` is the producer's data, undecoded."""

    status: JobStatus
    payload: bytes
    priority: int = 0
    delay_ms: int = 0
    attempts_started: int = 0
    stalled_count: int = 0
    max_attempts: int = 1
    worker: str | None = None
    """The name of the worker that runs it, or ran it last."""
    trace: tuple[str, ...] = ()
    """What its failed attempts ended with, the oldest first."""
    options: Mapping[str, object] = field(default_factory=dict)


class JobCatalogue(Protocol):
    """Every job of one queue. Each method may raise ``QueueUnavailableError``."""

    async def states(self) -> Mapping[str, JobState]:
        """Return the state of every job of the queue by its id; payloads are not read."""

    async def find(self, job_ids: Sequence[str]) -> Mapping[str, JobRecord]:
        """Return what is known of these jobs; those that are gone are absent."""

    async def logs(self, job_id: str) -> tuple[str, ...]:
        """Return the lines of a job's log, the oldest first."""

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
