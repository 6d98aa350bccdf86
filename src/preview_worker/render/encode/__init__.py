"""From stills to segments, and from segments to files: what stands still costs nothing."""

from __future__ import annotations

from preview_worker.render.encode.encoder import SegmentEncoder
from preview_worker.render.encode.file import VideoFile, open_file
from preview_worker.render.encode.live import LivePlaylist
from preview_worker.render.encode.mark import Mark
from preview_worker.render.encode.proof import check_segment
from preview_worker.render.encode.segment import Run, Segment
from preview_worker.render.encode.sound import (
    SoundPackets,
    decode_sound,
    encode_silence,
    encode_sound,
)

__all__ = [
    "LivePlaylist",
    "Mark",
    "Run",
    "Segment",
    "SegmentEncoder",
    "SoundPackets",
    "VideoFile",
    "check_segment",
    "decode_sound",
    "encode_silence",
    "encode_sound",
    "open_file",
]
