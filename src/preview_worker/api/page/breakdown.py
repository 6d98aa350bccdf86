"""Where the time of a job went, and sentences that say why it took that long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from preview_worker.api.page.sketches import Sketch, span_text
from preview_worker.api.summaries import JobSummary
from preview_worker.artifacts import ViewedPreview

_MS_PER_S = 1000
_LEAST_SHARE = 0.01
"""Parts that took less of the longest one are told together."""
_LEAST_S = 0.005
_MUCH = 0.5
_LONG_S = 1.0
"""Nobody asks why, below that."""
_LOG = "render.log"
_LOG_BYTES = 256 * 1024
_WORDS = {
    "reuse": "looking for the same preview",
    "plan": "planning the scenes",
    "assets": "reading pictures",
    "fetch": "fetching pictures from other hosts",
    "captions": "writing captions",
    "sound": "mixing the sound",
    "paint": "painting",
    "encode": "encoding",
    "pictures": "the contact sheet and thumbnails",
    "join": "joining the pieces",
    "probe": "checking the result",
    "work": "its work",
}


@dataclass(frozen=True, slots=True)
class Reuse:
    """How many shots a preview is made of, and how many of them had been rendered before."""

    shots: int
    reused: int


def read_reuse(preview: ViewedPreview) -> Reuse | None:
    """Return what the log of a render says of its shots; None when it says nothing."""
    file = preview.file(_LOG)
    if file is None:
        return None
    try:
        with preview.open(file) as log:
            lines = log.read(_LOG_BYTES).splitlines()
        told = [json.loads(line) for line in lines if b'"filmed"' in line]
        return Reuse(int(told[0]["shots"]), int(told[0]["reused"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def break_down(
    job: JobSummary, document: Mapping[str, Any] | None, reuse: Reuse | None = None
) -> Sketch:
    """Return a line for each part of a finished job's time, and what made it slow in words."""
    waited = _span(job.added_at_ms, job.processed_on_ms)
    worked = _span(job.processed_on_ms, job.finished_on_ms)
    phases = {
        name: float(spent) for name, spent in ((document or {}).get("phasesSeconds") or {}).items()
    }
    told = {"wait": waited, **(phases or {"work": worked or 0.0})}
    parts = {name: spent for name, spent in told.items() if spent is not None}
    most = max(parts.values(), default=0.0)
    if most < _LEAST_S or job.finished_on_ms is None:
        return {"lines": [], "verdict": []}
    slowest = max(parts, key=lambda name: parts[name])
    lines = [
        _line(name, spent, most, "slowest" if name == slowest else "part")
        for name, spent in parts.items()
        if spent >= most * _LEAST_SHARE
    ]
    rest = [spent for spent in parts.values() if spent < most * _LEAST_SHARE]
    if rest:
        lines.append(_line(f"{len(rest)} others", sum(rest), most, "part"))
    return {"lines": lines, "verdict": _verdict(job, parts, worked or 0.0, reuse)}


def _line(name: str, spent: float, most: float, kind: str) -> Sketch:
    return {
        "name": name,
        "took": span_text(spent),
        "percent": round(100 * spent / most, 1),
        "class": "wait" if name == "wait" else kind,
    }


def _verdict(
    job: JobSummary, parts: Mapping[str, float], worked: float, reuse: Reuse | None
) -> list[str]:
    waited = parts.get("wait", 0.0)
    whole = waited + worked
    said = []
    if waited >= _LONG_S and waited / whole >= _MUCH:
        said.append(
            f"It mostly waited: {span_text(waited)} of {span_text(whole)} went by before a worker "
            "took it."
        )
    work = {name: spent for name, spent in parts.items() if name not in ("wait", "work")}
    if work:
        name = max(work, key=lambda part: work[part])
        share = round(100 * work[name] / sum(work.values()))
        said.append(
            f"Of the work, {_WORDS.get(name, name)} took the most: {share} %, spread over "
            f"processors. The worker was done in {span_text(worked)}."
        )
    if reuse is not None and reuse.shots:
        said.append(
            f"{reuse.reused} of {reuse.shots} pieces had been rendered before."
            if reuse.reused
            else "No piece of it had been rendered before."
        )
    if job.attempts_made > 1:
        said.append(f"It took {job.attempts_made} attempts; each begins anew.")
    return said


def _span(begin_ms: int | None, end_ms: int | None) -> float | None:
    if begin_ms is None or end_ms is None:
        return None
    return max(0, end_ms - begin_ms) / _MS_PER_S
