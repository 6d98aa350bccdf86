"""Reads a log for people and programs: chosen records, how jobs ended, and what lacks a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from preview_worker.observability.audit.folder import log_files
from preview_worker.observability.audit.record import Record, read_line, shortened

TERMINAL = frozenset({"completed", "failed", "cancelled"})
_MS_PER_S = 1000

Document = Mapping[str, Any]
"""What a record says, whether it was read from the log or from where else it was told."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records are meant. Instants are POSIX milliseconds."""

    action: str = "*"
    """May have wildcards: ``queue.*``."""
    job_id: str | None = None
    user: str | None = None
    """An account, or the name of a key."""
    since_ms: int | None = None
    until_ms: int | None = None

    def matches(self, record: Record) -> bool:
        """Tell whether a record is meant."""
        document = record.document
        if not fnmatchcase(record.action, self.action):
            return False
        if self.job_id is not None and not _names(record, shortened(self.job_id)):
            return False
        actor = document["actor"]
        if self.user is not None and self.user not in {actor.get("user"), actor.get("key")}:
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
    host: str
    pid: int
    confirmed: bool = True
    """False for an announcement whose process did not live to say that it came about, or that did
    not learn whether it did."""

    @property
    def state(self) -> str:
        """What the queue calls it: ``completed`` or ``failed``."""
        return "completed" if self.outcome == "completed" else "failed"

    @property
    def attempt_key(self) -> tuple[str, str, int, int]:
        """What tells this attempt from every other."""
        return self.job_id, self.host, self.pid, self.attempt


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


def endings(documents: Iterable[Document]) -> list[Ending]:
    """Return every ending of a job, in the order of ``documents``; unconfirmed ones at the end.

    A document that comes twice, as one that was told elsewhere before it was written, counts once.
    """
    found: list[Ending] = []
    announced: dict[tuple[str, str, int, int], Ending] = {}
    for document in _each_once(documents):
        action, outcome = document["action"], document["outcome"]
        ending = _ending(document, confirmed=action != "job.settling")
        if action == "job.settling":
            announced[ending.attempt_key] = ending
        elif action == "job.settle" and outcome != "lost":
            announced.pop(ending.attempt_key, None)
        if action in {"job.settle", "job.cancel"} and outcome in TERMINAL:
            found.append(ending)
    return found + list(announced.values())


def unaccounted(documents: Iterable[Document], final: Mapping[str, str]) -> list[str]:
    """Say, a line each, of which jobs the records do not tell, or twice, or not what is true.

    ``final`` is the state of each job that has ended, ``completed`` or ``failed``, by its id. An
    announcement will do where its process was killed before it could say more.
    """
    by_job: dict[str, list[Ending]] = {job_id: [] for job_id in final}
    for ending in endings(documents):
        by_job.setdefault(ending.job_id, []).append(ending)
    wrong = []
    for job_id, state in final.items():
        told = by_job[shortened(job_id)] if shortened(job_id) in by_job else by_job[job_id]
        confirmed = [one for one in told if one.confirmed]
        possible = {one.state for one in (confirmed[-1:] or told)}
        possible |= {one.state for one in told if not one.confirmed}
        if state not in possible:
            says = (
                f"the log says {', '.join(sorted(possible))}" if possible else "no record says so"
            )
            wrong.append(f"{job_id} is {state}, {says}")
        twice = Counter(one.attempt_key for one in confirmed)
        wrong += [f"{key[0]} has {n} records of one ending" for key, n in twice.items() if n > 1]
    return wrong


def _ending(document: Document, *, confirmed: bool) -> Ending:
    detail, actor = document["detail"], document["actor"]
    return Ending(
        job_id=document["subject"].get("job", ""),
        outcome=document["outcome"],
        attempt=detail.get("attempt", 0),
        code=detail.get("code", ""),
        seq=document.get("seq", 0),
        host=actor["host"],
        pid=actor["pid"],
        confirmed=confirmed,
    )


def _each_once(documents: Iterable[Document]) -> Iterator[Document]:
    seen = set()
    for document in documents:
        actor, subject = document["actor"], document["subject"]
        place = (actor["host"], actor["pid"], document["mono"], document["action"])
        key = (*place, subject.get("job", ""))
        if key not in seen:
            seen.add(key)
            yield document


def _names(record: Record, job_id: str) -> bool:
    named = record.detail.get("jobs")
    among = isinstance(named, list) and job_id in named
    return among or record.document["subject"].get("job") == job_id
