"""Chapter marks inside the video file.

FFmpeg's MP4 muxer writes chapters twice: as a list in ``moov/udta/chpl``, which players and FFmpeg
read, and as a track of text for QuickTime. The track would show up as a third stream, and whoever
counts streams expects two. So its box, and the references to it, are renamed to ``free``, which
readers skip. Nothing moves: the list stays, and so does every offset. WebM has chapters of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from preview_worker.render.model import Profile

if TYPE_CHECKING:
    from av.container import OutputContainer

_HEADER = 8
_LONG_HEADER = 16
_PADDING = b"free"
_HANDLER_AT = 16
"""Where a handler box names the kind of its track, from the box's beginning."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A chapter from ``start_frame`` up to but not including ``end_frame``."""

    title: str
    start_frame: int
    end_frame: int


def set_marks(file: OutputContainer, marks: Sequence[Mark], profile: Profile) -> None:
    """Have the muxer write ``marks``; to be called before its first packet."""
    file.set_chapters(
        [
            {
                "id": number,
                "start": mark.start_frame,
                "end": mark.end_frame,
                "time_base": 1 / profile.fps,
                "metadata": {"title": mark.title},
            }
            for number, mark in enumerate(marks, start=1)
        ]
    )


def hide_text_track(path: Path) -> None:
    """Take the track of chapter titles out of the finished MP4 at ``path``."""
    with path.open("r+b") as file:
        for movie in _boxes(file, 0, path.stat().st_size):
            if movie.kind == b"moov":
                _hide(file, movie)


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    body: int
    end: int


def _hide(file: BinaryIO, movie: _Box) -> None:
    for track in _boxes(file, movie.body, movie.end):
        if track.kind != b"trak":
            continue
        if _handler(file, track) == b"text":
            _rename(file, track)
        else:
            for box in _boxes(file, track.body, track.end):
                if box.kind == b"tref":
                    _rename(file, box)


def _handler(file: BinaryIO, track: _Box) -> bytes:
    for media in _boxes(file, track.body, track.end):
        if media.kind == b"mdia":
            for box in _boxes(file, media.body, media.end):
                if box.kind == b"hdlr":
                    file.seek(box.start + _HANDLER_AT)
                    return file.read(4)
    return b""


def _rename(file: BinaryIO, box: _Box) -> None:
    file.seek(box.start + 4)
    file.write(_PADDING)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    while start + _HEADER <= end:
        file.seek(start)
        header = file.read(_LONG_HEADER)
        size, body = int.from_bytes(header[:4], "big"), start + _HEADER
        if size == 1:  # the size stands behind the kind, in eight bytes
            size, body = int.from_bytes(header[8:], "big"), start + _LONG_HEADER
        if size < _HEADER:
            return
        yield _Box(header[4:8], start, body, start + size)
        start += size
