"""Reads a log for people and programs: chosen records, and how jobs ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from preview_worker.observability.audit.folder import log_files
from preview_worker.observability.audit.record import Record, read_line, shortened

TERMINAL = frozenset({"completed", "failed", "cancelled"})
_MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records are meant. Instants are POSIX milliseconds."""

    action: str = "*"
    """May have wildcards: ``queue.*``."""
    job_id: str | None = None
    user: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    def matches(self, record: Record) -> bool:
        """Tell whether a record is meant."""
        document = record.document
        if not fnmatchcase(record.action, self.action):
            return False
        if self.job_id is not None and not _names(record, shortened(self.job_id)):
            return False
        if self.user is not None and document["actor"].get("user") != self.user:
            return False
        at_ms = datetime.fromisoformat(document["time"]).timestamp() * _MS_PER_S
        return (self.since_ms or 0) <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


@dataclass(frozen=True, slots=True)
class Ending:
    """A job reached a final state, as the process that saw to it recorded."""

    job_id: str
    outcome: str
    """``completed``, ``failed`` or ``cancelled``."""
    attempt: int
    """Counts from 1; 0 for a job that ended without an attempt of whoever recorded it."""
    code: str
    seq: int
    pid: int


def read_log(folder: Path) -> Iterator[Record]:
    """Yield all records that are whole, in order, and verify nothing else.

    Raises ``OSError`` when the folder cannot be read.
    """
    for file in log_files(folder):
        with file.path.open("rb") as lines:
            for line in lines:
                record = read_line(line.removesuffix(b"\n"))
                if record is not None:
                    yield record


def endings(records: Iterable[Record]) -> Iterator[Ending]:
    """Yield every ending of a job that is among ``records``."""
    for record in records:
        outcome = record.document["outcome"]
        if record.action in {"job.settle", "job.cancel"} and outcome in TERMINAL:
            yield Ending(
                job_id=record.document["subject"].get("job", ""),
                outcome=outcome,
                attempt=record.detail.get("attempt", 0),
                code=record.detail.get("code", ""),
                seq=record.seq,
                pid=record.document["actor"]["pid"],
            )


def _names(record: Record, job_id: str) -> bool:
    named = record.detail.get("jobs")
    among = isinstance(named, list) and job_id in named
    return among or record.document["subject"].get("job") == job_id
