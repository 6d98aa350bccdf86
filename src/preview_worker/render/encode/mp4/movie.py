"""An MP4 file that plays while it is fetched: its index in front, sound and pictures in turns."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from preview_worker.render.encode.codecs import RECIPES
from preview_worker.render.encode.mark import Mark
from preview_worker.render.encode.mp4.boxes import (
    AUDIO_ID,
    VIDEO_ID,
    aac_entry,
    avc_entry,
    box,
    chapter_list,
    edit,
    file_type,
    media,
    movie_header,
    ticks_a_frame,
    track_header,
)
from preview_worker.render.encode.mp4.tables import SampleTables
from preview_worker.render.encode.segment import Segment
from preview_worker.render.encode.sequence import Sequence as Pictures
from preview_worker.render.encode.sound import SoundPackets
from preview_worker.render.model import Profile
from preview_worker.render.soundtrack import SAMPLE_RATE, samples_at

_BRANDS = (b"isom", b"iso2", b"avc1", b"mp41")
_COPIED = 1 << 20
_REFUSALS = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
"""What the kernel says of file systems that it cannot copy between by itself."""


class Mp4File:
    """Writes one MP4 file. What is played lies beside it until ``finish`` puts the index before."""

    def __init__(
        self, path: Path, profile: Profile, sound: SoundPackets, marks: Sequence[Mark] = ()
    ) -> None:
        """Write to ``path`` when all segments are there."""
        self._path = path
        self._media_path = path.with_name(f"{path.name}.media")
        self._media: BinaryIO = self._media_path.open("w+b")
        self._profile = profile
        self._sound = sound
        self._marks = marks
        self._pictures = Pictures("mp4")
        self._video = SampleTables()
        self._audio = SampleTables()
        self._headers = b""
        self._offset = 0
        self._a_turn = max(1, round(profile.fps))

    def add(self, segment: Segment) -> None:
        """Write the next segment, and the sound that belongs to the pictures so far."""
        self._headers = segment.headers
        for sample in self._pictures.samples(segment):
            frame = len(self._video.sizes)
            if frame % self._a_turn == 0:
                self._add_sound(frame + self._a_turn)
                self._video.begin_chunk(self._offset)
            self._video.add(len(sample.content), key=sample.key)
            self._write(sample.content)

    def _add_sound(self, frame: int) -> None:
        """Write the packets that begin before ``frame``."""
        due = self._sound.until(samples_at(frame, self._profile.fps))
        self._add_packets(self._sound.packets[len(self._audio.sizes) : due])

    def _add_packets(self, packets: Iterable[bytes | memoryview]) -> None:
        begun = False
        for packet in packets:
            if not begun:
                self._audio.begin_chunk(self._offset)
                begun = True
            self._audio.add(len(packet), key=False)
            self._write(packet)

    def _write(self, content: bytes | memoryview) -> None:
        self._media.write(content)
        self._offset += len(content)

    def finish(self) -> None:
        """Write the rest of the sound and put everything together."""
        try:
            self._assemble()
        finally:
            self.close()

    def _assemble(self) -> None:
        self._add_packets(self._sound.packets[len(self._audio.sizes) :])
        head = file_type(*_BRANDS)
        start = len(head) + len(self._index(0)) + 16
        with self._path.open("wb") as file:
            file.write(head + self._index(start))
            file.write((1).to_bytes(4, "big") + b"mdat" + (self._offset + 16).to_bytes(8, "big"))
            file.flush()
            self._media.flush()
            _append(self._media, file, self._offset)

    def _index(self, moved: int) -> bytes:
        duration_s = self._profile.seconds(self._pictures.frames)
        marks = [(mark.title, self._profile.seconds(mark.start_frame)) for mark in self._marks]
        return box(
            b"moov",
            movie_header(duration_s),
            self._video_track(duration_s, moved),
            self._audio_track(duration_s, moved),
            chapter_list(marks) if marks else b"",
        )

    def _video_track(self, duration_s: Fraction, moved: int) -> bytes:
        scale, a_frame = ticks_a_frame(self._profile.fps)
        frames = self._pictures.frames
        entry = avc_entry(self._profile, self._headers)
        table = self._video.boxes(entry, [(frames, a_frame)], moved)
        size = (self._profile.width_px, self._profile.height_px)
        return box(
            b"trak",
            track_header(VIDEO_ID, duration_s, size),
            edit(duration_s, 0),
            media(b"vide", (scale, frames * a_frame), table),
        )

    def _audio_track(self, duration_s: Fraction, moved: int) -> bytes:
        sound = self._sound
        count = len(sound.packets)
        last = sound.lasting(count - 1)
        durations = [(count - 1, sound.packet_samples), (1, last)]
        entry = aac_entry(sound.headers, RECIPES["mp4"].audio_bits)
        table = self._audio.boxes(entry, [pair for pair in durations if pair[0]], moved)
        heard_s = Fraction(sound.samples, SAMPLE_RATE)
        ticks = (count - 1) * sound.packet_samples + last
        return box(
            b"trak",
            track_header(AUDIO_ID, duration_s, (0, 0)),
            edit(heard_s, sound.priming),
            media(b"soun", (SAMPLE_RATE, ticks), table),
        )

    def close(self) -> None:
        """Remove what lies beside the file. Safe to call twice."""
        self._media.close()
        self._media_path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Return the file itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the file, or only clean up when something went wrong."""
        if error is None:
            self.finish()
        else:
            self.close()


def _append(source: BinaryIO, target: BinaryIO, size: int) -> None:
    """Copy ``size`` bytes from the beginning of ``source``, inside the kernel where it can."""
    position = 0
    while sys.platform == "linux" and position < size:
        try:
            copied = os.sendfile(target.fileno(), source.fileno(), position, size - position)
        except OSError as error:
            if error.errno not in _REFUSALS:
                raise
            break
        if not copied:
            break
        position += copied
    source.seek(position)
    while piece := source.read(_COPIED):
        target.write(piece)
        position += len(piece)
    if position != size:
        message = f"the file ended at {position} of {size} bytes"
        raise OSError(message)
