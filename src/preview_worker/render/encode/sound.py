"""The audio track: written a little ahead of the pictures, so that the muxer holds few packets."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame

from preview_worker.render.encode.codecs import Recipe
from preview_worker.render.soundtrack import CHANNELS, SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.stream import Stream

    Packet = av.Packet[Stream]

Samples = np.ndarray[Any, np.dtype[np.float32]]
_CHUNK = 960
_TIME_BASE = Fraction(1, SAMPLE_RATE)


class SampleSource(Protocol):
    """Somebody who can be asked for the next samples, as ``CHANNELS`` rows, without end."""

    def read(self, samples: int) -> Samples:
        """Return exactly ``samples`` samples."""


class SoundEncoder:
    """Encodes what its source plays, or silence, up to wherever it is asked to."""

    def __init__(
        self,
        container: OutputContainer,
        stream: AudioStream,
        recipe: Recipe,
        source: SampleSource | None,
    ) -> None:
        """Write to ``stream`` of ``container`` in the recipe's sample format."""
        self._container = container
        self._track = _Played(stream, recipe, source) if source else _Silence(stream, recipe)

    def fill(self, until: int) -> None:
        """Encode until the track has nearly ``until`` samples."""
        for packet in self._track.packets(until):
            self._container.mux(packet)

    def finish(self) -> None:
        """Write the rest, up to the last sample that was asked for."""
        for packet in self._track.rest():
            self._container.mux(packet)


class _Played:
    """A track of samples, through the encoder in chunks of the size that it wants."""

    def __init__(self, stream: AudioStream, recipe: Recipe, source: SampleSource) -> None:
        self._stream = stream
        self._recipe = recipe
        self._source = source
        self._done = 0
        self._until = 0

    def packets(self, until: int) -> Sequence[Packet]:
        self._until = until
        chunk = self._stream.codec_context.frame_size or _CHUNK
        packets: list[Packet] = []
        while self._done + chunk <= until:
            packets += self._encode(chunk)
        return packets

    def _encode(self, samples: int) -> Sequence[Packet]:
        frame = _frame(self._source.read(samples), self._recipe)
        frame.pts = self._done
        self._done += samples
        return self._stream.encode(frame)

    def rest(self) -> Sequence[Packet]:
        packets = self._encode(self._until - self._done) if self._until > self._done else []
        return [*packets, *self._stream.encode(None)]


class _Silence:
    """A track of one packet, repeated: encoders write every stretch of silence alike."""

    def __init__(self, stream: AudioStream, recipe: Recipe) -> None:
        self._stream = stream
        self._recipe = recipe
        self._content = b""
        self._size = _CHUNK
        self._next = 0
        self._until = 0

    def packets(self, until: int) -> Sequence[Packet]:
        if not self._content:
            self._learn()
        self._until = until
        packets: list[Packet] = []
        while self._next + self._size <= until:
            packets.append(self._packet())
        return packets

    def _learn(self) -> None:
        zeros = np.zeros((CHANNELS, _CHUNK), np.float32)
        found: list[Packet] = []
        for number in range(4):
            frame = _frame(zeros, self._recipe)
            frame.pts = number * _CHUNK
            found += self._stream.encode(frame)
        first = found[0]
        self._stream.encode(None)
        self._content = bytes(first)
        self._size = self._stream.codec_context.frame_size or _CHUNK
        self._next = first.pts or 0  # before 0 by what a decoder leaves out at the beginning

    def _packet(self) -> Packet:
        packet = av.Packet(self._content)
        packet.stream = self._stream
        packet.time_base = _TIME_BASE
        packet.pts = packet.dts = self._next
        packet.duration = min(self._size, self._until - self._next)
        packet.is_keyframe = True
        self._next += self._size
        return packet

    def rest(self) -> Sequence[Packet]:
        packets: list[Packet] = []
        while self._next < self._until:
            packets.append(self._packet())
        return packets


def _frame(samples: Samples, recipe: Recipe) -> AudioFrame:
    planar = recipe.audio_format.endswith("p")
    shaped = samples if planar else samples.T.reshape(1, -1)
    frame = AudioFrame.from_ndarray(
        np.ascontiguousarray(shaped), format=recipe.audio_format, layout="stereo"
    )
    frame.sample_rate = SAMPLE_RATE
    frame.time_base = _TIME_BASE
    return frame
