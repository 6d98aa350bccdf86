"""Segments: closed groups of pictures that start with a key frame and can be joined by copying.

A segment knows nothing of its place in a video, so equal pictures give equal segments wherever they
stand. What it holds are the pictures that were encoded, each with how often it is shown again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MAGIC = b"SEG1"
_HEAD = struct.Struct("<4sIII")
_RUN = struct.Struct("<IIB")


@dataclass(frozen=True, slots=True)
class Run:
    """One encoded picture, shown once and then ``held`` times again."""

    content: bytes
    key: bool
    held: int = 0

    @property
    def frames(self) -> int:
        """How many frames the picture lasts."""
        return 1 + self.held


@dataclass(frozen=True, slots=True)
class Segment:
    """Encoded pictures in order; the first is a key frame. ``headers`` is the codec's extradata."""

    headers: bytes
    runs: tuple[Run, ...]

    @property
    def frames(self) -> int:
        """The length of the segment in frames."""
        return sum(run.frames for run in self.runs)

    def distances(self) -> Iterator[tuple[Run, int]]:
        """Yield each run with its picture's distance, in pictures, from the last key frame."""
        distance = 0
        for run in self.runs:
            distance = 0 if run.key else distance
            yield run, distance
            distance += run.frames

    def pack(self) -> bytes:
        """Return the segment as bytes that ``unpack`` reads."""
        size = sum(len(run.content) for run in self.runs)
        parts = [_HEAD.pack(_MAGIC, len(self.headers), len(self.runs), size), self.headers]
        parts += [_RUN.pack(len(run.content), run.held, run.key) for run in self.runs]
        parts += [run.content for run in self.runs]
        return b"".join(parts)

    @classmethod
    def unpack(cls, packed: bytes) -> Segment:
        """Read what ``pack`` wrote; raise ``ValueError`` for anything else."""
        try:
            magic, head_size, count, size = _HEAD.unpack_from(packed)
            table = _HEAD.size + head_size
            rows = [_RUN.unpack_from(packed, table + n * _RUN.size) for n in range(count)]
        except struct.error as error:
            message = "this is no segment: it ends too early"
            raise ValueError(message) from error
        position = table + count * _RUN.size
        if magic != _MAGIC or len(packed) != position + size or sum(row[0] for row in rows) != size:
            message = "this is no segment"
            raise ValueError(message)
        runs = []
        for length, held, key in rows:
            runs.append(Run(packed[position : position + length], bool(key), held))
            position += length
        return cls(packed[_HEAD.size : table], tuple(runs))
