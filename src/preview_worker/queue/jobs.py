"""Jobs as the queue tells of them, in BullMQ's words for their states."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

_CODE = re.compile(r"([a-z_]+(?:\.[a-z_]+)+): ")


class JobState(StrEnum):
    """BullMQ's job states (spelled as BullMQ spells them)."""

    WAITING = "waiting"
    PRIORITIZED = "prioritized"
    DELAYED = "delayed"
    WAITING_CHILDREN = "waiting-children"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LeasedJob:
    """A job whose lock this worker holds. ``payload`` is the producer's data, undecoded."""

    id: str
    name: str
    payload: bytes
    token: str
    attempts_made: int
    """Attempts that ended in failure before this one."""
    attempts_started: int
    max_attempts: int
    added_at_ms: int
    """The producer's clock when the job was added, POSIX milliseconds."""
    priority: int = 0
    delay_ms: int = 0
    stalled_count: int = 0
    trace_context: Mapping[str, str] = field(default_factory=dict)
    """W3C trace headers that the producer left (``traceparent``, ``tracestate``)."""
    options: Mapping[str, object] = field(default_factory=dict)
    """The producer's options as decoded; only the queue room reads them."""
    lease_s: float = 0.0
    """How long the call took that brought the job."""
    parent_key: str | None = None
    """The key of the job that waits for this one; only the queue room reads it."""
    told_percent: int = 0
    """The progress that was told of the job before this attempt, by an earlier one or by parts."""

    @property
    def waited_for_parts(self) -> bool:
        """Whether parts were done before the job was ready for its first attempt."""
        return self.attempts_started <= 1 and self.told_percent > 0


@dataclass(frozen=True, slots=True)
class ParentJob:
    """The job that waits for a leased one. ``payload`` is the producer's data, undecoded."""

    id: str
    payload: bytes
    ended: bool
    """It was completed, has failed or will fail: nobody waits for its parts any more."""


@dataclass(frozen=True, slots=True)
class FailedChild:
    """A child that failed, and its parent went on without it. ``payload`` is undecoded."""

    payload: bytes
    code: str
    """The error's code; empty where a worker of another kind ran it."""
    reason: str

    @classmethod
    def of(cls, payload: bytes, history: Sequence[str], reason: str) -> FailedChild:
        """Return a child by the ``history`` of its attempts, each told as ``code: reason``."""
        found = _CODE.match(history[-1]) if history else None
        return cls(payload, found[1] if found else "", reason)


@dataclass(frozen=True, slots=True)
class ChildCounts:
    """The children of a job by how they stand."""

    open: int
    """They wait or run."""
    completed: int
    ignored: int
    """They failed, and their parent goes on without them."""
    failed: int
    """They failed, and their parent with them."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.open + self.completed + self.ignored + self.failed


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What any BullMQ client would say of a job."""

    id: str
    name: str
    state: JobState
    progress: object
    attempts_made: int
    added_at_ms: int
    processed_on_ms: int | None
    finished_on_ms: int | None
    failed_reason: str | None
    return_value: object

    def as_client_tells(self) -> dict[str, object]:
        """Return what ``getJobStatus`` of the upstream client does, names and all."""
        return {
            "jobId": self.id,
            "status": self.state,
            "progress": self.progress,
            "attemptsMade": self.attempts_made,
            "createdAt": self.added_at_ms,
            "processedOn": self.processed_on_ms,
            "finishedOn": self.finished_on_ms,
            "failedReason": self.failed_reason,
        }


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """Jobs by state. ``ready`` is what a free worker could take."""

    waiting: int
    prioritized: int
    active: int
    delayed: int
    completed: int
    failed: int
    waiting_children: int
    paused: bool = False

    @property
    def ready(self) -> int:
        """Jobs that wait for a free worker, by either road."""
        return self.waiting + self.prioritized

    @property
    def total(self) -> int:
        """Jobs in all states."""
        return (
            self.ready
            + self.active
            + self.delayed
            + self.completed
            + self.failed
            + self.waiting_children
        )
