"""The audio track: written a little ahead of the pictures, so that the muxer holds few packets."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from av.audio.frame import AudioFrame

from preview_worker.render.encode.codecs import SAMPLE_RATE, Recipe

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

_CHUNK = 960
CHANNELS = 2


class SoundEncoder:
    """Encodes silence up to wherever it is asked to."""

    def __init__(self, container: OutputContainer, stream: AudioStream, recipe: Recipe) -> None:
        """Write to ``stream`` of ``container`` in the recipe's sample format."""
        self._container = container
        self._stream = stream
        self._recipe = recipe
        self._done = 0

    def fill(self, until: int) -> None:
        """Encode silence until the track has ``until`` samples."""
        while self._done < until:
            self._encode(min(self._chunk(), until - self._done))

    def _chunk(self) -> int:
        return self._stream.codec_context.frame_size or _CHUNK

    def _encode(self, samples: int) -> None:
        planar = self._recipe.audio_format.endswith("p")
        shape = (CHANNELS, samples) if planar else (1, samples * CHANNELS)
        frame = AudioFrame.from_ndarray(
            np.zeros(shape, np.float32), format=self._recipe.audio_format, layout="stereo"
        )
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        frame.pts = self._done
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
        self._done += samples

    def finish(self) -> None:
        """Write what the encoder still holds."""
        for packet in self._stream.encode(None):
            self._container.mux(packet)
