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
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.resampler import AudioResampler

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.intake import Demuxer, open_media
from preview_worker.render.soundtrack import CHANNELS, SAMPLE_RATE, SoundRef

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

Block = np.ndarray[Any, np.dtype[np.float32]]
"""Samples as ``CHANNELS`` rows at ``SAMPLE_RATE``, full scale at 1."""

RATES_HZ = (8_000, 192_000)
MOST_CHANNELS = 8
MOST_SAMPLES = 400_000
"""Samples a second of all channels together: stereo at 192 kHz or eight channels at 48, not both.

A silent second costs a few bytes in FLAC, and as long to decode as any other."""
NAMES = "WAV, MP3, M4A or AAC, OGG, FLAC, WebM"
_PEAK = 8.0
"""Louder samples, which only floats can hold, are no sound."""
_PCM = ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le")


@dataclass(frozen=True, slots=True)
class _Format:
    demuxer: Demuxer
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


def decode(descriptor: int, sound: SoundRef, most_s: int | None = None) -> Iterator[Block]:
    """Yield the samples of the file behind ``descriptor`` as stereo at 48 kHz.

    Raises ``PreviewError`` (ASSET_TYPE) for what is no sound of a known format, and (SOUND_LIMITS)
    for rates and numbers of channels that no narration has. So it does, before anything is decoded,
    for a sound that says, and of which is seen, that it lasts longer than ``most_s``.
    """
    form = _sniff(os.pread(descriptor, 16, 0))
    if form is None:
        raise _unreadable(sound)
    try:
        with open_media(descriptor, form.demuxer, form.decoders) as file:
            stream = _judged(file, form, sound)
            if most_s is not None and _outlasts(file, descriptor, form, most_s):
                raise too_long(sound, most_s)
            yield from _resampled(file, stream, sound)
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
    _check(context.sample_rate, context.channels, sound)
    context.thread_count = 1
    return stream


def _check(rate_hz: int, channels: int, sound: SoundRef) -> None:
    low, high = RATES_HZ
    if not low <= rate_hz <= high or not 1 <= channels <= MOST_CHANNELS:
        most = f"at most {MOST_CHANNELS} at {low} to {high} Hz are read"
    elif rate_hz * channels > MOST_SAMPLES:
        most = f"at most {MOST_SAMPLES} samples a second of all channels together are read"
    else:
        return
    message = f"The sound at {sound.where} has {channels} channels at {rate_hz} Hz; {most}."
    raise PreviewError(ErrorCode.SOUND_LIMITS, message)


def too_long(sound: SoundRef, most_s: int) -> PreviewError:
    """Return the refusal of a sound that lasts longer than ``most_s``."""
    message = (
        f"The sound at {sound.where} lasts longer than the {most_s} s that are read. "
        "Cut it into the narrations of single scenes."
    )
    return PreviewError(ErrorCode.SOUND_LIMITS, message)


def _outlasts(file: InputContainer, descriptor: int, form: _Format, most_s: int) -> bool:
    """Tell whether a sound is longer than ``most_s``, if its header leaves that possible.

    A header may lie or guess, so it is believed only when the packets say the same. They are looked
    at by a second demuxer, and the position that the first one relies on is put back.
    """
    if file.duration is not None and file.duration <= most_s * av.time_base:
        return False
    position, lasted = os.lseek(descriptor, 0, os.SEEK_CUR), Fraction(0)
    with open_media(descriptor, form.demuxer, form.decoders) as again:
        for packet in again.demux(again.streams.audio[0]):
            lasted += (packet.duration or 0) * (packet.time_base or Fraction(0))
            if lasted > most_s:
                break
    os.lseek(descriptor, position, os.SEEK_SET)
    return lasted > most_s


def _resampled(file: InputContainer, stream: AudioStream, sound: SoundRef) -> Iterator[Block]:
    resampler, known = AudioResampler("fltp", "stereo", SAMPLE_RATE), None
    heard = False
    for frame in _frames(file, stream):
        traits = (frame.format.name, frame.layout.name, frame.sample_rate)
        if traits != known:
            # Some files are several sounds in a row, each with properties of its own.
            _check(frame.sample_rate, frame.layout.nb_channels, sound)
            yield from map(_block, resampler.resample(None))
            resampler, known = AudioResampler("fltp", "stereo", SAMPLE_RATE), traits
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
