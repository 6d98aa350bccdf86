"""Narrations and music that are missing, too long or too short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from preview_worker.contract import Finding
from preview_worker.render.assets import FileAssets
from preview_worker.render.audio import Listener
from preview_worker.render.quality.sounds import judge_sounds
from preview_worker.render.settings import RenderSettings
from tests.unit.render.jobs import timeline_of
from tests.unit.render.sounds import tone, write_wav


def judged(folder: Path, **request: Any) -> list[Finding]:
    """Return the findings of a request whose sounds lie in ``folder``."""
    settings = RenderSettings(asset_roots=(folder,))
    listener = Listener(FileAssets(settings), settings)
    return list(judge_sounds(timeline_of(**request), listener))


def a_step(name: str, seconds: float, **more: Any) -> dict[str, Any]:
    """Return a step of 2 s with a narration of ``seconds``."""
    return {"id": "s", "title": "One", "durationSec": seconds, "audioFile": name, **more}


@pytest.mark.parametrize(
    ("scene_s", "code", "severity"),
    [
        (2.0, None, None),
        (1.95, None, None),
        (1.8, "narration.too_long", "warning"),
        (1.5, "narration.too_long", "error"),
        (2.8, None, None),
        (3.0, "narration.short", "note"),
    ],
)
def test_a_narration_is_compared_with_its_scene(
    tmp_path: Path, scene_s: float, code: str | None, severity: str | None
) -> None:
    """2 s of sound; by more than 30 % too long it is an error, 80 ms nobody minds."""
    write_wav(tmp_path / "a.wav", tone(2))
    found = judged(tmp_path, steps=[a_step("a.wav", scene_s)])

    assert [(f.code, f.severity, f.scene) for f in found] == (
        [(code, severity, "s")] if code else []
    )


def test_a_missing_narration_is_told_for_its_scene(tmp_path: Path) -> None:
    """With the place where the payload names it."""
    (finding,) = judged(tmp_path, steps=[a_step("gone.wav", 2)])

    assert (finding.code, finding.scene) == ("narration.missing", "s")
    assert "/previewRequest/steps/0/audioFile" in finding.message


def test_a_scene_without_narration_among_others_with_one_is_told(tmp_path: Path) -> None:
    """Cards excepted, which nobody expects to speak."""
    write_wav(tmp_path / "a.wav", tone(2))
    steps = [a_step("a.wav", 2), {"id": "mute", "text": "Words that nobody says."}]

    assert [(f.code, f.scene) for f in judged(tmp_path, steps=steps)] == [
        ("narration.missing", "mute")
    ]


def test_a_narration_of_the_whole_is_compared_with_the_preview(tmp_path: Path) -> None:
    """No scene is to blame."""
    write_wav(tmp_path / "a.wav", tone(9))
    (finding,) = judged(tmp_path, audio={"narration": "a.wav"})

    assert (finding.code, finding.scene, finding.limit) == ("narration.too_long", None, 6.0)


def test_missing_music_is_told(tmp_path: Path) -> None:
    """Unless it would not be heard anyway."""
    bed = {"file": "gone.wav"}

    assert [f.code for f in judged(tmp_path, audio={"bgm": bed})] == ["music.missing"]
    assert judged(tmp_path, audio={"bgm": {**bed, "volume": 0}}) == []
