"""What the page of one job shows of its preview: scenes, findings, files, and where time went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from preview_worker.api.documents import artifact_path
from preview_worker.api.page.sketches import (
    Sketch,
    position_text,
    size_text,
    span_text,
)
from preview_worker.api.summaries import JobSummary
from preview_worker.artifacts import StoredFile, ViewedPreview

_MS_PER_S = 1000
_LEAST_S = 0.005
"""Parts that took less are not worth a line."""
_LANGUAGES = {"en": "English", "fr": "Français", "de": "Deutsch", "es": "Español", "it": "Italiano"}


def sketch_preview(job_id: str, preview: ViewedPreview) -> Sketch:
    """Return what the page shows of a preview."""
    document: Mapping[str, Any] = preview.document
    files = preview.record.files
    scenes = _scenes(document)
    findings = [_finding(one, scenes) for one in document.get("findings", ())]
    media = document.get("media") or {}
    elite = (document.get("quality") or {}).get("elite") or {}
    return {
        "title": document.get("title", ""),
        "video": _address(job_id, files, "video"),
        "poster": _address(job_id, files, "poster"),
        "sheet": _address(job_id, files, "contact-sheet"),
        "tracks": _tracks(job_id, files),
        "scenes": scenes,
        "findings": findings,
        "marks": [one for one in findings if one["severity"] in ("error", "warning")],
        "files": [
            {
                "name": file.name,
                "size": size_text(file.size_bytes),
                "url": _fixed(job_id, file),
            }
            for file in files
        ],
        "length": span_text(media["durationSeconds"]) if media else "",
        "seconds": media.get("durationSeconds", 0.0),
        "format": f"{media['widthPx']}×{media['heightPx']} {media['container']}" if media else "",
        "score": elite.get("score"),
        "score_max": elite.get("max"),
    }


def waterfall(job: JobSummary, document: Mapping[str, Any] | None) -> tuple[list[Sketch], str]:
    """Return where the time of a finished job went, and a sentence that names the largest part."""
    parts: list[tuple[str, float]] = []
    if job.processed_on_ms is not None:
        parts.append(("wait", max(0, job.processed_on_ms - job.added_at_ms) / _MS_PER_S))
    phases = (document or {}).get("phasesSeconds") or {}
    parts += [(name, float(spent)) for name, spent in phases.items() if spent >= _LEAST_S]
    if not phases and job.processed_on_ms is not None and job.finished_on_ms is not None:
        parts.append(("work", max(0, job.finished_on_ms - job.processed_on_ms) / _MS_PER_S))
    if not parts:
        return [], ""
    most = max(spent for _, spent in parts) or 1.0
    slowest = max(parts, key=lambda part: part[1])
    lines = [
        {
            "name": name,
            "took": span_text(spent),
            "percent": round(100 * spent / most),
            "class": "wait" if name == "wait" else "slowest" if name == slowest[0] else "part",
        }
        for name, spent in parts
    ]
    return lines, _verdict(slowest, sum(spent for _, spent in parts))


def compare_scenes(before: ViewedPreview, after: ViewedPreview) -> list[Sketch]:
    """Return every scene of two previews, in the later order, with what changed in it."""
    olds = {scene["id"]: scene for scene in _scenes(before.document)}
    news = _scenes(after.document)
    lines = [_compared(olds.get(scene["id"]), scene) for scene in news]
    kept = {scene["id"] for scene in news}
    lines += [_compared(scene, None) for key, scene in olds.items() if key not in kept]
    return lines


def _compared(old: Sketch | None, new: Sketch | None) -> Sketch:
    scene = new or old or {}
    if old is None:
        what, kind = "new", "new"
    elif new is None:
        what, kind = "gone", "gone"
    else:
        changes = []
        if old["title"] != new["title"]:
            changes.append(f"title was “{old['title']}”")
        if old["span"] != new["span"]:
            changes.append(f"{new['span'] - old['span']:+.1f} s")
        if old["start"] != new["start"]:
            changes.append("moved")
        what, kind = ", ".join(changes) or "same length and title", "other" if changes else "same"
    return {
        "title": scene["title"],
        "before": old["start"] if old else None,
        "before_clock": old["clock"] if old else "",
        "after": new["start"] if new else None,
        "after_clock": new["clock"] if new else "",
        "what": what,
        "class": kind,
    }


def _scenes(document: Mapping[str, Any]) -> list[Sketch]:
    timeline = document.get("timeline") or {}
    fps = Fraction(timeline.get("fps", "30/1"))
    return [
        {
            "id": scene["id"],
            "kind": scene["kind"],
            "title": scene["title"],
            "start": round(float(scene["startFrame"] / fps), 3),
            "span": round(float(scene["frames"] / fps), 3),
            "clock": position_text(float(scene["startFrame"] / fps)),
        }
        for scene in timeline.get("scenes", ())
    ]


def _finding(finding: Mapping[str, Any], scenes: Sequence[Sketch]) -> Sketch:
    at = next((one["start"] for one in scenes if one["id"] == finding.get("scene")), 0.0)
    return {
        "code": finding.get("code", ""),
        "message": finding.get("message", ""),
        "severity": finding.get("severity", "note"),
        "suggestion": finding.get("suggestion", ""),
        "at": at,
        "clock": position_text(at),
    }


def _tracks(job_id: str, files: Sequence[StoredFile]) -> list[Sketch]:
    return [
        {
            "language": file.language or "en",
            "label": _LANGUAGES.get((file.language or "en")[:2], file.language),
            "url": _fixed(job_id, file),
        }
        for file in files
        if file.media_type == "text/vtt"
    ]


def _address(job_id: str, files: Sequence[StoredFile], kind: str) -> str | None:
    return next((_fixed(job_id, file) for file in files if file.kind == kind), None)


def _fixed(job_id: str, file: StoredFile) -> str:
    return f"{artifact_path(job_id, file.name)}?v={file.sha256}"


def _verdict(slowest: tuple[str, float], whole: float) -> str:
    name, spent = slowest
    share = round(100 * spent / whole) if whole else 0
    if name == "wait":
        return f"{share} % was waiting for a free worker."
    return f"{name.capitalize()} took the most: {share} % of the work, spread over processors."
