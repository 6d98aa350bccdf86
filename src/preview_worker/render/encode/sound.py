"""The audio track: encoded by itself, apart from the pictures, or silence that costs nothing."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO, Protocol

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.codec.context import CodecContext

from preview_worker.render.encode.codecs import FLAGS, RECIPES, Recipe
from preview_worker.render.model import Container
from preview_worker.render.soundtrack import CHANNELS, SAMPLE_RATE

Samples = np.ndarray[Any, np.dtype[np.float32]]
_CHUNK = 960
_MAGIC = b"SND1"
_HEAD = struct.Struct("<4sIIIII")


class SampleSource(Protocol):
    """Somebody who can be asked for the next samples, as ``CHANNELS`` rows, without end."""

    def read(self, samples: int) -> Samples:
        """Return exactly ``samples`` samples."""


@dataclass(frozen=True, slots=True)
class SoundPackets:
    """An encoded track, from packet to packet.

    The first packet begins ``priming`` samples before the preview does: decoders leave those out.
    """

    headers: bytes
    samples: int
    """How many samples are heard."""
    priming: int
    packet_samples: int
    packets: Sequence[bytes | memoryview]

    def start(self, number: int) -> int:
        """Return the sample that packet ``number`` begins with, negative while priming."""
        return number * self.packet_samples - self.priming

    def lasting(self, number: int) -> int:
        """Return how many samples packet ``number`` lasts; the last one may be cut short."""
        return min(self.packet_samples, self.samples - self.start(number))

    def until(self, sample: int) -> int:
        """Return how many packets begin before ``sample``."""
        return min(len(self.packets), -(-(sample + self.priming) // self.packet_samples))

    def write(self, file: BinaryIO) -> None:
        """Write the track as ``read`` understands it."""
        sizes = np.array([len(packet) for packet in self.packets], "<u4")
        counts = (len(self.headers), self.samples, self.priming, self.packet_samples, len(sizes))
        file.write(_HEAD.pack(_MAGIC, *counts))
        file.write(self.headers)
        file.write(sizes.tobytes())
        file.writelines(self.packets)

    @classmethod
    def read(cls, packed: bytes | memoryview) -> SoundPackets:
        """Read what ``write`` wrote; raise ``ValueError`` for anything else."""
        view = memoryview(packed)
        try:
            magic, head, samples, priming, each, count = _HEAD.unpack_from(view)
            table = _HEAD.size + head
            sizes = np.frombuffer(view[table : table + 4 * count], "<u4")
        except (struct.error, ValueError) as error:
            message = "this is no sound: it ends too early"
            raise ValueError(message) from error
        stops = table + 4 * count + np.cumsum(sizes, dtype=np.int64)
        stop = stops[-1] if sizes.size else table
        if magic != _MAGIC or sizes.size != count or stop != len(view):
            message = "this is no sound"
            raise ValueError(message)
        packets = [view[stop - size : stop] for stop, size in zip(stops, sizes, strict=True)]
        return cls(bytes(view[_HEAD.size : table]), samples, priming, each, packets)


def encode_sound(container: Container, source: SampleSource, samples: int) -> SoundPackets:
    """Encode ``samples`` samples of what ``source`` plays."""
    recipe = RECIPES[container]
    context = _opened(recipe)
    chunk = context.frame_size or _CHUNK
    packets: list[bytes] = []
    starts: list[int] = []
    for start in range(0, samples, chunk):
        frame = _frame(source.read(min(chunk, samples - start)), recipe)
        frame.pts = start
        _keep(context.encode(frame), packets, starts)
    _keep(context.encode(None), packets, starts)
    return _track(context, samples, (-starts[0], chunk), packets)


def encode_silence(container: Container, samples: int) -> SoundPackets:
    """Return a silent track: encoders write every stretch of silence alike, so one does for all."""
    recipe = RECIPES[container]
    context = _opened(recipe)
    chunk = context.frame_size or _CHUNK
    zeros = np.zeros((CHANNELS, chunk), np.float32)
    packets: list[bytes] = []
    starts: list[int] = []
    for number in range(4):
        frame = _frame(zeros, recipe)
        frame.pts = number * chunk
        _keep(context.encode(frame), packets, starts)
    headers = bytes(context.extradata or b"")
    priming = -starts[0]
    count = -(-(samples + priming) // chunk)
    return SoundPackets(headers, samples, priming, chunk, _Repeated(packets[0], count))


def decode_sound(container: Container, sound: SoundPackets) -> Iterator[AudioFrame]:
    """Yield the track as a player decodes it, what primes the decoder included."""
    context = CodecContext.create("aac" if container == "mp4" else "opus", "r")
    if not isinstance(context, AudioCodecContext):
        message = f"there is no decoder for the sound of {container}"
        raise TypeError(message)
    context.extradata = sound.headers
    for packet in sound.packets:
        yield from context.decode(av.Packet(bytes(packet)))
    yield from context.decode(None)


class _Repeated(Sequence[bytes]):
    """One packet over and over, held once."""

    def __init__(self, content: bytes, count: int) -> None:
        self._content = content
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:  # noqa: ANN401 -- an index or a slice
        if isinstance(number, slice):
            return [self._content] * len(range(self._count)[number])
        if not 0 <= number < self._count:
            raise IndexError(number)
        return self._content


def _track(
    context: AudioCodecContext, samples: int, beat: tuple[int, int], packets: list[bytes]
) -> SoundPackets:
    priming, chunk = beat
    count = -(-(samples + priming) // chunk)
    headers = bytes(context.extradata or b"")
    return SoundPackets(headers, samples, priming, chunk, packets[:count])


def _keep(found: list[av.Packet[Any]], packets: list[bytes], starts: list[int]) -> None:
    packets += [bytes(packet) for packet in found]
    starts += [packet.pts or 0 for packet in found]


def _opened(recipe: Recipe) -> AudioCodecContext:
    context = CodecContext.create(recipe.audio, "w")
    if not isinstance(context, AudioCodecContext):
        message = f"{recipe.audio} is no audio encoder"
        raise TypeError(message)
    context.sample_rate = SAMPLE_RATE
    context.time_base = Fraction(1, SAMPLE_RATE)
    prepare_audio(context, recipe)
    context.options = dict(recipe.audio_options)
    context.open()
    return context


def prepare_audio(context: AudioCodecContext, recipe: Recipe) -> None:
    """Say what the samples are like."""
    context.layout = "stereo"
    context.format = recipe.audio_format
    context.bit_rate = recipe.audio_bits
    context.flags |= FLAGS


def _frame(samples: Samples, recipe: Recipe) -> AudioFrame:
    planar = recipe.audio_format.endswith("p")
    shaped = samples if planar else samples.T.reshape(1, -1)
    frame = AudioFrame.from_ndarray(
        np.ascontiguousarray(shaped), format=recipe.audio_format, layout="stereo"
    )
    frame.sample_rate = SAMPLE_RATE
    frame.time_base = Fraction(1, SAMPLE_RATE)
    return frame
