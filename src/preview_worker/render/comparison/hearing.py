"""What a sound track is to an ear: how loud, how much of it silent, and what it sounds like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from av.audio.resampler import AudioResampler

from preview_worker.render.audio.gauge import SILENT_LUFS, Gauge
from preview_worker.render.soundtrack import SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

HOP_S = 0.05
WINDOW = 4096
BANDS_HZ = np.geomspace(80, 8000, 17)
"""The edges of the bands that a fingerprint tells apart: about three to the octave."""
SILENT_DB = -60.0
"""A hop below this is silence to a listener."""
FLOOR_DB = -80.0
MOST_OFFSET = 20
"""Hops by which one track may be late against the other and still be known again: a second."""
ALIKE = 0.98
"""Correlation of fingerprints above which two tracks sound the same; encoders leave 0.99."""

_Print = np.ndarray[Any, np.dtype[np.float64]]
_HOP = round(HOP_S * SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class Hearing:
    """A track that was listened to. ``bands`` has a row of levels in dB for every hop."""

    lufs: float
    silent_share: float
    bands: _Print = field(repr=False)

    @property
    def heard(self) -> bool:
        """Whether there is anything to be heard."""
        return self.silent_share < 1


@dataclass(frozen=True, slots=True)
class SoundDifference:
    """How two tracks differ: loudness before and after, silence, likeness, and delay in seconds."""

    lufs: tuple[float, float]
    silent_share: tuple[float, float]
    correlation: float
    offset_s: float

    @property
    def differs(self) -> bool:
        """Whether a listener would notice."""
        louder = abs(self.lufs[1] - self.lufs[0])
        return self.correlation < ALIKE or louder > 1 or abs(self.offset_s) > HOP_S


def silence() -> Hearing:
    """Return what is heard where nothing sounds."""
    return Hearing(SILENT_LUFS, 1.0, np.full((1, len(BANDS_HZ) - 1), FLOOR_DB))


def hear(frames: Iterable[AudioFrame]) -> Hearing:
    """Listen to decoded ``frames``."""
    gauge = Gauge(between=False)
    resampler = AudioResampler("fltp", "stereo", SAMPLE_RATE)
    mono = []
    for frame in frames:
        frame.pts = None
        for converted in resampler.resample(frame):
            block = converted.to_ndarray().astype(np.float32, copy=False)
            gauge.observe(block)
            mono.append(block.mean(axis=0))
    if not mono:
        return silence()
    samples = np.concatenate(mono)
    bands = _bands(samples)
    silent = float((_levels_db(samples) < SILENT_DB).mean())
    return Hearing(round(gauge.finish().lufs, 1), round(silent, 4), bands)


def compare_sounds(before: Hearing, after: Hearing) -> SoundDifference:
    """Return how ``after`` sounds against ``before``."""
    correlation, offset = 1.0, 0
    if before.heard or after.heard:
        found = {
            shift: _correlation(before.bands, after.bands, shift)
            for shift in sorted(range(-MOST_OFFSET, MOST_OFFSET + 1), key=abs)
        }
        offset = max(found, key=lambda shift: round(found[shift], 6))
        correlation = found[offset]
    return SoundDifference(
        (before.lufs, after.lufs),
        (before.silent_share, after.silent_share),
        round(correlation, 4),
        round(offset * HOP_S, 2),
    )


def _levels_db(samples: np.ndarray[Any, Any]) -> _Print:
    hops = samples[: max(1, samples.size // _HOP) * _HOP].reshape(-1, min(_HOP, samples.size))
    power = np.square(hops, dtype=np.float64).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-12))


def _bands(samples: np.ndarray[Any, Any]) -> _Print:
    """Return the level of every band at every hop."""
    padded = np.pad(samples, (0, WINDOW))
    window = np.hanning(WINDOW)
    frequencies = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    places = np.digitize(frequencies, BANDS_HZ)
    rows = []
    for start in range(0, max(1, samples.size), _HOP):
        spectrum = np.square(np.abs(np.fft.rfft(padded[start : start + WINDOW] * window)))
        sums = np.bincount(places, spectrum, len(BANDS_HZ) + 1)[1:-1]
        rows.append(10 * np.log10(sums / WINDOW + 10 ** (FLOOR_DB / 10)))
    return np.asarray(rows)


def _correlation(before: _Print, after: _Print, shift: int) -> float:
    """Return how alike two fingerprints are, the later of them taken ``shift`` hops back."""
    first = before[max(0, -shift) :]
    second = after[max(0, shift) :]
    length = max(len(first), len(second))
    one, other = (_filled(rows, length).ravel() for rows in (first, second))
    one, other = one - FLOOR_DB, other - FLOOR_DB
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / scale if scale else float(not (one.any() or other.any()))


def _filled(rows: _Print, length: int) -> _Print:
    return np.pad(rows, ((0, length - len(rows)), (0, 0)), constant_values=FLOOR_DB)
