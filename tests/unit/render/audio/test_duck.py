"""The music is down while somebody speaks, and up when nobody does."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from preview_worker.render.audio.duck import Gain, ducker_of
from preview_worker.render.soundtrack import Ducking
from tests.unit.render.sounds import RATE, Sound, tone

SECONDS = 8


def _gain(ducking: Ducking, voice: Sound, size: int = 24_000) -> Gain:
    spoken = np.flatnonzero(voice)
    speech = [(int(spoken[0]), int(spoken[-1]) + 1)] if spoken.size else []
    ducker = ducker_of(ducking, speech)
    rows = np.stack([voice, voice]).astype(np.float32)
    parts = [ducker.gain(at, rows[:, at : at + size]) for at in range(0, voice.size, size)]
    return np.concatenate(parts)


def _voice(level: float = 0.5) -> Sound:
    voice = np.zeros(SECONDS * RATE)
    voice[2 * RATE : 5 * RATE] = level * np.sign(tone(3, 300))
    return voice


def test_the_envelope_is_down_before_the_first_word() -> None:
    """And for as long as the narration lasts, then goes up again."""
    gain = _gain(Ducking("envelope", depth=Fraction(3, 10)), _voice())

    assert gain[: int(1.8 * RATE)].min() == 1
    assert gain[2 * RATE : 5 * RATE].max() == pytest.approx(0.3, abs=1e-4)
    assert gain[int(5.4 * RATE) :].min() == 1


def test_the_side_chain_follows_the_voice() -> None:
    """Ten times the threshold, at a ratio of eight, is 17.5 dB less; a quiet voice is nothing."""
    gain = _gain(Ducking("sidechain", attack_s=Fraction(5, 1000)), _voice(0.5))

    assert gain[3 * RATE : 5 * RATE].max() == pytest.approx(10 ** (-17.5 / 20), rel=0.01)
    assert gain[: 2 * RATE].min() == 1
    assert gain[7 * RATE :].min() > 0.99
    assert _gain(Ducking("sidechain"), _voice(0.04)).min() == 1


@pytest.mark.parametrize("mode", ["envelope", "sidechain"])
def test_the_gain_never_jumps(mode: str) -> None:
    """Not even where one block ends and the next begins."""
    ducking = Ducking("envelope" if mode == "envelope" else "sidechain")

    assert np.abs(np.diff(_gain(ducking, _voice()))).max() < 0.01


def test_short_pauses_do_not_let_the_music_up() -> None:
    """It would pump."""
    ducker = ducker_of(Ducking("envelope"), [(RATE, 2 * RATE), (int(2.8 * RATE), 4 * RATE)])
    gain = ducker.gain(0, np.zeros((2, 5 * RATE), np.float32))

    assert gain[RATE : 4 * RATE].max() == pytest.approx(0.3, abs=1e-4)


def test_ducking_may_be_off() -> None:
    """The music stays as it is."""
    assert _gain(Ducking("none"), _voice()).min() == 1
