"""Sounds for the tests of the render room: made by NumPy, written as files, found again by ear."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
from av.audio.frame import AudioFrame

Sound = np.ndarray[Any, Any]
RATE = 48_000
CHANNELS = 2


def tone(seconds: float, hertz: float = 440.0, level: float = 0.25, rate: int = RATE) -> Sound:
    """Return a sine."""
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def speech(seconds: float, level: float = 0.1, rate: int = RATE, seed: int = 7) -> Sound:
    """Return dull noise in syllables, four a second, with a pause after each."""
    at = np.arange(round(seconds * rate)) / rate
    syllables = np.clip(np.sin(2 * np.pi * 4 * at), 0, 1) ** 0.5
    noise = np.random.default_rng(seed).standard_normal(at.size + 7)
    return level * syllables * np.convolve(noise, np.full(8, 0.35), "valid")


def write_wav(path: Path, sound: Sound, rate: int = RATE) -> Path:
    """Write 16-bit PCM; two rows are two channels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.atleast_2d(sound)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(rows.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(rows.T, -1, 1) * 32767).astype("<i2").tobytes())
    return path


ENCODERS = {
    "mp3": ("mp3", "libmp3lame", "fltp"),
    "m4a": ("mp4", "aac", "fltp"),
    "aac": ("adts", "aac", "fltp"),
    "ogg": ("ogg", "libopus", "flt"),
    "flac": ("flac", "flac", "s16"),
    "webm": ("webm", "libopus", "flt"),
}


def write_encoded(path: Path, sound: Sound) -> Path:
    """Write a sound at 48 kHz in the format that the name asks for; two rows only as FLAC."""
    muxer, codec, form = ENCODERS[path.suffix[1:]]
    with av.open(str(path), "w", format=muxer, options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream(codec, rate=RATE)
        assert isinstance(stream, av.AudioStream)
        samples = np.atleast_2d(sound).astype(np.float32)
        layout = "stereo" if samples.shape[0] == CHANNELS else "mono"
        stream.codec_context.layout = layout
        stream.codec_context.format = form
        if form == "s16":
            samples = (samples.T.reshape(1, -1) * 32767).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples, format=form, layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            file.mux(packet)
    return path


def listen(path: Path) -> Sound:
    """Return the audio track of a finished file as a player decodes it, two rows at 48 kHz."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    rows = [
        frame.to_ndarray() if frame.format.is_planar else frame.to_ndarray().reshape(-1, 2).T
        for frame in frames
    ]
    return np.concatenate(rows, axis=1)


def position(track: Sound, sound: Sound) -> int:
    """Return the sample of ``track`` at which ``sound`` begins, by cross-correlation."""
    size = 1 << (track.size + sound.size).bit_length()
    spectrum = np.fft.rfft(track, size) * np.conj(np.fft.rfft(sound, size))
    return int(np.argmax(np.abs(np.fft.irfft(spectrum, size))[: track.size]))


def rms_db(sound: Sound) -> float:
    """Return the power of a stretch in dB of full scale."""
    return float(10 * np.log10(float(np.mean(np.square(sound))) + 1e-12))


def r128(track: Sound) -> tuple[float, float]:
    """Return integrated loudness and true peak as FFmpeg's own meter has them."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        format="fltp", sample_rate=RATE, layout="stereo", time_base=Fraction(1, RATE)
    )
    meter = graph.add("ebur128", "metadata=1:peak=true")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    padded = np.concatenate([track, np.zeros((2, RATE))], axis=1).astype(np.float32)
    told: dict[str, str] = {}
    for start in range(0, padded.shape[1], RATE):
        part = np.ascontiguousarray(padded[:, start : start + RATE])
        frame = AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), start
        graph.push(frame)
        try:
            while True:
                told.update(graph.pull().metadata)
        except av.error.BlockingIOError:
            continue
    peak = float(told["lavfi.r128.true_peak"])
    return float(told["lavfi.r128.I"]), 20 * float(np.log10(max(peak, 1e-4)))
