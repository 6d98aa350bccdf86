"""How loud something is: integrated loudness of EBU R128, and true peaks of ITU-R BS.1770.

FFmpeg's ``ebur128`` measures the loudness. True peaks are found here, a hop of a millisecond at a
time, because the limiter has to know where they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.filter
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from preview_worker.render.audio.decode import Block
from preview_worker.render.soundtrack import CHANNELS, SAMPLE_RATE

HOP = 48
BLOCK = 500 * HOP
SILENT_LUFS = -70.0
"""What the standard's absolute gate leaves of silence."""
SILENCE_DB = -50.0
"""Nothing above this level is silence, as the Elite standard's text has it."""
_TENTH = SAMPLE_RATE // 10
_EDGE = 12
"""Samples on either side that the oversampling filter looks at."""

Curve = np.ndarray[Any, np.dtype[np.float64]]
"""One number for each hop."""


def _between() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return a matrix that reads a hop of samples a quarter, a half and three quarters later.

    Its rows stand for the samples that a hop depends on, its columns for the hop's samples, once
    for each quarter: one product of matrices filters many hops at once.
    """
    places = np.arange(-_EDGE + 1, _EDGE + 1)
    matrix = np.zeros((HOP + places.size - 1, 3 * HOP), np.float32)
    for quarter in range(1, 4):
        at = places - quarter / 4
        window = np.kaiser(2 * 4 * _EDGE + 1, 6.0)[np.rint((at + _EDGE) * 4).astype(int)]
        taps = np.sinc(at) * window
        for sample in range(HOP):
            column = (quarter - 1) * HOP + sample
            matrix[sample : sample + taps.size, column] = taps / taps.sum()
    return matrix


_BETWEEN = _between()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured. ``peaks`` are linear, the highest true peak of each hop."""

    lufs: float
    peaks: Curve
    samples: int
    highest: float
    """The highest sample as it is, linear."""

    @property
    def heard(self) -> bool:
        """Whether there is anything above -80 dBFS."""
        return float(self.peaks.max(initial=0.0)) > 10**-4

    @property
    def true_peak_db(self) -> float:
        """The highest true peak in dBTP."""
        return decibels(float(self.peaks.max(initial=0.0)))

    @property
    def longest_silence_s(self) -> float:
        """The longest stretch without anything above ``SILENCE_DB``, to a millisecond."""
        loud = np.flatnonzero(self.peaks > linear(SILENCE_DB))
        edges = np.concatenate([[-1], loud, [self.peaks.size]])
        return float(np.diff(edges).max() - 1) * HOP / SAMPLE_RATE


class Gauge:
    """Measures one stream of samples; FFmpeg's meter does so on the calling thread."""

    def __init__(self, *, between: bool = True) -> None:
        """Begin with nothing heard; ``between`` looks for peaks between samples too."""
        self._between = between
        self._graph = av.filter.Graph()
        self._graph.threads = 1
        source = self._graph.add_abuffer(
            format="fltp",
            sample_rate=SAMPLE_RATE,
            layout="stereo",
            time_base=Fraction(1, SAMPLE_RATE),
        )
        meter = self._graph.add("ebur128", "metadata=1")
        sink = self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()
        self._lufs = SILENT_LUFS
        self._samples = 0
        self._tail: Block = np.zeros((CHANNELS, 2 * _EDGE), np.float32)
        self._rest: Block = np.zeros((CHANNELS, 0), np.float32)
        self._peaks: list[Curve] = []
        self._highest = 0.0

    def observe(self, block: Block) -> None:
        """Take the next samples, however many."""
        self._push(block)
        self._samples += block.shape[1]
        self._highest = max(self._highest, float(np.abs(block).max(initial=0.0)))
        joined = np.concatenate([self._rest, block], axis=1)
        whole = joined.shape[1] // HOP * HOP
        self._rest = joined[:, whole:]
        if whole:
            self._find_peaks(joined[:, :whole])

    def _find_peaks(self, samples: Block) -> None:
        # The samples before the first are known, those after the last are not: what lies between
        # two blocks is counted with the later one's first hop.
        seen = np.concatenate([self._tail, samples], axis=1)
        self._tail = seen[:, -2 * _EDGE :]
        highest = np.abs(seen).max(axis=0)
        if self._between and highest.max(initial=0.0) > 0:
            between = _highest_between(seen)
            middle = highest[_EDGE : _EDGE + between.size]
            np.maximum(middle, between, out=middle)
        count = samples.shape[1] // HOP
        peaks = highest[2 * _EDGE :].reshape(count, HOP).max(axis=1).astype(np.float64)
        before = float(highest[: 2 * _EDGE].max())
        if self._peaks:
            last = self._peaks[-1]
            last[-1] = max(last[-1], before)
        self._peaks.append(peaks)

    def _push(self, block: Block) -> None:
        for start in range(0, block.shape[1], BLOCK):
            part = np.ascontiguousarray(block[:, start : start + BLOCK], np.float32)
            frame = AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate = SAMPLE_RATE
            frame.time_base = Fraction(1, SAMPLE_RATE)
            frame.pts = self._samples + start
            self._graph.push(frame)
            self._pull()

    def _pull(self) -> None:
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            told = frame.metadata.get("lavfi.r128.I")
            if told is not None:
                self._lufs = float(told)

    def finish(self) -> Reading:
        """Return what all the samples were; the gauge is spent."""
        samples = self._samples
        # The meter speaks every tenth of a second; silence up to the next one changes nothing.
        self.observe(np.zeros((CHANNELS, _TENTH - samples % _TENTH), np.float32))
        peaks = np.concatenate(self._peaks)[: math.ceil(samples / HOP) + 1]
        lufs = self._lufs if math.isfinite(self._lufs) else SILENT_LUFS
        return Reading(max(lufs, SILENT_LUFS), peaks, samples, self._highest)


def _highest_between(seen: Block) -> Block:
    """Return the highest value, of both channels, up to a sample after each of ``seen``."""
    count = seen.shape[1] - 2 * _EDGE + 1
    hops = -(-count // HOP)
    width = _BETWEEN.shape[0]
    padded = np.zeros((CHANNELS, hops * HOP + width - HOP), np.float32)
    padded[:, : seen.shape[1]] = seen
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)[:, ::HOP]
    found = np.abs(windows.reshape(-1, width) @ _BETWEEN).reshape(CHANNELS, hops, 3, HOP)
    highest: Block = found.max(axis=(0, 2)).reshape(-1)[:count]
    return highest


def measure(blocks: Iterable[Block], *, between: bool = True) -> Reading:
    """Measure all ``blocks``, one after the other."""
    gauge = Gauge(between=between)
    for block in blocks:
        gauge.observe(block)
    return gauge.finish()


def measure_frames(frames: Iterable[AudioFrame]) -> Reading:
    """Measure a finished track as a player decodes it."""
    return measure(_resampled(frames))


def _resampled(frames: Iterable[AudioFrame]) -> Iterator[Block]:
    resampler = AudioResampler("fltp", "stereo", SAMPLE_RATE)
    for frame in frames:
        frame.pts = None
        for converted in resampler.resample(frame):
            yield converted.to_ndarray().astype(np.float32, copy=False)


def decibels(gain: float) -> float:
    """Return a linear gain in dB; silence is far below everything."""
    return 20 * math.log10(max(gain, 1e-10))


def linear(gain_db: float) -> float:
    """Return the linear gain of so many dB."""
    return float(10 ** (gain_db / 20))
