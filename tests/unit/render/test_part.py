"""Parts of a preview: filmed apart into one cache, they are what a render of the whole makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from preview_worker.contract import RenderedPreview
from preview_worker.render import PartWish, Provision, RenderSettings, carry_out, input_digest
from tests.unit.render.jobs import job_of
from tests.unit.render.sounds import speech, write_wav

OPTIONS = {"resolution": "160x90", "transition": {"type": "crossfade", "durationSec": 0.2}}
STEPS = [{"text": f"Step {number % 5}.", "durationSec": 0.6} for number in range(9)]
NOTHING = Provision()


@pytest.fixture
def settings(tmp_path: Path) -> RenderSettings:
    """Return settings with a cache, and a voice to be heard."""
    write_wav(tmp_path / "voice.wav", speech(1.0))
    return RenderSettings(asset_roots=(tmp_path,), cache_dir=tmp_path / "cache")


def _made(
    settings: RenderSettings, folder: Path, provision: Provision = NOTHING, **request: Any
) -> tuple[RenderedPreview, dict[str, bytes]]:
    """Carry an order out; return what came of it and the files that it left."""
    folder.mkdir()
    audio = {"narration": {"src": "voice.wav"}}
    job = job_of(**{"options": OPTIONS, "steps": STEPS, "audio": audio, **request})
    made = carry_out(job, folder, settings, lambda *_: None, provision)
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "render.log"}
    return made, files


def _part(number: int, count: int) -> Provision:
    return Provision(part=PartWish(number, count))


def test_parts_and_the_whole_make_the_bytes_of_the_whole_alone(
    settings: RenderSettings, tmp_path: Path
) -> None:
    """With sound and transitions; the parts leave no file, and the whole films nothing more."""
    alone, expected = _made(RenderSettings(asset_roots=(tmp_path,)), tmp_path / "alone")
    parts = [_made(settings, tmp_path / f"part-{n}", _part(n, 3)) for n in (2, 3, 1)]
    whole, files = _made(settings, tmp_path / "whole")

    assert [left for _, left in parts] == [{}, {}, {}]
    assert files == expected
    assert whole.reused_shots == whole.shots == alone.shots


def test_no_shot_is_filmed_by_two_parts(settings: RenderSettings, tmp_path: Path) -> None:
    """All together they film every one, and each about as many as the others."""
    parts = [_made(settings, tmp_path / f"part-{n}", _part(n, 4))[0] for n in range(1, 5)]
    whole, _ = _made(settings, tmp_path / "whole")

    assert sum(part.reused_shots for part in parts) == 0
    assert sum(part.shots for part in parts) == whole.shots
    assert max(part.shots for part in parts) - min(part.shots for part in parts) <= 1


def test_a_part_is_filmed_once(settings: RenderSettings, tmp_path: Path) -> None:
    """Whoever does it again finds it done."""
    first, _ = _made(settings, tmp_path / "first", _part(1, 2))
    again, _ = _made(settings, tmp_path / "again", _part(1, 2))

    assert (first.reused_shots, again.reused_shots) == (0, first.shots)


def test_there_may_be_more_parts_than_shots(settings: RenderSettings, tmp_path: Path) -> None:
    """Some of them have nothing to do then."""
    shots = [
        _made(settings, tmp_path / f"part-{n}", _part(n, 8), steps=STEPS[:1])[0].shots
        for n in range(1, 9)
    ]
    assert set(shots) == {0, 1}


def test_without_a_cache_nothing_is_filmed(tmp_path: Path) -> None:
    """Nobody could find it."""
    settings = RenderSettings()
    made, files = _made(settings, tmp_path / "part", _part(1, 2), audio={})
    assert (made.shots, files) == (0, {})


def test_a_preview_that_is_kept_whole_is_not_filmed_again(
    settings: RenderSettings, tmp_path: Path
) -> None:
    """Its shots may be gone from the cache by then."""
    job = job_of(options=OPTIONS, steps=STEPS)
    digest = input_digest(job, settings)
    _made(settings, tmp_path / "whole", Provision(digest=digest), audio={})
    part = Provision(digest=digest, part=PartWish(1, 2))
    assert _made(settings, tmp_path / "part", part, audio={})[0].shots == 0
