"""The one door through which FFmpeg is given a file to read, ours or a stranger's.

FFmpeg guesses what a file is, and some of what it may guess are scripts: a playlist that is called
``voice.mp3`` has it open other files and the network. Nothing is left to guess here. It gets one
demuxer, by name, the decoders that are named, and an open descriptor instead of a path. The only
protocol that it may speak reads from that descriptor, so there is no way from one file to another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import av

if TYPE_CHECKING:
    from av.container import InputContainer

Demuxer = Literal["aac", "flac", "matroska", "mov", "mp3", "ogg", "wav"]
OWN: dict[str, tuple[Demuxer, tuple[str, ...]]] = {
    "mp4": ("mov", ("h264", "aac")),
    "webm": ("matroska", ("vp9", "libvpx-vp9", "opus", "libopus")),
}
"""What we write ourselves, by container: its demuxer and its decoders."""
MOST_STREAMS = 8
_PROBE_BYTES = 1_000_000
_ANALYSED_US = 5_000_000
_PATIENCE_S = 10.0
"""How long FFmpeg may take to open a file, or to find one packet in it."""
_READING = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def open_media(
    descriptor: int, demuxer: Demuxer, decoders: Sequence[str]
) -> Iterator[InputContainer]:
    """Open the file behind ``descriptor`` from its beginning, for as long as the context lasts.

    The descriptor stays open, and its position is wherever FFmpeg left it. Raises
    ``av.error.FFmpegError`` for what ``demuxer`` does not understand.
    """
    os.lseek(descriptor, 0, os.SEEK_SET)
    options = {
        "fd": str(descriptor),
        "protocol_whitelist": "fd",
        "format_whitelist": demuxer,
        "codec_whitelist": ",".join(decoders),
        "max_streams": str(MOST_STREAMS),
        "probesize": str(_PROBE_BYTES),
        "analyzeduration": str(_ANALYSED_US),
    }
    with av.open(
        "fd:",
        format=demuxer,
        options=options,
        timeout=_PATIENCE_S,
        metadata_errors="replace",  # a title may be in any encoding, and in none
    ) as file:
        yield file


@contextmanager
def open_own(path: Path, container: str) -> Iterator[InputContainer]:
    """Open a video in ``container`` that we wrote ourselves, for as long as the context lasts.

    Raises ``OSError`` when it cannot be opened, or ``av.error.FFmpegError`` when it is none.
    """
    demuxer, decoders = OWN.get(container, OWN["mp4"])
    descriptor = os.open(path, _READING)
    try:
        with open_media(descriptor, demuxer, decoders) as file:
            yield file
    finally:
        os.close(descriptor)
