"""Playing a sound in pieces of any length, once or over and over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from preview_worker.render.audio.decode import Block
from preview_worker.render.soundtrack import CHANNELS, SAMPLE_RATE

SEAM = SAMPLE_RATE // 50
"""Samples at the seam of a loop that are faded, so that it does not click."""
_REPEATED = 10 * SAMPLE_RATE
"""A loop shorter than this is held and repeated, rather than decoded over and over."""


class Reel:
    """Plays blocks; after their end there is silence."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        """Play ``blocks`` from their first sample."""
        self._blocks = blocks
        self._rest: Block = np.zeros((CHANNELS, 0), np.float32)

    def read(self, samples: int) -> Block:
        """Return the next ``samples`` samples."""
        parts, missing = [self._rest], samples - self._rest.shape[1]
        while missing > 0:
            block = next(self._blocks, None)
            if block is None:
                block = np.zeros((CHANNELS, missing), np.float32)
            parts.append(block)
            missing -= block.shape[1]
        joined = np.concatenate(parts, axis=1)
        self._rest = joined[:, samples:]
        return joined[:, :samples]


def loop(play: Callable[[], Iterator[Block]], skip: int, stop: int) -> Iterator[Block]:
    """Yield samples ``skip`` to ``stop`` of a sound for ever, with a short fade at the seam."""
    length = stop - skip
    seam = _seam(length)
    if length <= _REPEATED:
        once = Reel(play())
        once.read(skip)
        piece = once.read(length)
        piece[:, : seam.size] *= seam
        piece[:, length - seam.size :] *= seam[::-1]
        while True:
            yield piece
    while True:
        yield from _turn(Reel(play()), skip, length, seam)


def _turn(reel: Reel, skip: int, length: int, seam: np.ndarray[Any, Any]) -> Iterator[Block]:
    for start in range(0, skip, SAMPLE_RATE):
        reel.read(min(SAMPLE_RATE, skip - start))
    first = reel.read(seam.size)
    yield first * seam
    body = length - 2 * seam.size
    for start in range(0, body, SAMPLE_RATE):
        yield reel.read(min(SAMPLE_RATE, body - start))
    yield reel.read(seam.size) * seam[::-1]


def _seam(length: int) -> np.ndarray[Any, Any]:
    size = max(1, min(SEAM, length // 4))
    return ((np.arange(size) + 0.5) / size).astype(np.float32)
