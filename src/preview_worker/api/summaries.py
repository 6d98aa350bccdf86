"""A job in one line of a list: what people look for it by, and how it fares."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan

from preview_worker.queue import JobRecord, JobState

_CODE = re.compile(r"(?:invalid|transient|permanent)\.[a-z_.]+|cancelled(?=:)")
_TITLES = (
    ("previewRequest", "title"),
    ("previewRequest", "game", "title"),
    ("previewRequest", "game", "name"),
    ("previewRequest", "storyboard", "game", "name"),
    ("previewRequest", "storyboard", "title"),
    ("previewRequest", "renderConfig", "title"),
    ("previewRequest", "script", "title"),
    ("previewRequest", "chapter", "title"),
    ("title",),
)
_SHOWN_CHARS = 200
FINAL = frozenset({JobState.COMPLETED, JobState.FAILED})
"""The states of jobs that have ended."""


@dataclass(frozen=True, slots=True)
class JobSummary:
    """What a list says of a job. Instants are POSIX milliseconds."""

    id: str
    state: JobState
    project_id: str = ""
    request_id: str = ""
    title: str = ""
    dry_run: bool = False
    percent: int = 0
    """How far the render is, 0 to 100."""
    attempts_made: int = 0
    max_attempts: int = 1
    priority: int = 0
    added_at_ms: int = 0
    processed_on_ms: int | None = None
    finished_on_ms: int | None = None
    code: str | None = None
    """Why it failed, from the closed list of codes."""
    reason: str | None = None

    @property
    def order(self) -> tuple[int, str]:
        """Its place in a list: jobs are in the order in which they were added."""
        return self.added_at_ms, self.id

    @property
    def outcome(self) -> str:
        """Its state in the words of the services that submit previews."""
        return outcome_of(self.state)

    @property
    def words(self) -> str:
        """What people know of the job, in small letters, for those who look for a part of it."""
        known = (self.id, self.project_id, self.request_id, self.title, self.code, self.reason)
        return "\n".join(part for part in known if part).casefold()


def outcome_of(state: JobState) -> str:
    """Return ``queued``, ``running``, ``success``, ``failed`` or ``unknown``."""
    match state:
        case JobState.COMPLETED:
            return "success"
        case JobState.FAILED:
            return "failed"
        case JobState.ACTIVE:
            return "running"
        case JobState.UNKNOWN:
            return "unknown"
        case _:
            return "queued"


def summarise(record: JobRecord) -> JobSummary:
    """Return the line of a job; fields of its payload that cannot be read are left empty."""
    status, payload = record.status, _payload(record.payload)
    failed = status.state is JobState.FAILED
    return JobSummary(
        id=status.id,
        state=status.state,
        project_id=_text(payload, "projectId"),
        request_id=_text(payload, "requestId"),
        title=_title(payload),
        dry_run=payload.get("dryRun") is True,
        percent=percent_of(status.progress),
        attempts_made=status.attempts_made,
        max_attempts=record.max_attempts,
        priority=record.priority,
        added_at_ms=status.added_at_ms,
        processed_on_ms=status.processed_on_ms,
        finished_on_ms=status.finished_on_ms,
        code=code_of(record) if failed else None,
        reason=status.failed_reason[:_SHOWN_CHARS] if failed and status.failed_reason else None,
    )


def _title(payload: Mapping[str, object]) -> str:
    match payload.get("part"):
        case {"number": int(number), "count": int(count)}:
            return f"Part {number} of {count}"
        case _:
            return next((found for path in _TITLES if (found := _text(payload, *path))), "")


def project_of(payload: bytes) -> str:
    """Return the project that a job's payload names; empty where none can be read."""
    return _text(_payload(payload), "projectId")


def code_of(record: JobRecord) -> str | None:
    """Return the code that a failed job ended with; the last line of its history begins with it."""
    for line in (*record.trace[-1:], record.status.failed_reason or ""):
        if found := _CODE.match(line):
            return found.group()
    return None


def percent_of(progress: object) -> int:
    """Return progress as 0 to 100, whatever a worker has stored as progress."""
    if isinstance(progress, Mapping):
        progress = progress.get("percent", progress.get("pct"))
    if isinstance(progress, bool) or not isinstance(progress, int | float) or isnan(progress):
        return 0
    return int(min(max(progress, 0), 100))


def moved_to(summary: JobSummary, state: JobState, at_ms: int) -> JobSummary:
    """Return the line of a job that went over to ``state`` at that moment."""
    match state:
        case JobState.ACTIVE:
            return replace(summary, state=state, processed_on_ms=at_ms, finished_on_ms=None)
        case JobState.COMPLETED:
            return replace(summary, state=state, finished_on_ms=at_ms, percent=100)
        case JobState.FAILED:
            return replace(summary, state=state, finished_on_ms=at_ms)
        case _:
            return replace(summary, state=state, finished_on_ms=None, code=None, reason=None)


def _payload(raw: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: object, *path: str) -> str:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return " ".join(value.split())[:_SHOWN_CHARS] if isinstance(value, str) else ""
