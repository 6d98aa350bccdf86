"""The JSON documents of a preview, made and read. Nothing here touches a disk.

``preview.json`` and ``container.json`` keep every key that readers of the earlier worker know.
``preview-manifest.json`` tells all, down to the frames of each scene and the digest of each file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from preview_worker.artifacts.draft import PreviewDraft
from preview_worker.contract import LoudnessFacts, MediaFacts, Quality, SceneFacts

PREVIEW_NAME = "preview.json"
CONTAINER_NAME = "container.json"
MANIFEST_NAME = "preview-manifest.json"
SCHEMA_VERSION = 1
JSON_TYPE = "application/json"

Document = dict[str, object]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a published preview, as it was when it was published."""

    name: str
    kind: str
    media_type: str
    size_bytes: int
    sha256: str
    language: str | None = None
    """The tag of the language that a file of captions is in."""


def preview_document(draft: PreviewDraft, created_at: datetime) -> Document:
    """Tell the preview in short: ``preview.json``."""
    rendered = draft.rendered
    document: Document = {
        "jobId": draft.job_id,
        "projectId": draft.project_id,
        "requestId": draft.request_id,
        "title": rendered.title,
        "status": "success",
        "dryRun": rendered.dry_run,
        "createdAt": iso_instant(created_at),
        "steps": draft.steps,
        "assets": draft.assets,
        "manifest": MANIFEST_NAME,
    }
    if rendered.media is not None:
        document["renderInfo"] = {
            "duration": clock_duration(rendered.media.duration_s),
            "resolution": f"{rendered.media.width_px}x{rendered.media.height_px}",
            "format": rendered.media.container,
        }
    return document


def container_document(
    draft: PreviewDraft, files: Sequence[StoredFile], created_at: datetime
) -> Document:
    """List files with their digests: ``container.json``. Paths are relative to its folder."""
    return {
        "jobId": draft.job_id,
        "projectId": draft.project_id,
        "createdAt": iso_instant(created_at),
        "files": [
            {
                "path": file.name,
                "sha256": file.sha256,
                "bytes": file.size_bytes,
                "mediaType": file.media_type,
            }
            for file in files
        ],
    }


def manifest_document(
    draft: PreviewDraft, files: Sequence[StoredFile], created_at: datetime, publication: int = 0
) -> Document:
    """Tell everything that is known of a preview: ``preview-manifest.json``."""
    rendered = draft.rendered
    quality = rendered.quality
    elite = None if quality is None else quality.elite
    return {
        "schemaVersion": SCHEMA_VERSION,
        "jobId": draft.job_id,
        "projectId": draft.project_id,
        "requestId": draft.request_id,
        "attempt": draft.attempt,
        "traceId": draft.trace_id,
        "publication": publication,
        "inputDigest": draft.input_digest,
        "renderer": {"name": "mobius-preview-worker", "version": draft.renderer},
        "status": "success",
        "title": rendered.title,
        "dryRun": rendered.dry_run,
        "createdAt": iso_instant(created_at),
        "steps": draft.steps,
        "assets": draft.assets,
        "media": _media_facts(rendered.media),
        "timeline": {
            "widthPx": rendered.width_px,
            "heightPx": rendered.height_px,
            "fps": rendered.fps,
            "frames": rendered.frames,
            "cues": rendered.cues,
            "scenes": [_scene_facts(scene) for scene in rendered.scenes],
        },
        "eliteStandardVersion": None if elite is None else elite.standard,
        "scriptHash": None if elite is None else elite.script_hash,
        "confirmationHash": None if elite is None else elite.confirmation_hash,
        "quality": None if quality is None else _quality_facts(quality),
        **({"placeholders": list(rendered.placeholders)} if rendered.placeholders else {}),
        "findings": [asdict(finding) for finding in rendered.findings],
        "notices": [asdict(notice) for notice in draft.notices],
        "unknownFields": _finite(draft.unknown_fields),
        "phasesSeconds": {name: round(spent, 4) for name, spent in rendered.phases_s.items()},
        "files": [_file_facts(file) for file in files],
    }


def encode_document(document: Document) -> bytes:
    """Write a document as indented JSON in UTF-8."""
    try:
        text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
        return f"{text}\n".encode()
    except UnicodeEncodeError:
        # Half a surrogate pair in an id or a title: only an escape can carry it.
        return f"{json.dumps(document, indent=2, allow_nan=False)}\n".encode("ascii")


def iso_instant(instant: datetime) -> str:
    """Spell an instant as JavaScript's ``toISOString`` does: ``2026-01-31T12:00:00.000Z``."""
    naive = instant.astimezone(UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec='milliseconds')}Z"


def clock_duration(seconds: float) -> str:
    """Spell a duration as ``HH:MM:SS``, rounded half up to whole seconds."""
    minutes, second = divmod(math.floor(seconds + 0.5), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}"


def _file_facts(file: StoredFile) -> Document:
    return {
        "name": file.name,
        "kind": file.kind,
        "mediaType": file.media_type,
        "bytes": file.size_bytes,
        "sha256": file.sha256,
        **({"language": file.language} if file.language else {}),
    }


def _media_facts(media: MediaFacts | None) -> Document | None:
    if media is None:
        return None
    return {
        "container": media.container,
        "widthPx": media.width_px,
        "heightPx": media.height_px,
        "fps": media.fps,
        "frames": media.frames,
        "durationSeconds": media.duration_s,
        "videoCodec": media.video_codec,
        "audioCodec": media.audio_codec,
        "silent": media.silent,
        "loudness": _loudness_facts(media.loudness),
    }


def _loudness_facts(loudness: LoudnessFacts | None) -> Document | None:
    if loudness is None:
        return None
    return {
        "profile": loudness.profile,
        "integratedLufs": loudness.integrated_lufs,
        "truePeakDbtp": loudness.true_peak_dbtp,
        "targetLufs": loudness.target_lufs,
        "ceilingDbtp": loudness.ceiling_dbtp,
        "maxSampleDbfs": loudness.max_sample_dbfs,
        "longestSilenceSeconds": loudness.longest_silence_s,
    }


def _quality_facts(quality: Quality) -> Document:
    elite = quality.elite
    return {
        "errors": quality.errors,
        "warnings": quality.warnings,
        "notes": quality.notes,
        "elite": {
            "score": elite.score,
            "max": elite.max,
            "unmeasured": elite.unmeasured,
            "rules": [asdict(rule) for rule in elite.rules],
        },
    }


def _scene_facts(scene: SceneFacts) -> Document:
    return {
        "id": scene.id,
        "kind": scene.kind,
        "title": scene.title,
        "startFrame": scene.start_frame,
        "frames": scene.frames,
    }


def _finite(value: object) -> object:
    """Replace numbers that JSON has no word for by null, at any depth."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {str(key): _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value
