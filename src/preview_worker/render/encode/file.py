"""The video file, whichever container it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from preview_worker.render.encode.mark import Mark
from preview_worker.render.encode.mp4 import Mp4File
from preview_worker.render.encode.sound import SoundPackets
from preview_worker.render.encode.webm import WebmFile
from preview_worker.render.model import Profile

VideoFile = Mp4File | WebmFile
"""A file that segments are joined in. It is complete when its context is left in peace."""


def open_file(
    path: Path, profile: Profile, sound: SoundPackets, marks: Sequence[Mark] = ()
) -> VideoFile:
    """Open ``path`` for a preview of ``profile`` with ``sound``."""
    kind = Mp4File if profile.container == "mp4" else WebmFile
    return kind(path, profile, sound, marks)
