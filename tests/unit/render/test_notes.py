"""What a sound was found to be like is written down, and found again by its bytes alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.render.assets import AssetDigests, FileAssets
from preview_worker.render.audio import Heard, Listener
from preview_worker.render.cache import Cache
from preview_worker.render.notes import CachedNotes
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef
from tests.unit.render.sounds import speech, write_wav

SOUND = SoundRef(("a.wav",), "/audio")


def _notes(folder: Path) -> CachedNotes:
    files = FileAssets(RenderSettings(asset_roots=(folder,)))
    return CachedNotes(Cache(folder / "cache", 1 << 20), AssetDigests(files))


def test_what_was_noted_is_found(tmp_path: Path) -> None:
    """By somebody else, in a later render, under another name."""
    write_wav(tmp_path / "a.wav", speech(1, 0.1))
    (tmp_path / "b.wav").write_bytes((tmp_path / "a.wav").read_bytes())
    heard = Heard(48_000, -20.25, heard=True)
    _notes(tmp_path).note(SOUND, 100, heard)

    assert _notes(tmp_path).find(SoundRef(("b.wav",), "/other"), 100) == heard


def test_other_bytes_and_other_lengths_are_not_known(tmp_path: Path) -> None:
    """Nor is a sound that is missing."""
    write_wav(tmp_path / "a.wav", speech(1, 0.1))
    _notes(tmp_path).note(SOUND, 100, Heard(48_000, -20, heard=True))
    assert _notes(tmp_path).find(SOUND, 101) is None

    write_wav(tmp_path / "a.wav", speech(1, 0.1, seed=9))
    assert _notes(tmp_path).find(SOUND, 100) is None
    assert _notes(tmp_path).find(SoundRef(("none.wav",), "/"), 100) is None


def test_a_listener_does_not_listen_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second render need not decode the sound to know how long it is."""
    write_wav(tmp_path / "a.wav", speech(2, 0.1))
    settings = RenderSettings(asset_roots=(tmp_path,))
    first = Listener(FileAssets(settings), settings, _notes(tmp_path)).hear(SOUND)

    def refuse(*_: object) -> None:
        pytest.fail("it was decoded again")

    monkeypatch.setattr("preview_worker.render.audio.listener.decode", refuse)
    second = Listener(FileAssets(settings), settings, _notes(tmp_path)).hear(SOUND)

    assert first == second
    assert first is not None
    assert first.samples == 96_000
