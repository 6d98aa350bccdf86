"""This edition of the renderer: everything beside a request that decides what it looks like."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from preview_worker.render.settings import RenderSettings

RENDERER_VERSION = "8"
"""Raised whenever the same input gives other pixels or other files than before."""
LIBRARIES = ("av", "numpy", "pillow", "pyphen", "skia-python")
_FONTS = Path(__file__).parent / "fonts"


def made_with(settings: RenderSettings) -> dict[str, object]:
    """Return what a render is made with: versions, fonts, and the limits that change its result."""
    return {
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


@cache
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
