"""Decoding sounds from strangers: formats by allow-list, properties judged before any decoding.

A file's format is told by its first bytes and never by its name. FFmpeg gets that one demuxer, that
one protocol and the decoders that belong to it, so a playlist or a script of FFmpeg's own is no way
to another file or to the network. Packets that do not decode are left out, as players do.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.resampler import AudioResampler

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.soundtrack import CHANNELS, SAMPLE_RATE, SoundRef

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Block = np.ndarray[Any, np.dtype[np.float32]]
"""Samples as ``CHANNELS`` rows at ``SAMPLE_RATE``, full scale at 1."""

RATES_HZ = (8_000, 192_000)
MOST_CHANNELS = 8
NAMES = "WAV, MP3, M4A or AAC, OGG, FLAC, WebM"
_PEAK = 8.0
"""Louder samples, which only floats can hold, are no sound."""
_PCM = ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le")


@dataclass(frozen=True, slots=True)
class _Format:
    demuxer: str
    beginning: re.Pattern[bytes]
    decoders: tuple[str, ...]


_FORMATS = (
    _Format("wav", re.compile(rb"RIFF.{4}WAVE|RF64.{4}WAVE", re.DOTALL), _PCM),
    _Format("flac", re.compile(rb"fLaC"), ("flac",)),
    _Format("ogg", re.compile(rb"OggS"), ("opus", "vorbis", "flac")),
    _Format("mov", re.compile(rb".{4}ftyp", re.DOTALL), ("aac", "mp3float", "mp3", "flac")),
    _Format("matroska", re.compile(rb"\x1a\x45\xdf\xa3"), ("opus", "vorbis")),
    _Format("aac", re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), ("aac",)),
    _Format("mp3", re.compile(rb"ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]"), ("mp3float", "mp3")),
)


def decode(descriptor: int, sound: SoundRef) -> Iterator[Block]:
    """Yield the samples of the file behind ``descriptor`` as stereo at 48 kHz.

    Raises ``PreviewError`` (ASSET_TYPE) for what is no sound of a known format, and (SOUND_LIMITS)
    for rates and numbers of channels that no narration has.
    """
    form = _sniff(os.pread(descriptor, 16, 0))
    if form is None:
        raise _unreadable(sound)
    options = {
        "format_whitelist": form.demuxer,
        "protocol_whitelist": "file",
        "codec_whitelist": ",".join(form.decoders),
        "max_streams": "8",
        "probesize": "1000000",
        "analyzeduration": "5000000",
    }
    try:
        # By its open descriptor: no name is followed a second time.
        with av.open(f"/dev/fd/{descriptor}", format=form.demuxer, options=options) as file:
            yield from _resampled(file, _judged(file, form, sound), sound)
    except av.error.FFmpegError as error:
        raise _unreadable(sound) from error


def _sniff(beginning: bytes) -> _Format | None:
    return next((form for form in _FORMATS if form.beginning.match(beginning)), None)


def _judged(file: InputContainer, form: _Format, sound: SoundRef) -> AudioStream:
    if not file.streams.audio:
        raise _unreadable(sound)
    stream = file.streams.audio[0]
    context = stream.codec_context
    # There is none at all for what FFmpeg has no decoder for.
    if getattr(context, "name", None) not in form.decoders:
        raise _unreadable(sound)
    low, high = RATES_HZ
    if not low <= context.sample_rate <= high or not 1 <= context.channels <= MOST_CHANNELS:
        message = (
            f"The sound at {sound.where} has {context.channels} channels at "
            f"{context.sample_rate} Hz; at most {MOST_CHANNELS} at {low} to {high} Hz are read."
        )
        raise PreviewError(ErrorCode.SOUND_LIMITS, message)
    context.thread_count = 1
    return stream


def _resampled(file: InputContainer, stream: AudioStream, sound: SoundRef) -> Iterator[Block]:
    resampler = AudioResampler("fltp", "stereo", SAMPLE_RATE)
    heard = False
    for frame in _frames(file, stream):
        frame.pts = None
        for block in map(_block, resampler.resample(frame)):
            heard = True
            yield block
    if not heard:
        raise _unreadable(sound)
    yield from map(_block, resampler.resample(None))


def _frames(file: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    for packet in file.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        yield from frames


def _block(frame: AudioFrame) -> Block:
    samples = frame.to_ndarray().astype(np.float32, copy=False).reshape(CHANNELS, -1)
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -_PEAK, _PEAK)


def _unreadable(sound: SoundRef) -> PreviewError:
    message = f"The sound at {sound.where} is broken, holds nothing, or is none of {NAMES}."
    return PreviewError(ErrorCode.ASSET_TYPE, message)
