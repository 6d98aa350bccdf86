"""The mix is exact to the sample, and the same however often it is made."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from preview_worker.render.assets import FileAssets
from preview_worker.render.audio.gauge import BLOCK, measure
from preview_worker.render.audio.listener import Listener
from preview_worker.render.audio.mix import CUT, EDGE, LEVEL_LUFS, Bed, Mixer, Voice
from preview_worker.render.audio.plan import Clip
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import Ducking, Music, SoundRef
from tests.unit.render.sounds import RATE, Sound, speech, tone, write_wav


@pytest.fixture
def listener(tmp_path: Path) -> Listener:
    """Return a listener over three sounds of different loudness."""
    write_wav(tmp_path / "loud.wav", speech(4, 0.2, seed=1))
    write_wav(tmp_path / "soft.wav", speech(4, 0.02, seed=2))
    write_wav(tmp_path / "bed.wav", tone(3, 1000, 0.5))
    settings = RenderSettings(asset_roots=(tmp_path,))
    return Listener(FileAssets(settings), settings)


def _voice(listener: Listener, name: str, start: int, stop: int) -> Voice:
    sound = SoundRef((name,), "/here")
    heard = listener.hear(sound)
    assert heard is not None
    return Voice.of(Clip(sound, start, stop, "s", stop), heard)


def _mixed(listener: Listener, voices: list[Voice], bed: Bed | None = None) -> Sound:
    mixer = Mixer(12 * RATE + 77, voices, bed, Ducking("none"))
    return np.concatenate(list(mixer.blocks(listener)), axis=1)


@pytest.mark.parametrize("start", [0, 1, BLOCK - 1, BLOCK, 3 * RATE + 5])
def test_a_narration_begins_on_its_sample(listener: Listener, start: int) -> None:
    """Nothing is heard before it, and its samples are its file's times one gain."""
    voice = _voice(listener, "loud.wav", start, 12 * RATE)
    mixed = _mixed(listener, [voice])
    written = (np.clip(speech(4, 0.2, seed=1), -1, 1) * 32767).astype("<i2") / 32768
    inside = slice(start + EDGE, start + 4 * RATE - EDGE)

    assert not mixed[:, :start].any()
    assert not mixed[:, start + 4 * RATE :].any()
    middle = written[EDGE : 4 * RATE - EDGE]
    factor = mixed[0, inside] @ middle / (middle @ middle)
    assert np.allclose(mixed[0, inside], middle * factor, atol=1e-4)


def test_all_narrations_are_equally_loud(listener: Listener) -> None:
    """Whatever they were recorded at."""
    voices = [
        _voice(listener, "loud.wav", 0, 5 * RATE),
        _voice(listener, "soft.wav", 5 * RATE, 10**9),
    ]
    mixed = _mixed(listener, voices).astype(np.float32)

    for part in (mixed[:, : 4 * RATE], mixed[:, 5 * RATE : 9 * RATE]):
        assert measure([part]).lufs == pytest.approx(LEVEL_LUFS, abs=0.2)


def test_one_that_goes_on_is_faded_for_the_next(listener: Listener) -> None:
    """Within fifty milliseconds, without a click."""
    mixed = _mixed(listener, [_voice(listener, "loud.wav", 0, 2 * RATE)])

    assert not mixed[:, 2 * RATE :].any()
    assert np.abs(mixed[:, 2 * RATE - 50 : 2 * RATE]).max() < 0.05
    assert np.abs(mixed[:, 2 * RATE - 8000 : 2 * RATE - CUT]).max() > 0.1


def test_the_volume_of_music_is_against_the_narration(listener: Listener) -> None:
    """At 0.1 it is 20 dB softer, whatever its file's own level."""
    sound = SoundRef(("bed.wav",), "/here")
    heard = listener.hear_music(sound)
    assert heard is not None
    bed = Bed(Music(sound, Fraction(1, 10), entry_s=Fraction(2)), heard)
    mixed = _mixed(listener, [], bed).astype(np.float32)

    assert not mixed[:, : 2 * RATE].any()
    assert measure([mixed[:, 3 * RATE : 11 * RATE]]).lufs == pytest.approx(LEVEL_LUFS - 20, abs=0.3)


def test_mixing_again_gives_the_same_samples(listener: Listener) -> None:
    """So a track can be measured first and encoded after that."""
    voices = [_voice(listener, "loud.wav", 1000, 10**9)]

    assert np.array_equal(_mixed(listener, voices), _mixed(listener, voices))
