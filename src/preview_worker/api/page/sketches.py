"""What pages show of jobs: times in words, sizes people can read, and where everything is."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from preview_worker.api.documents import links_of, quoted
from preview_worker.api.instants import instant
from preview_worker.api.looking import make_cursor
from preview_worker.api.summaries import JobSummary
from preview_worker.contract import DONE_PERCENT, PHASE_PERCENTS
from preview_worker.queue import JobState

Sketch = dict[str, Any]

_WORDS = {
    JobState.WAITING: "Waiting",
    JobState.PRIORITIZED: "Waiting",
    JobState.DELAYED: "Delayed",
    JobState.WAITING_CHILDREN: "Waits for others",
    JobState.ACTIVE: "Running",
    JobState.COMPLETED: "Done",
    JobState.FAILED: "Failed",
    JobState.UNKNOWN: "Unknown",
}
_PHASES = {
    "plan": ("Planning", 7),
    "assets": ("Reading pictures", 7),
    "captions": ("Writing captions", 7),
    "render": ("Painting", 59),
    "probe": ("Checking", 16),
}
"""What people read of the phases of a render, and how wide each is drawn of 100, gaps aside."""
_GAP = 1
_MS_PER_S = 1000
_MINUTE_S = 60
_HOUR_S = 3600
_TENTHS_BELOW_S = 10
_KILO = 1000


def sketch_job(job: JobSummary) -> Sketch:
    """Return what a row shows of a job."""
    shown = job.state is JobState.COMPLETED and not job.dry_run
    return {
        "id": job.id,
        "anchor": hashlib.sha256(job.id.encode(errors="surrogatepass")).hexdigest()[:16],
        "order": job.added_at_ms,
        "cursor": make_cursor(job.order),
        "page": links_of(job.id).page,
        "live": f"/api/v1/jobs/{quoted(job.id)}/live/index.m3u8",
        "poster": f"{links_of(job.id).page}/thumbnail" if shown else None,
        "title": job.title,
        "project_id": job.project_id,
        "request_id": job.request_id,
        "status": job.outcome,
        "word": _WORDS[job.state],
        "phases": sketch_phases(job.percent),
        "code": job.code,
        "reason": job.reason,
        "dry_run": job.dry_run,
        "attempts_made": job.attempts_made,
        "attempt": job.attempts_made + (job.state is JobState.ACTIVE),
        "max_attempts": job.max_attempts,
        "added": instant_text(job.added_at_ms),
        "added_clock": clock_text(job.added_at_ms),
        "took": _took(job),
    }


def sketch_phases(percent: int) -> Sketch:
    """Return the bar of a render that is ``percent`` done: a piece for each phase."""
    begins = [*PHASE_PERCENTS.values(), DONE_PERCENT]
    pieces, x, now = [], 0, ""
    for (name, begin), end in zip(PHASE_PERCENTS.items(), begins[1:], strict=True):
        word, width = _PHASES[name]
        share = min(max((percent - begin) / (end - begin), 0.0), 1.0)
        now = word if percent >= begin else now
        pieces.append(
            {
                "word": word,
                "x": x,
                "width": width,
                "filled": round(width * share, 2),
                "begin": begin,
                "end": end,
            }
        )
        x += width + _GAP
    return {"percent": percent, "word": now, "pieces": pieces}


def instant_text(at: int | datetime | None) -> str:
    """Return an instant, or POSIX milliseconds, as RFC 3339; empty for what no calendar knows."""
    moment = instant(at) if isinstance(at, int) else at
    if moment is None:
        return ""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def clock_text(at: int | datetime | None) -> str:
    """Return an instant as people without JavaScript read it."""
    return instant_text(at).replace("T", " ").replace("Z", " UTC")


def span_text(seconds: float) -> str:
    """Return a span of time: ``0.42 s``, ``8.3 s``, ``42 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < _TENTHS_BELOW_S:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S:02} s"
    return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02} min"


def position_text(seconds: float) -> str:
    """Return a place in a video: ``1:05``."""
    whole = int(seconds)
    return f"{whole // _MINUTE_S}:{whole % _MINUTE_S:02}"


def size_text(size_bytes: int) -> str:
    """Return a size in the units of the SI."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < _KILO:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _KILO
    return f"{size:.1f} GB"


def _took(job: JobSummary) -> str:
    if job.processed_on_ms is None or job.finished_on_ms is None:
        return ""
    return span_text(max(0, job.finished_on_ms - job.processed_on_ms) / _MS_PER_S)
