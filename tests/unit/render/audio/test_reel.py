"""A sound is played in pieces of any length, and a loop has no end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from preview_worker.render.audio.reel import SEAM, Reel, loop
from tests.unit.render.sounds import RATE, Sound


def _ramp(samples: int) -> Sound:
    return np.stack([np.arange(samples), np.arange(samples)]).astype(np.float32)


def _blocks(sound: Sound, size: int = 1000) -> Iterator[Sound]:
    return (sound[:, at : at + size] for at in range(0, sound.shape[1], size))


@pytest.mark.parametrize("size", [1, 7, 1000, 1001, 5000])
def test_pieces_join_to_the_whole(size: int) -> None:
    """However the blocks came."""
    reel = Reel(_blocks(_ramp(5000)))
    pieces = [reel.read(size) for _ in range(5000 // size)]

    assert np.array_equal(np.concatenate(pieces, axis=1), _ramp(5000)[:, : 5000 // size * size])


def test_after_the_end_there_is_silence() -> None:
    """As much as is asked for."""
    reel = Reel(_blocks(_ramp(10)))

    assert reel.read(15)[0].tolist() == [*range(10), 0, 0, 0, 0, 0]
    assert not reel.read(1000).any()


@pytest.mark.parametrize("seconds", [2, 12])
def test_a_loop_begins_again_without_a_click(seconds: int) -> None:
    """From the sample that is skipped to, over and over, faded at the seam."""
    sound, skip = _ramp(seconds * RATE), 5000
    length = sound.shape[1] - skip
    reel = Reel(loop(lambda: _blocks(sound, 4800), skip, sound.shape[1]))
    first, second = reel.read(length), reel.read(length)

    assert np.array_equal(first, second)
    assert np.array_equal(first[:, SEAM : length - SEAM], sound[:, skip + SEAM : -SEAM])
    assert abs(first[0, 0]) < skip / SEAM
    assert abs(first[0, -1]) < sound.shape[1] / SEAM


def test_a_loop_of_one_sample_is_no_trap() -> None:
    """It is played as what it is."""
    reel = Reel(loop(lambda: _blocks(_ramp(10)), 9, 10))

    assert reel.read(100).shape == (2, 100)
