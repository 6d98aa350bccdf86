"""What happened, as frozen values, and the protocol of those who watch.

The worker and the renderer emit events and know nobody who listens; bootstrap attaches observers.
Times are seconds, instants are POSIX seconds. Every class here has a row in ``docs/events.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Result = Literal["completed", "retry", "failed", "cancelled", "handed_back", "lost"]
_Flow = Literal["pause", "resume", "limit_concurrency", "limit_rate"]
_Content = Literal["drain", "clean", "obliterate", "retry", "promote", "backup", "restore"]
Steering = Literal[_Flow, _Content]
"""What an operator can do to a queue, or to some of its jobs."""
SteeringResult = Literal["done", "refused", "unknown"]
"""``unknown`` is what was asked of a queue that did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStarted:
    """The worker began to lease jobs from ``queue`` with ``concurrency`` slots."""

    queue: str
    concurrency: int
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbesServing:
    """Probes and metrics are answered on ``port``, the real one when any free one was wanted."""

    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerDraining:
    """The worker stopped leasing; ``active`` jobs may run on for ``grace_s``."""

    active: int
    grace_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStopped:
    """The worker ended; ``handed_back`` jobs went back to the queue unfinished."""

    handed_back: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConnected:
    """The queue answers, at start or again after ``away_s`` of silence."""

    away_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueUnreachable:
    """The queue stopped answering; the worker keeps asking."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeStopped:
    """The worker takes no jobs for now, because a part of it could not do its work."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeResumed:
    """The worker takes jobs again, after ``stopped_s`` in which it took none."""

    stopped_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCompared:
    """Our clock was compared with the queue server's; ``skew_s`` is how far ours is ahead."""

    skew_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLeased:
    """A job was taken; ``wait_s`` is how long it had been ready for a worker."""

    job_id: str
    attempt: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted:
    """A job's payload was understood and its render is about to begin."""

    job_id: str
    project_id: str
    request_id: str
    attempt: int
    dry_run: bool


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
    phases_s: dict[str, float]


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
class JobPoisoned:
    """A job was moved to failed without being run: nobody can read it, or it ends its workers."""

    job_id: str
    reason: str
    code: str = "invalid.job"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReplayed:
    """Somebody had a dead job run again; ``result`` says what came of it, ``code`` how it died."""

    job_id: str
    code: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDropped:
    """Somebody had a dead letter forgotten; ``code`` says how the job died."""

    job_id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    """Somebody asked for a job to end: a ``running`` one is stopped, one that waited has failed."""

    job_id: str
    reason: str
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSubmitted:
    """Somebody added a job to ``queue``; a ``duplicate`` was there already and stays as it was."""

    queue: str
    job_id: str
    project_id: str
    duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSteered:
    """Somebody did ``deed`` to a queue or to some of its jobs; ``result`` says what came of it."""

    queue: str
    deed: Steering
    result: SteeringResult
    job_ids: tuple[str, ...] = ()
    count: int | None = None
    """How many jobs it did it to, where that is known."""
    detail: str = ""
    """The limit, the state, the file, or whatever else the deed was done with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildExited:
    """A render process ended: ``status`` as ``ok``, ``error``, ``signal:NAME`` or ``exit:N``."""

    job_id: str
    status: str
    wall_s: float
    cpu_s: float
    rss_kib: int
    """The most memory that the process had resident, in KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WallsInspected:
    """The walls around renders were tried: ``mode`` says which stand, ``ways_out`` what is open."""

    mode: Literal["full", "partial", "none"]
    landlock: int
    tried: int
    ways_out: tuple[str, ...]
    refusal: str | None
    """Why no job is rendered; None when jobs are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectFound:
    """Our own code met a case that it does not handle; ``trace`` is the traceback as text."""

    job_id: str | None
    """None when no job met it: the worker itself, which ends of it, or a request over HTTP."""
    trace: str
    request: str | None = None
    """The id of that request."""


_OfTheWorker = WorkerStarted | ProbesServing | WorkerDraining | WorkerStopped
_OfItsSurroundings = (
    QueueConnected | QueueUnreachable | IntakeStopped | IntakeResumed | ClockCompared
)
_OfAJob = JobLeased | JobStarted | JobProgressed | RenderSkipped | PreviewPublished | JobSettled
_OfALock = LeaseLost | LeaseRegained | PreviewRetired | JobsRecovered | JobPoisoned
_OfPeople = LetterReplayed | LetterDropped | CancelRequested | JobSubmitted | QueueSteered
_OfProcesses = ChildExited | WallsInspected | DefectFound
Event = _OfTheWorker | _OfItsSurroundings | _OfAJob | _OfALock | _OfPeople | _OfProcesses


class Observer(Protocol):
    """Somebody who is told of events. It must return quickly and never raise."""

    def observe(self, event: Event) -> None:
        """Take note of ``event``."""
