"""How an attempt ended: a closed set of values, and the queue's answer to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from preview_worker.queue.jobs import JobState, LeasedJob


@dataclass(frozen=True, slots=True)
class Completed:
    """The job is done; ``result`` becomes its return value and must be JSON."""

    result: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed; try again by the producer's backoff while attempts are left."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The job cannot succeed: it fails now, whatever attempts are left."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody asked for the job to end; it fails now with that reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class HandedBack:
    """The worker gives the job up unfinished; it waits again and no attempt is spent."""


Outcome = Completed | Retry | Failed | Cancelled | HandedBack


@dataclass(frozen=True, slots=True)
class Settlement:
    """The state that the job is in now, and the next job when one was asked for and ready."""

    state: JobState
    next_job: LeasedJob | None = None
