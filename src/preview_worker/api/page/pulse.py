"""The queue's last hour in a few figures: what ended in every minute, and what still waits."""

from __future__ import annotations

from statistics import median

from preview_worker.api.documents import QueueDocument
from preview_worker.api.drain import DrainMeter
from preview_worker.api.index import JobIndex
from preview_worker.api.looking import STATES
from preview_worker.api.page.sketches import Sketch, span_text
from preview_worker.queue import JobState

_MINUTES = 60
_MINUTE_MS = 60_000
_HEIGHT = 32
_LEAST_WAIT_S = 1.0


def take_pulse(index: JobIndex, drain: DrainMeter, queue: QueueDocument, now_s: float) -> Sketch:
    """Return how the hour until ``now_s`` (POSIX seconds) went."""
    now_ms = int(now_s * 1000)
    since_ms = now_ms - _MINUTES * _MINUTE_MS
    ended = [job for job in index.jobs() if (job.finished_on_ms or 0) > since_ms]
    minutes = [{"done": 0, "broke": 0} for _ in range(_MINUTES)]
    spans_ms = []
    for job in ended:
        minute = min(_MINUTES - 1, max(0, ((job.finished_on_ms or 0) - since_ms) // _MINUTE_MS))
        minutes[minute]["broke" if job.state is JobState.FAILED else "done"] += 1
        if job.state is JobState.COMPLETED and job.processed_on_ms is not None:
            spans_ms.append(max(0, (job.finished_on_ms or 0) - job.processed_on_ms))
    return {
        "minutes": _scaled(minutes),
        "done": sum(minute["done"] for minute in minutes),
        "broke": sum(minute["broke"] for minute in minutes),
        "typical": span_text(median(spans_ms) / 1000) if spans_ms else "",
        **_waiting(index, drain, queue, now_s),
    }


def _scaled(minutes: list[dict[str, int]]) -> list[Sketch]:
    """Return the same as heights; a minute in which anything ended is seen."""
    most = max(1, *(sum(minute.values()) for minute in minutes))
    return [
        {name: max(2, round(_HEIGHT * count / most)) if count else 0 for name, count in one.items()}
        for one in minutes
    ]


def _waiting(index: JobIndex, drain: DrainMeter, queue: QueueDocument, now_s: float) -> Sketch:
    waiting = queue.waiting + queue.prioritized
    if not waiting:
        return {"oldest": "", "clears_in": ""}
    rate = drain.per_s(now_s)
    queued = [job for job in index.jobs() if job.state in STATES["queued"]]
    oldest_s = now_s - min((job.added_at_ms for job in queued), default=0) / 1000 if queued else 0.0
    return {
        "oldest": span_text(oldest_s) if oldest_s >= _LEAST_WAIT_S else "",
        "clears_in": span_text(waiting / rate) if rate and not queue.paused else "",
    }
