"""Jobs that will not be tried again, kept for people to look at, run again or drop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Protocol

POISONED = "invalid.job"
"""The code of a job whose hash nobody can read."""
WORKER_KILLER = "permanent.worker_killer"
"""The code of a job that outlived too many silent workers: it probably ends them."""
CHILDREN = "permanent.children"
"""The code of a job whose children failed or are not done."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead job and how it died. Instants are POSIX milliseconds."""

    id: str
    """The job's own id; bytes that are no UTF-8 are kept as lone surrogates."""
    name: str
    payload: bytes
    """The producer's data, byte for byte."""
    code: str
    reason: str
    died_at_ms: int
    added_at_ms: int
    leased_at_ms: int | None
    """When its last attempt began."""
    attempts_made: int
    attempts_started: int
    stalled_count: int
    history: tuple[str, ...]
    """What the last attempts ended with, the oldest first."""
    worker: str
    worker_version: str
    deaths: int = 1
    """How often the job died since its letter was last replayed or dropped."""

    @property
    def shown_id(self) -> str:
        """The id with bytes that are no text spelled out, for people and for JSON."""
        return self.id.encode(errors="surrogateescape").decode(errors="backslashreplace")


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters are meant: codes by shell pattern, instants from ``since`` until before."""

    code: str = "*"
    since_ms: int | None = None
    until_ms: int | None = None

    def matches(self, letter: DeadLetter) -> bool:
        """Tell whether ``letter`` is meant."""
        return (
            fnmatchcase(letter.code, self.code)
            and (self.since_ms is None or letter.died_at_ms >= self.since_ms)
            and (self.until_ms is None or letter.died_at_ms < self.until_ms)
        )


class Replay(StrEnum):
    """What became of a wish to run a dead job again."""

    REPLAYED = "replayed"
    """It waits again under its old id, with all its attempts; its letter is gone."""
    PENDING = "pending"
    """A job of that id waits or runs already; nothing was done."""
    COMPLETED = "completed"
    """A job of that id has been completed since; nothing was done."""
    ABSENT = "absent"
    """There is no such letter: it was replayed, dropped, or too old."""


class DeadLetters(Protocol):
    """The dead letters of one queue. Every method may raise ``QueueUnavailableError``."""

    def letters(self) -> AsyncIterator[DeadLetter]:
        """Yield the letters that are there now, the oldest first."""

    async def find(self, job_id: str) -> DeadLetter | None:
        """Return the letter of a job; None when there is none."""

    async def replay(self, job_id: str) -> Replay:
        """Put a dead job back into its queue; doing it twice runs it once."""

    async def drop(self, job_id: str) -> bool:
        """Forget a letter; False when there was none."""

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
