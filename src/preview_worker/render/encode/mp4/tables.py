"""The tables of one track: how long its samples last, how large they are, where they lie."""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass, field
from itertools import groupby

from preview_worker.render.encode.mp4.boxes import box, full, numbers


def _big_endian(values: array[int]) -> bytes:
    copy = array(values.typecode, values)
    if sys.byteorder == "little":
        copy.byteswap()
    return copy.tobytes()


@dataclass(slots=True)
class SampleTables:
    """What is known of the samples that were written so far."""

    sizes: array[int] = field(default_factory=lambda: array("I"))
    keys: array[int] = field(default_factory=lambda: array("I"))
    """Numbers of key samples, from 1. Empty where every sample is one."""
    chunk_starts: array[int] = field(default_factory=lambda: array("Q"))
    """Where each chunk begins, in bytes from the first sample of the file."""
    chunk_samples: list[int] = field(default_factory=list)

    def begin_chunk(self, offset: int) -> None:
        """Let the samples that follow lie from ``offset`` on."""
        self.chunk_starts.append(offset)
        self.chunk_samples.append(0)

    def add(self, size: int, *, key: bool) -> None:
        """Note the next sample of the chunk; ``key`` is False for sound as well."""
        self.sizes.append(size)
        self.chunk_samples[-1] += 1
        if key:
            self.keys.append(len(self.sizes))

    def boxes(self, entry: bytes, durations: list[tuple[int, int]], moved: int) -> bytes:
        """Return ``stbl``; ``durations`` are (samples, ticks), ``moved`` goes onto all offsets."""
        parts = [
            entry,
            full(b"stts", 0, 0, numbers(len(durations)), *(numbers(*d) for d in durations)),
        ]
        if self.keys:
            parts.append(full(b"stss", 0, 0, numbers(len(self.keys)), _big_endian(self.keys)))
        parts += [self._chunks(), self._sizes(), self._offsets(moved)]
        return box(b"stbl", *parts)

    def _sizes(self) -> bytes:
        first = self.sizes[0] if self.sizes else 0
        if len(self.sizes) == self.sizes.count(first):
            return full(b"stsz", 0, 0, numbers(first, len(self.sizes)))
        return full(b"stsz", 0, 0, numbers(0, len(self.sizes)), _big_endian(self.sizes))

    def _chunks(self) -> bytes:
        """Return ``stsc``: runs of chunks with the same number of samples."""
        rows, number = [], 1
        for samples, run in groupby(self.chunk_samples):
            rows.append(numbers(number, samples, 1))
            number += len(list(run))
        return full(b"stsc", 0, 0, numbers(len(rows)), *rows)

    def _offsets(self, moved: int) -> bytes:
        offsets = array("Q", (start + moved for start in self.chunk_starts))
        return full(b"co64", 0, 0, numbers(len(offsets)), _big_endian(offsets))
