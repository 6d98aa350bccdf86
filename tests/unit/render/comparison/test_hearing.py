"""Two tracks are compared by what is heard, not by their bytes."""

from __future__ import annotations

import numpy as np
import pytest
from av.audio.frame import AudioFrame

from preview_worker.render.comparison.hearing import Hearing, compare_sounds, hear, silence
from tests.unit.render.sounds import RATE, speech, tone


def _hear(mono: np.ndarray) -> Hearing:
    frame = AudioFrame.from_ndarray(
        np.ascontiguousarray(np.tile(mono, (2, 1)), np.float32), format="fltp", layout="stereo"
    )
    frame.sample_rate = RATE
    return hear([frame])


def test_the_same_sound_is_the_same() -> None:
    """Whatever noise an encoder adds."""
    voice = speech(4, 0.1, seed=1)
    noise = np.random.default_rng(1).normal(0, 0.0003, voice.size)
    found = compare_sounds(_hear(voice), _hear(voice + noise))

    assert found.correlation > 0.98
    assert not found.differs


def test_another_voice_is_told() -> None:
    """By a low correlation."""
    found = compare_sounds(_hear(speech(4, 0.1, seed=1)), _hear(tone(4, 3000)))

    assert found.correlation < 0.9
    assert found.differs


def test_a_louder_track_is_told() -> None:
    """In loudness units."""
    voice = speech(4, 0.05, seed=1)
    found = compare_sounds(_hear(voice), _hear(voice * 2))

    assert found.lufs[1] - found.lufs[0] == pytest.approx(6, abs=0.3)
    assert found.differs


def test_a_delay_is_told() -> None:
    """To a twentieth of a second, in the direction in which it goes."""
    voice = speech(4, 0.1, seed=1)
    late = np.concatenate([np.zeros(RATE // 2), voice])
    found = compare_sounds(_hear(voice), _hear(late))

    assert found.offset_s == pytest.approx(0.5, abs=0.05)
    assert compare_sounds(_hear(late), _hear(voice)).offset_s == pytest.approx(-0.5, abs=0.05)
    assert found.differs


def test_silence_is_told_by_its_share() -> None:
    """And nothing differs between two silences."""
    half = np.concatenate([tone(2, 500), np.zeros(2 * RATE)])

    assert _hear(half).silent_share == pytest.approx(0.5, abs=0.03)
    assert not compare_sounds(silence(), _hear(np.zeros(RATE))).differs
    assert compare_sounds(silence(), _hear(half)).differs
    assert not hear([]).heard
