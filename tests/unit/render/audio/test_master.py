"""A track comes to its loudness without breaking its ceiling."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from preview_worker.render.audio.gauge import BLOCK, HOP, measure
from preview_worker.render.audio.master import MARGIN_DB, Master, limiting, plan_master
from preview_worker.render.soundtrack import Loudness
from tests.unit.render.sounds import RATE, Sound, speech, tone


def _blocks(sound: Sound) -> Iterator[Sound]:
    rows = np.stack([sound, sound]).astype(np.float32)
    return (rows[:, at : at + BLOCK] for at in range(0, rows.shape[1], BLOCK))


def _mastered(sound: Sound, loudness: Loudness) -> tuple[Master, Sound]:
    master = plan_master(lambda: _blocks(sound), measure(_blocks(sound)), loudness)
    return master, np.concatenate(list(master.apply(_blocks(sound))), axis=1)


@pytest.mark.parametrize("level", [0.001, 0.05, 0.9])
@pytest.mark.parametrize("lufs", [-23, -16, -14])
def test_speech_comes_to_its_target(level: float, lufs: int) -> None:
    """Whatever it was before, within a tenth, with every true peak below the ceiling."""
    _, mastered = _mastered(speech(6, level), Loudness("x", Fraction(lufs), Fraction(-1)))
    reading = measure([mastered])

    if level == 0.001:  # more gain than that would be noise
        assert reading.lufs <= lufs
    else:
        assert reading.lufs == pytest.approx(lufs, abs=0.15)
    assert reading.true_peak_db <= -1 - MARGIN_DB + 0.05


def test_a_quiet_even_sound_needs_no_limiter() -> None:
    """One gain is all, so its shape is untouched."""
    sine = tone(5, 1000, 0.01)
    master, mastered = _mastered(sine, Loudness())

    assert master.curve is None
    assert np.allclose(mastered[0], sine * master.gain, atol=1e-6)


def test_a_clap_is_limited_and_the_rest_is_not() -> None:
    """The gain is down before it and soon up again."""
    sound = tone(6, 1000, 0.1)
    sound[3 * RATE : 3 * RATE + 200] *= 9
    master, _ = _mastered(sound, Loudness())

    assert master.curve is not None
    assert master.curve[2950:2990].min() == pytest.approx(1)
    assert master.curve[3000:3004].max() < 0.7
    assert master.curve[3600:].min() > 0.99


def test_the_loudness_may_be_left_alone() -> None:
    """The ceiling holds all the same."""
    quiet, loud = tone(5, 1000, 0.05), tone(5, 1000, 1.0)
    master, same = _mastered(quiet, Loudness(levelled=False))
    _, limited = _mastered(loud, Loudness(levelled=False))

    assert master.gain == 1
    assert np.allclose(same[0], quiet, atol=1e-6)
    assert measure([limited]).true_peak_db <= -1


def test_no_sample_is_above_what_its_hop_allows() -> None:
    """At the corners of the curve and everywhere between them."""
    peaks = np.abs(np.random.default_rng(3).standard_normal(2000)) ** 3
    curve = limiting(peaks, 0.5)
    between = np.minimum(curve[:-1], curve[1:])

    assert curve.size == peaks.size + 1
    assert (np.maximum(curve[:-1], curve[1:]) * peaks <= 0.5 + 1e-9).all()
    assert between.min() > 0


def test_the_curve_is_smooth() -> None:
    """It never moves by more than a fifth in a millisecond, so it cannot click."""
    peaks = np.zeros(300)
    peaks[150] = 2.0

    assert np.abs(np.diff(limiting(peaks, 0.5))).max() <= 0.75 / 5 + 1e-9
    assert HOP * 1000 == RATE
