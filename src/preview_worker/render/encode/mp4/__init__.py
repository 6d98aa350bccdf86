"""MP4 files, whole or growing, in the boxes of ISO/IEC 14496-12."""

from __future__ import annotations

from preview_worker.render.encode.mp4.movie import Mp4File

__all__ = ["Mp4File"]
