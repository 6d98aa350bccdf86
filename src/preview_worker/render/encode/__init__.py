"""From stills to a video file: one encoded picture a still, and held pictures for free."""

from __future__ import annotations

from preview_worker.render.encode.encoder import Encoder
from preview_worker.render.encode.marks import Mark

__all__ = ["Encoder", "Mark"]
