"""Audit logs for tests: settings, an actor, deeds, and what a log holds."""

from __future__ import annotations

from pathlib import Path

from preview_worker.observability import Actor, AuditSettings, Deed, LogVerdict, Record, read_log
from preview_worker.observability.audit.chain import Chain
from preview_worker.observability.audit.verification import verify_log

KEY = b"a key that nobody else has"
ACTOR = Actor(kind="worker", user="mobius", host="here", pid=7)


def settings_in(folder: Path, **more: float | bytes | None) -> AuditSettings:
    """Return settings of a log in ``folder`` that is sealed with a key, with short times."""
    chosen = {"key": KEY, "retry_s": 0.05, **more}
    return AuditSettings(folder=folder, **chosen)  # type: ignore[arg-type] # tests choose by name


def a_chain(folder: Path, **more: float | bytes | None) -> Chain:
    """Return a log of a process of its own."""
    return Chain(settings_in(folder, **more), ACTOR)


def deeds(*names: str) -> list[Deed]:
    """Return a deed for each name, which is told as the job's id."""
    return [Deed(action="job.settle", outcome="completed", job_id=name) for name in names]


def jobs_in(folder: Path) -> list[str]:
    """Return the ids of the jobs that records tell of, in order."""
    return [job for record in read_log(folder) if (job := job_of(record))]


def job_of(record: Record) -> str:
    """Return which job a record is about, empty when it is about none."""
    return str(record.document["subject"].get("job", ""))


def verdict_on(folder: Path, anchor: bytes | None = None) -> LogVerdict:
    """Verify a log with its key."""
    return verify_log(folder, KEY, anchor)


def wrong_with(folder: Path, anchor: bytes | None = None) -> str:
    """Return what is wrong with a log; empty when nothing is."""
    fault = verdict_on(folder, anchor).fault
    return "" if fault is None else fault.wrong
