"""Mastering: one gain for the whole track, and a limiter where peaks would break the ceiling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from preview_worker.render.audio.decode import Block
from preview_worker.render.audio.gauge import (
    HOP,
    SILENT_LUFS,
    Curve,
    Reading,
    linear,
    measure,
)
from preview_worker.render.soundtrack import Loudness

Blocks = Callable[[], Iterator[Block]]

MARGIN_DB = 1.2
"""How far below the ceiling the peaks stay, because lossy coding moves them."""
MOST_GAIN_DB = 30.0
CLOSE_LU = 0.1
_PASSES = 4
_AHEAD = 5
"""Hops over which the limiter's gain goes down before a peak."""
_RELEASE = 1 - np.exp(-1 / 80)
"""How much of the way up it goes back in one hop: 63 % in 80 ms."""


@dataclass(frozen=True, slots=True)
class Master:
    """A gain for the track, and where there is a ``curve``, one more for each hop."""

    gain: float
    curve: Curve | None = None

    def apply(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """Yield ``blocks`` as they shall be heard."""
        start = 0
        for block in blocks:
            if self.curve is None:
                yield block * np.float32(self.gain)
            else:
                yield block * (_stretch(self.curve, start, block.shape[1]) * np.float32(self.gain))
            start += block.shape[1]


def _stretch(curve: Curve, start: int, samples: int) -> Block:
    """Return the line through the corners of ``curve`` from sample ``start``, a whole hop, on."""
    at = np.arange(start + 1, start + samples + 1) / HOP
    first = start // HOP
    last = min(first + samples // HOP + 2, curve.size)
    return np.interp(at, np.arange(first, last), curve[first:last]).astype(np.float32)


def plan_master(blocks: Blocks, reading: Reading, loudness: Loudness) -> Master:
    """Return what brings the track that ``reading`` tells of to ``loudness``.

    ``blocks`` gives the track again, for a second and third look where the limiter takes loudness
    away. What cannot be reached is left to whoever measures the result.
    """
    ceiling = linear(float(loudness.true_peak_db) - MARGIN_DB)
    target = float(loudness.lufs)
    known = loudness.levelled and reading.lufs > SILENT_LUFS
    gain_db = min(target - reading.lufs, MOST_GAIN_DB) if known else 0.0
    master = _limited(reading, gain_db, ceiling)
    for _ in range(_PASSES if known and master.curve is not None else 0):
        missing = target - measure(master.apply(blocks()), between=False).lufs
        if abs(missing) <= CLOSE_LU or gain_db + missing > MOST_GAIN_DB:
            break
        gain_db += missing
        master = _limited(reading, gain_db, ceiling)
    return master


def _limited(reading: Reading, gain_db: float, ceiling: float) -> Master:
    gain = linear(gain_db)
    if float(reading.peaks.max(initial=0.0)) * gain <= ceiling:
        return Master(gain)
    return Master(gain, limiting(reading.peaks * gain, ceiling))


def limiting(peaks: Curve, ceiling: float) -> Curve:
    """Return the limiter's gain at the corners of all hops, one more than there are ``peaks``.

    Between two corners it goes straight. It is down before a peak comes, and at no sample higher
    than that sample's hop allows.
    """
    allowed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # Each hop looks one hop back and ``_AHEAD`` on; a mean over ``_AHEAD`` of them then stays low.
    padded = np.concatenate([np.ones(1), allowed, np.ones(_AHEAD)])
    lowest = np.lib.stride_tricks.sliding_window_view(padded, _AHEAD + 2).min(axis=1)
    held, last = np.empty(lowest.size), 1.0
    for hop, wanted in enumerate(lowest.tolist()):
        last = min(wanted, last + (1.0 - last) * _RELEASE)
        held[hop] = last
    begun = np.concatenate([np.full(_AHEAD, held[0] if held.size else 1.0), held])
    means = np.convolve(begun, np.full(_AHEAD, 1 / _AHEAD), "valid")
    return np.minimum(means, 1.0)
