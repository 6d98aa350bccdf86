"""Reads what the documents of a published preview say of it: for whoever looks at it again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from preview_worker.artifacts.disk import open_inside
from preview_worker.artifacts.manifest import MANIFEST_NAME
from preview_worker.artifacts.record import DamagedManifestError, read_manifest
from preview_worker.contract import SceneFacts

_DOCUMENT_LIMIT_BYTES = 16 * 1024 * 1024


class UnreadablePreviewError(Exception):
    """A folder holds no preview that can be read; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class ShelvedPreview:
    """A preview that lies in a folder: what it is, its scenes, and its files by their kinds."""

    folder: Path
    title: str
    dry_run: bool
    width_px: int
    height_px: int
    fps: str
    silent: bool
    scenes: tuple[SceneFacts, ...]
    files: Mapping[str, Sequence[str]]

    def document(self, kind: str) -> object:
        """Return the JSON of the first file of ``kind``; None where there is none to be read."""
        for name in self.files.get(kind, ()):
            try:
                return json.loads(_read(self.folder, name))
            except (OSError, ValueError, RecursionError):
                return None
        return None


def read_preview(folder: Path) -> ShelvedPreview:
    """Read the manifest in ``folder``; raise ``UnreadablePreviewError`` when that cannot be."""
    try:
        raw = _read(folder, MANIFEST_NAME)
        record = read_manifest(raw)
        return _shelved(folder, json.loads(raw), [(one.kind, one.name) for one in record.files])
    except FileNotFoundError as error:
        message = f"{folder} holds no {MANIFEST_NAME}"
        raise UnreadablePreviewError(message) from error
    except OSError as error:
        message = f"{folder / MANIFEST_NAME} cannot be read: {error.strerror}"
        raise UnreadablePreviewError(message) from error
    except (DamagedManifestError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{folder / MANIFEST_NAME} is damaged, or none of ours"
        raise UnreadablePreviewError(message) from error


def _read(folder: Path, name: str) -> bytes:
    with os.fdopen(open_inside(folder, name), "rb") as file:
        return file.read(_DOCUMENT_LIMIT_BYTES)


def _shelved(
    folder: Path, document: Mapping[str, object], names: Sequence[tuple[str, str]]
) -> ShelvedPreview:
    timeline, media = document["timeline"], document["media"]
    if not isinstance(timeline, dict):
        message = "timeline is no object"
        raise TypeError(message)
    files: dict[str, list[str]] = {}
    for kind, name in names:
        files.setdefault(kind, []).append(name)
    return ShelvedPreview(
        folder=folder,
        title=str(document["title"]),
        dry_run=document["dryRun"] is True,
        width_px=int(timeline["widthPx"]),
        height_px=int(timeline["heightPx"]),
        fps=str(timeline["fps"]),
        silent=not isinstance(media, dict) or media["silent"] is True,
        scenes=tuple(_scene(scene) for scene in timeline["scenes"]),
        files=files,
    )


def _scene(scene: Mapping[str, object]) -> SceneFacts:
    numbers = (scene["startFrame"], scene["frames"])
    start, frames = (int(one) if isinstance(one, int) else -1 for one in numbers)
    if start < 0 or frames < 1:
        message = "a scene is not on frames"
        raise ValueError(message)
    return SceneFacts(str(scene["id"]), str(scene["kind"]), str(scene["title"]), start, frames)
