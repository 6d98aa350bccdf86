"""What a sound was found to be like is written down, and found again by its bytes alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.contract import Finding
from preview_worker.render.assets import AssetDigests, FileAssets
from preview_worker.render.audio import Heard, Listener
from preview_worker.render.cache import Cache
from preview_worker.render.captions import plan_cues
from preview_worker.render.model import Cue
from preview_worker.render.notes import CachedCues, CachedNotes
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef
from tests.unit.render.jobs import timeline_of
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


def test_cues_are_planned_once(tmp_path: Path) -> None:
    """The second render is told what the first one found, findings and all."""
    remembered = CachedCues(Cache(tmp_path, 1 << 20))
    finding = Finding("captions.condensed", "They are condensed.", measured=18.5, limit=17)
    told = ((Cue(0, 40, ("Deal", "four cards.")),), (finding,))

    assert remembered(("Deal four cards.", 60), lambda: told) == told
    assert remembered(("Deal four cards.", 60), lambda: pytest.fail("again")) == told
    assert remembered(("Deal four cards.", 61), lambda: ((), ())) == ((), ())


def test_what_was_remembered_is_what_would_be_planned(tmp_path: Path) -> None:
    """Cue for cue, at their places in the preview, with findings under the scenes' names."""
    steps = [{"id": "long", "text": "Deal four cards to everybody. " * 9, "durationSec": 9}] * 2
    timeline = timeline_of(steps=steps)
    cache = Cache(tmp_path, 1 << 20)
    plan_cues(timeline, CachedCues(cache))

    assert plan_cues(timeline, CachedCues(cache)) == plan_cues(timeline)
    assert plan_cues(timeline)[1]
