"""What people have done to jobs and queues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_Flow = Literal["pause", "resume", "limit_concurrency", "limit_rate"]
_Content = Literal["drain", "clean", "obliterate", "retry", "promote", "backup", "restore"]
Steering = Literal[_Flow, _Content]
"""What an operator can do to a queue, or to some of its jobs."""
SteeringResult = Literal["done", "refused", "unknown"]
"""``unknown`` is what was asked of a queue that did not answer."""


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


PersonEvent = LetterReplayed | LetterDropped | CancelRequested | JobSubmitted | QueueSteered
