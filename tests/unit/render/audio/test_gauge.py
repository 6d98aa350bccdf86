"""Loudness and true peaks are what the standards say they are."""

from __future__ import annotations

import numpy as np
import pytest

from preview_worker.render.audio.gauge import HOP, SILENT_LUFS, decibels, linear, measure
from tests.unit.render.sounds import RATE, Sound, r128, speech, tone


def _stereo(sound: Sound) -> Sound:
    return np.stack([sound, sound]).astype(np.float32)


def _blocks(sound: Sound, size: int) -> list[Sound]:
    return [sound[:, at : at + size] for at in range(0, sound.shape[1], size)]


def test_the_reference_tone_has_its_loudness() -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS has -23 LUFS."""
    sine = _stereo(tone(20, 1000, 10 ** (-23 / 20)))

    assert measure([sine]).lufs == pytest.approx(-23, abs=0.1)


def test_a_pause_does_not_count() -> None:
    """The gate of the standard leaves it out."""
    sine = tone(10, 1000, 0.1)
    paused = np.concatenate([sine, np.zeros(10 * RATE), sine])

    assert measure([_stereo(paused)]).lufs == pytest.approx(measure([_stereo(sine)]).lufs, abs=0.1)


def test_peaks_between_samples_are_found() -> None:
    """A quarter-rate sine that is sampled beside its crests peaks three decibels above them."""
    at = np.arange(RATE)
    sine = 0.5 * np.sin(2 * np.pi * at / 4 + np.pi / 4)
    sine *= np.clip(np.minimum(at, at[::-1]) / 2000, 0, 1)

    assert np.abs(sine).max() == pytest.approx(0.354, abs=0.001)
    assert measure([_stereo(sine)]).true_peak_db == pytest.approx(decibels(0.5), abs=0.1)


def test_peaks_are_those_of_another_meter() -> None:
    """FFmpeg's, which oversamples with another filter."""
    sound = _stereo(speech(5))

    # Noise has energy up to the edge of the band, where the filters differ most.
    assert measure([sound]).true_peak_db == pytest.approx(r128(sound)[1], abs=0.3)


@pytest.mark.parametrize("size", [1, 47, 48, 1000, 24_000])
def test_the_blocks_do_not_matter(size: int) -> None:
    """Nor where a peak lies in them."""
    sound = _stereo(speech(0.1 if size == 1 else 2))
    whole, pieces = measure([sound]), measure(_blocks(sound, size))

    assert pieces.lufs == pytest.approx(whole.lufs, abs=0.01)
    assert pieces.true_peak_db == pytest.approx(whole.true_peak_db, abs=0.05)


def test_peaks_are_told_for_each_hop() -> None:
    """A click of one sample is in its own hop, and in no other but a neighbour."""
    sound = np.zeros((2, RATE), np.float32)
    sound[0, 100 * HOP + 20] = 0.5
    loud = np.flatnonzero(measure([sound]).peaks > 0.4)

    assert loud.tolist() == [100]


def test_silence_is_not_heard() -> None:
    """It has no loudness and no peak."""
    reading = measure([np.zeros((2, RATE), np.float32)])

    assert (reading.lufs, reading.heard) == (SILENT_LUFS, False)
    assert measure([]).lufs == SILENT_LUFS


def test_decibels_and_gains_are_each_others_inverse() -> None:
    """Six decibels are about twice as much."""
    assert linear(6.0206) == pytest.approx(2, abs=1e-4)
    assert decibels(linear(-17.5)) == pytest.approx(-17.5)


def test_the_highest_sample_is_not_the_true_peak() -> None:
    """It is what stands in the file, however high the wave goes between two samples."""
    at = np.arange(RATE)
    sine = 0.5 * np.sin(2 * np.pi * at / 4 + np.pi / 4)

    assert measure([_stereo(sine)]).highest == pytest.approx(0.354, abs=0.001)


@pytest.mark.parametrize(("level", "silence_s"), [(0.001, 1.5), (0.01, 1.0)])
def test_the_longest_silence_is_measured(level: float, silence_s: float) -> None:
    """Below -50 dBFS nothing counts as heard: here a second of nothing beside half a second."""
    quiet = tone(0.5, 1000, level)
    parts = [tone(1), quiet, np.zeros(RATE), tone(1), np.zeros(RATE // 4)]

    found = measure([_stereo(np.concatenate(parts))]).longest_silence_s
    assert found == pytest.approx(silence_s, abs=0.003)


def test_nothing_at_all_is_one_long_silence() -> None:
    """As long as it lasts."""
    assert measure([_stereo(np.zeros(2 * RATE))]).longest_silence_s == pytest.approx(2, abs=0.003)
