"""What happens to a worker and to what it depends on."""

from __future__ import annotations

from dataclasses import dataclass


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


WorkerEvent = (
    WorkerStarted
    | ProbesServing
    | WorkerDraining
    | WorkerStopped
    | QueueConnected
    | QueueUnreachable
    | IntakeStopped
    | IntakeResumed
    | ClockCompared
)
