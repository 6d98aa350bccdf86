"""What happens to jobs, to their locks and to their previews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from preview_worker.contract import PhaseInterval
from preview_worker.events.trace import TraceContext

Result = Literal["completed", "retry", "failed", "cancelled", "handed_back", "lost"]
WorkerPhase = Literal["parse", "fetch", "digest", "render", "publish", "settle"]
"""What the worker itself does for a job, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLeased:
    """A job was taken; ``wait_s`` is how long it had been ready for a worker."""

    job_id: str
    attempt: int
    wait_s: float | None
    """None of a job that waited for its parts, of which nobody knows how long."""
    trace: TraceContext
    """The span of this attempt."""
    parent: TraceContext | None = None
    """The producer's span, when the attempt continues its trace."""
    links: tuple[TraceContext, ...] = ()
    """The spans that this attempt comes of without continuing their traces."""
    queue: str = ""
    name: str = ""
    """What the producer called the job."""
    attempts_made: int = 0
    """Attempts that ended in failure before this one."""
    ready_at_s: float | None = None
    """When the job was ready for a worker; None where the queue does not tell."""
    lease_s: float = 0.0
    """How long the queue took to hand it over, once it was asked for a job that was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted:
    """A job's payload was understood and its render is about to begin."""

    job_id: str
    project_id: str
    request_id: str
    attempt: int
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEnded:
    """The worker ended a ``phase`` of a job; ``code`` says what ended it if it did not succeed."""

    job_id: str
    phase: WorkerPhase
    duration_s: float
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFetched:
    """An asset was asked for at ``host``; a ``cached`` one had not changed since it was kept.

    A ``host`` that is asked by the ``scheme`` ``s3`` is a bucket.
    """

    job_id: str
    host: str
    size_bytes: int
    """What came over the network."""
    cached: bool
    tries: int
    duration_s: float
    code: str | None = None
    """Why it could not be had."""
    scheme: str = "https"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgressed:
    """The render of a job moved on: ``percent`` is 0 to 100, ``phase`` a step of the pipeline."""

    job_id: str
    percent: int
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSkipped:
    """The same input was already published, so nothing was rendered."""

    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPublished:
    """A preview became visible to readers, with ``size_bytes`` in all its files."""

    job_id: str
    size_bytes: int
    duration_s: float
    """Playing time; 0 where a dry run left no video."""
    phases_s: dict[str, float]
    render_s: float = 0.0
    """Time that the render took, its process and all."""
    shots: int = 0
    reused_shots: int = 0
    """Those of the shots that had been filmed before, for this preview or another one."""
    phases: tuple[PhaseInterval, ...] = ()
    """The phases of the render itself, from when to when."""
    placeholders: int = 0
    """Scenes that could not be rendered, in whose place others are told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFilmed:
    """The shots of part ``number`` of a batch of ``count`` are where its parent finds them."""

    job_id: str
    number: int
    count: int
    shots: int
    reused_shots: int
    """Those of the shots that had been filmed before."""
    render_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenesShared:
    """A render exchanged scenes and sounds with those of other workers, by way of storage."""

    job_id: str
    found: int
    """Entries that others had made, and that were brought for this render."""
    missed: int
    """Answers that there is no such entry."""
    kept: int
    """Entries that were made for this render, and given to others."""
    failed: int
    """Entries that could not be asked for, or not be given, because the storage failed."""
    received_bytes: int
    sent_bytes: int
    waited_s: float
    """Time in which the render had nothing to film, because others filmed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettled:
    """An attempt ended. ``result`` is what the queue was told; ``lost`` means that it refused."""

    job_id: str
    result: Result
    duration_s: float
    dry_run: bool
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseLost:
    """The lock of a running job is no longer ours; its render is stopped and not published."""

    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRegained:
    """A lock that ran out while the queue was away was free still, and is ours again."""

    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRetired:
    """A preview was removed because it was too old, or all together too large (``reason``)."""

    project: str
    job: str
    size_bytes: int
    age_s: float
    reason: Literal["age", "size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsRecovered:
    """Jobs whose worker fell silent went back to waiting, or to failed at the stall limit."""

    job_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPutAside:
    """A job was leased and put aside, because its project has as many jobs running as it may."""

    job_id: str
    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPoisoned:
    """A job was moved to failed without being run: nobody can read it, or it ends its workers."""

    job_id: str
    reason: str
    code: str = "invalid.job"


JobEvent = (
    JobLeased
    | JobStarted
    | PhaseEnded
    | AssetFetched
    | JobProgressed
    | RenderSkipped
    | PreviewPublished
    | PartFilmed
    | ScenesShared
    | JobSettled
    | LeaseLost
    | LeaseRegained
    | PreviewRetired
    | JobsRecovered
    | JobPutAside
    | JobPoisoned
)
