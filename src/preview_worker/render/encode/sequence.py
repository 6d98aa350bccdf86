"""Segments in a row: every sample of the video track, the held ones written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from preview_worker.render.encode.holding import Holder, ShownAgain, SkippedPictures
from preview_worker.render.encode.segment import Segment
from preview_worker.render.model import Container


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame as it stands in the file."""

    content: bytes
    key: bool


class Sequence:
    """Turns segments, as they come, into the samples of one track."""

    def __init__(self, container: Container) -> None:
        """Begin with no sample. All segments must have been encoded for ``container``."""
        self._container = container
        self._headers = b""
        self._holder: Holder = ShownAgain()
        self._held: dict[int, Sample] = {}
        self._key_before: bytes | None = None
        """The sample written last, if it is a key frame."""
        self.frames = 0

    def samples(self, segment: Segment) -> Iterator[Sample]:
        """Yield the samples of the next segment."""
        self._expect(segment.headers)
        for run, distance in segment.distances():
            content = run.content
            if run.key and self._key_before is not None:
                content = self._holder.told_apart(content, self._key_before)
            yield Sample(content, run.key)
            for further in range(distance + 1, distance + run.frames):
                yield self._hold(further)
            self._key_before = content if run.key and not run.held else None
            self.frames += run.frames

    def _hold(self, distance: int) -> Sample:
        sample = self._held.get(distance)
        if sample is None:
            sample = self._held[distance] = Sample(self._holder.hold(distance), key=False)
        return sample

    def _expect(self, headers: bytes) -> None:
        if self._headers and headers != self._headers:
            message = "the segments were not encoded alike, so they cannot be joined"
            raise ValueError(message)
        if not self._headers and self._container == "mp4":
            self._holder = SkippedPictures.of(headers)
        self._headers = headers
