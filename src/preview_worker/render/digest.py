"""The digest of everything that decides a preview's files: equal digests, equal previews."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

from preview_worker.contract import ErrorCode, PreviewError, PreviewJob
from preview_worker.render.assets import FileAssets
from preview_worker.render.planning import distinct
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef
from preview_worker.render.timeline import plan_timeline

RENDERER_VERSION = "2"
"""Raised whenever the same input gives other pixels or other files than before."""
LIBRARIES = ("av", "numpy", "pillow", "skia-python")
_FONTS = Path(__file__).parent / "fonts"


def input_digest(job: PreviewJob, settings: RenderSettings) -> str:
    """Return a SHA-256 in hexadecimal over the request, its pictures, sounds, fonts and renderer.

    Who asked and when is not part of it: neither ``jobId``, ``projectId`` and ``requestId`` nor any
    date. Raises ``PreviewError`` as ``plan_preview`` does.
    """
    files = FileAssets(settings)
    timeline = plan_timeline(job, settings)
    pictures = {
        json.dumps(ref.candidates): hashlib.sha256(files.read(ref)).hexdigest()
        for ref in distinct(timeline.pictures)
    }
    sounds = {json.dumps(ref.candidates): _sound(files, ref) for ref in distinct(timeline.sounds)}
    everything = {
        "request": job.request.model_dump(mode="json", by_alias=True),
        "dryRun": job.dry_run,
        "pictures": pictures,
        "sounds": sounds,
        "limits": [
            settings.max_width_px,
            settings.max_height_px,
            settings.max_fps,
            settings.encoder_threads,
            settings.keyframe_interval_s,
            settings.max_sound_s,
        ],
        "renderer": {"version": RENDERER_VERSION, **media_versions()},
        "fonts": font_digests(),
    }
    text = json.dumps(everything, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _sound(files: FileAssets, ref: SoundRef) -> str | None:
    """Return the SHA-256 of a sound; None when it is missing, which a render puts up with."""
    digest = hashlib.sha256()
    try:
        with files.open(ref) as descriptor:
            while piece := os.read(descriptor, 1 << 20):
                digest.update(piece)
    except PreviewError as error:
        if error.code is ErrorCode.ASSET_MISSING:
            return None
        raise
    return digest.hexdigest()


def media_versions() -> dict[str, str]:
    """Return the versions of the media libraries, which are read without loading them."""
    return {name: version(name) for name in LIBRARIES}


@cache
def font_digests() -> dict[str, str]:
    """Return the SHA-256 of every font of the package by its file name."""
    digests = {}
    for path in sorted(_FONTS.glob("*.[ot]tf")):
        with path.open("rb") as file:
            digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
