"""The video file, whichever container it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from preview_worker.render.encode.mark import Mark
from preview_worker.render.encode.mp4 import Mp4File
from preview_worker.render.encode.segment import Segment
from preview_worker.render.encode.sound import SoundPackets
from preview_worker.render.encode.webm import WebmFile
from preview_worker.render.model import Profile


class VideoFile(Protocol):
    """A file that segments are joined in. It is complete when its context is left in peace."""

    def add(self, segment: Segment) -> None:
        """Write the next segment, and the sound that belongs to it."""

    def __enter__(self) -> Self:
        """Return the file itself."""

    def __exit__(self, *_: object) -> None:
        """Finish the file, or only clean up when something went wrong."""


def open_file(
    path: Path, profile: Profile, sound: SoundPackets, marks: Sequence[Mark] = ()
) -> VideoFile:
    """Open ``path`` for a preview of ``profile`` with ``sound``."""
    kind = Mp4File if profile.container == "mp4" else WebmFile
    return kind(path, profile, sound, marks)
