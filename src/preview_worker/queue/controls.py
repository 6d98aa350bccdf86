"""The seam for those who steer a queue: operators and their tools."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from preview_worker.queue.jobs import QueueCounts

CleanableState = Literal["completed", "failed", "delayed", "waiting", "prioritized"]
"""States whose jobs can be removed by age. Active jobs are their workers' affair."""

DEFAULT_CANCEL_REASON = "Cancelled by an operator"


class ControlRefusedError(Exception):
    """What was asked cannot be done in the state that things are in; the message says why."""


class CancelAnswer(StrEnum):
    """What became of a request to cancel a job."""

    CANCELLED = "cancelled"
    """The job had not started and is failed now, with the reason that was given."""
    REQUESTED = "requested"
    """The job runs: its worker has been told, and fails it as soon as its render is gone."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``max_jobs`` jobs start within any window of ``window_ms``, over all workers.

    A window begins when the first job after the last window starts.
    """

    max_jobs: int
    window_ms: int

    def __post_init__(self) -> None:
        """Refuse numbers below 1."""
        if self.max_jobs < 1 or self.window_ms < 1:
            message = "A rate limit needs at least 1 job and 1 millisecond"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """The limits that hold for all workers of a queue together; None where there is none."""

    concurrency: int | None = None
    rate: RateLimit | None = None


class QueueControls(Protocol):
    """What operators may do with a queue; every BullMQ client sees the effect.

    Every method may raise ``QueueUnavailableError``; those that name a job raise
    ``ControlRefusedError`` when there is none or when it is in another state.
    """

    async def counts(self) -> QueueCounts:
        """Count the jobs by state."""

    async def pause(self) -> None:
        """Have no worker take a job any more. Running jobs go on."""

    async def resume(self) -> None:
        """Undo ``pause``, and wake a worker."""

    async def drain(self, *, delayed: bool = False) -> int:
        """Remove the jobs that wait, the ``delayed`` ones too if asked; return how many."""

    async def clean(
        self, state: CleanableState, *, older_than_ms: int = 0, limit: int = 0
    ) -> tuple[str, ...]:
        """Remove jobs of a state that are older than that; return their ids.

        The age of a job counts from its end, else from its start, else from when it was added.
        ``limit`` is the most that are removed, 0 for no such bound.
        """

    async def obliterate(self, *, force: bool = False) -> None:
        """Remove the queue with all that is in it.

        Raises ``ControlRefusedError``, and leaves all as it was, while jobs run; ``force`` removes
        those too, and their workers stop the renders as soon as they find their locks gone. A queue
        of which only a part was removed when something failed is not left paused, if it can be
        resumed; the error says so if not.
        """

    async def retry(self, job_id: str, *, fresh: bool = False) -> None:
        """Have a failed job wait again; ``fresh`` forgets the attempts that it had."""

    async def retry_all(self, *, limit: int = 0, fresh: bool = False) -> int:
        """Have all failed jobs wait again, oldest first; return how many."""

    async def promote(self, job_id: str) -> None:
        """Have a delayed job wait at once."""

    async def promote_all(self, *, limit: int = 0) -> int:
        """Have all delayed jobs wait at once, those due first first; return how many."""

    async def cancel(self, job_id: str, reason: str = DEFAULT_CANCEL_REASON) -> CancelAnswer:
        """End a job that has not ended, wherever it is; it fails with ``reason`` and stays failed.

        One that waits, in whatever way, is failed on the spot. One that runs is failed by the
        worker that runs it, within a second.
        """

    async def limits(self) -> QueueLimits:
        """Tell which limits hold for all workers together."""

    async def limit_concurrency(self, most: int | None) -> None:
        """Have at most so many jobs run at once, over all workers; None lifts the limit."""

    async def limit_rate(self, rate: RateLimit | None) -> None:
        """Have jobs start at that rate at most, over all workers; None lifts the limit."""

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""


def check_concurrency(most: int | None) -> None:
    """Raise ``ValueError`` for a limit below 1: that would be a pause that nobody can see."""
    if most is not None and most < 1:
        message = "The limit of jobs at once must be at least 1; pause the queue to run none"
        raise ValueError(message)
