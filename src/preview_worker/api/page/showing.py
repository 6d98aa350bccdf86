"""What pages show of a preview: scenes, findings, files, and what changed between two."""

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
from preview_worker.artifacts import StoredFile, ViewedPreview

_GRAVITY = ("error", "warning", "note")
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
        "still": _picture(job_id, files),
        "tracks": _tracks(job_id, files),
        "scenes": scenes,
        "findings": findings,
        "marks": _marks(findings),
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


def _marks(findings: Sequence[Sketch]) -> list[Sketch]:
    """Return a mark for each place of the timeline with findings, as grave as the worst there."""
    places: dict[float, list[Sketch]] = {}
    for finding in findings:
        places.setdefault(finding["at"], []).append(finding)
    return [
        {
            "at": at,
            "clock": position_text(at),
            "severity": min((one["severity"] for one in found), key=_GRAVITY.index),
            "count": len(found),
            "message": " · ".join(f"{one['code']}: {one['message']}" for one in found),
        }
        for at, found in sorted(places.items())
    ]


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


def _picture(job_id: str, files: Sequence[StoredFile]) -> str | None:
    """Return the first picture: of a dry run, the only thing to look at."""
    pictures = (file for file in files if file.media_type in ("image/jpeg", "image/png"))
    return next((_fixed(job_id, file) for file in pictures), None)


def _fixed(job_id: str, file: StoredFile) -> str:
    return f"{artifact_path(job_id, file.name)}?v={file.sha256}"
