"""Making room for speech: how far the music is turned down, sample by sample."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from preview_worker.render.audio.decode import Block
from preview_worker.render.audio.gauge import HOP
from preview_worker.render.soundtrack import SAMPLE_RATE, Ducking

Gain = np.ndarray[Any, np.dtype[np.float32]]
"""One linear gain for each sample."""

PATIENCE_S = 0.5
"""A pause in speech that is shorter than this, the music's way up and down included, is no rest."""


class Ducker(Protocol):
    """Somebody who turns the music down."""

    def gain(self, start: int, voice: Block) -> Gain:
        """Return the music's gain while ``voice`` is heard, which begins at sample ``start``.

        It is asked for one stretch after the other, without a hole.
        """


def ducker_of(ducking: Ducking, speech: Iterable[tuple[int, int]]) -> Ducker:
    """Return the ducker that is asked for; ``speech`` are the samples between which one speaks."""
    match ducking.mode:
        case "envelope":
            return Envelope(ducking, speech)
        case "sidechain":
            return SideChain(ducking)
        case "none":
            return Open()


class Open:
    """Leaves the music as it is."""

    def gain(self, start: int, voice: Block) -> Gain:
        """Return 1 throughout."""
        del start
        return np.ones(voice.shape[1], np.float32)


class Envelope:
    """Knows when somebody will speak, so the music is down before the first word."""

    def __init__(self, ducking: Ducking, speech: Iterable[tuple[int, int]]) -> None:
        """Draw the line through the corners."""
        attack = max(1, round(ducking.attack_s * SAMPLE_RATE))
        release = max(1, round(ducking.release_s * SAMPLE_RATE))
        patience = attack + release + round(PATIENCE_S * SAMPLE_RATE)
        corners: list[tuple[int, float]] = []
        for begin, end in _joined(speech, patience):
            depth = float(ducking.depth)
            corners += [(begin - attack, 1.0), (begin, depth), (end, depth), (end + release, 1.0)]
        self._samples = [sample for sample, _ in corners] or [0]
        self._gains = [gain for _, gain in corners] or [1.0]

    def gain(self, start: int, voice: Block) -> Gain:
        """Return the line's stretch."""
        at = np.arange(start, start + voice.shape[1])
        return np.interp(at, self._samples, self._gains).astype(np.float32)


def _joined(speech: Iterable[tuple[int, int]], patience: int) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    for begin, end in sorted(speech):
        if stretches and begin - stretches[-1][1] <= patience:
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]))
        else:
            stretches.append((begin, end))
    return stretches


class SideChain:
    """A compressor that listens to the speech and turns down the music, a millisecond at a time."""

    def __init__(self, ducking: Ducking) -> None:
        """Begin with the music up."""
        self._threshold = float(ducking.threshold)
        self._slope = 1 / float(ducking.ratio) - 1
        self._attack = _share(float(ducking.attack_s))
        self._release = _share(float(ducking.release_s))
        self._last = 1.0

    def gain(self, start: int, voice: Block) -> Gain:
        """Follow the loudest sample of each millisecond."""
        del start
        count = -(-voice.shape[1] // HOP)
        padded = np.zeros(count * HOP, np.float64)
        padded[: voice.shape[1]] = np.abs(voice).max(axis=0)
        over = np.maximum(padded.reshape(count, HOP).max(axis=1) / self._threshold, 1.0)
        gains = [self._last]
        for wanted in np.power(over, self._slope).tolist():
            share = self._attack if wanted < gains[-1] else self._release
            gains.append(gains[-1] + (wanted - gains[-1]) * share)
        self._last = gains[-1]
        at = np.arange(1, voice.shape[1] + 1) / HOP
        return np.interp(at, np.arange(count + 1), gains).astype(np.float32)


def _share(time_s: float) -> float:
    """Return how much of the way is gone in one hop, to be 63 % through after ``time_s``."""
    return 1.0 if time_s <= 0 else 1 - math.exp(-HOP / SAMPLE_RATE / time_s)
