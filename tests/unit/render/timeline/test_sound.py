"""Narration and music of the whole preview, in the shapes that producers use."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.unit.render.jobs import config_of, timeline_of


@pytest.mark.parametrize(
    ("audio", "names"),
    [
        ({"narration": "a.wav"}, [("a.wav",)]),
        ({"narration": {"file": "a.wav"}}, [("a.wav",)]),
        ({"audioFile": "a.wav"}, [("a.wav",)]),
        ({"audioFile": "a.wav", "bgm": "b.mp3"}, []),
        ({"audioFile": "a.wav", "narration": "n.wav"}, [("n.wav",)]),
        ({"voice": [{"id": "v", "file": "a.wav", "startSec": 1}]}, [("a.wav",)]),
        ({}, []),
    ],
)
def test_the_narration_of_the_whole(audio: dict[str, Any], names: list[tuple[str, ...]]) -> None:
    """``audioFile`` counts only where there is neither narration nor music."""
    found = timeline_of(audio=audio).sound.narrations

    assert [narration.sound.candidates for narration in found] == names


@pytest.mark.parametrize(
    ("audio", "gain"),
    [
        ({"bgm": "b.mp3"}, Fraction(12, 100)),
        ({"backgroundMusic": {"file": "b.mp3", "volume": 0.3}}, Fraction(3, 10)),
        ({"backgroundMusic": {"file": "b.mp3", "volume": 7}}, Fraction(1)),
        ({"backgroundMusic": {"file": "b.mp3", "volume": -1}}, Fraction(0)),
    ],
)
def test_the_music_and_its_volume(audio: dict[str, Any], gain: Fraction) -> None:
    """By default as upstream has it, and never above the narration."""
    music = timeline_of(audio=audio).sound.music

    assert music is not None
    assert (music.sound.candidates, music.gain) == (("b.mp3",), gain)


def test_music_that_scenes_name_is_one_bed() -> None:
    """The first scene to have any decides, down to where its file begins."""
    scene = {
        "id": "s",
        "backgroundMusicFile": "b.mp3",
        "backgroundMusicVolume": 0.2,
        "backgroundMusicStartFrom": 45,
    }
    music = timeline_of(renderConfig=config_of({"id": "quiet"}, scene)).sound.music

    assert music is not None
    assert music.sound.where == "/previewRequest/renderConfig/scenes/1/backgroundMusicFile"
    assert (music.gain, music.skip_s) == (Fraction(1, 5), Fraction(3, 2))


def test_a_mixing_contract_says_when_the_music_enters() -> None:
    """In seconds from the beginning."""
    music = timeline_of(audio={"backgroundMusic": {"file": "b.mp3", "entrySec": 2.5}}).sound.music

    assert music is not None
    assert music.entry_s == Fraction(5, 2)
