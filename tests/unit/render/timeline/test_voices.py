"""A scene finds its narration by every way that producers have of naming one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef
from preview_worker.render.timeline import plan_timeline
from tests.unit.render.jobs import config_of, job_of, timeline_of

ASSETS = [
    {"id": "n1", "sceneId": "scene-1", "filePath": "one.mp3"},
    {"id": "n2", "segmentId": "seg-2", "file": "two.mp3", "status": "ready"},
    {"id": "n3", "sceneId": "scene-3", "status": "pending"},
]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"audio": {"file": "a.wav"}}, ("a.wav",)),
        ({"audio": {"path": "deep/a.wav"}}, ("deep/a.wav",)),
        ({"audio": "a.wav"}, ("a.wav",)),
        ({"audioFile": "a.wav"}, ("a.wav",)),
        ({"audio": {"assetId": "n2"}}, ("two.mp3",)),
        ({"id": "scene-1"}, ("one.mp3",)),
        ({"segmentId": "seg-2"}, ("two.mp3",)),
        ({"id": "scene-3"}, ()),
    ],
)
def test_a_narration_is_found(fields: dict[str, Any], names: tuple[str, ...]) -> None:
    """In the scene itself, or among the narration assets by scene, then by segment."""
    step = {"id": "x", "text": "Hello.", **fields}
    timeline = timeline_of(steps=[step], audio={"narrationAssets": ASSETS})
    voice = timeline.scenes[1].voice

    assert voice is not None
    assert voice.candidates == names
    assert voice in timeline.sounds


@pytest.mark.parametrize("fields", [{}, {"audio": {}}, {"audio": ""}, {"audio": {"file": " "}}])
def test_a_scene_may_have_none(fields: dict[str, Any]) -> None:
    """Empty fields name nothing."""
    assert timeline_of(steps=[{"text": "Hello.", **fields}]).scenes[1].voice is None


def _length(sound: SoundRef) -> Fraction | None:
    return Fraction(7) if sound.candidates == ("a.wav",) else None


@pytest.mark.parametrize(
    ("request_of", "scene"),
    [
        ({"steps": [{"text": "x", "audio": {"file": "a.wav"}}]}, 1),
        ({"renderConfig": config_of({"id": "s", "audio": {"file": "a.wav"}})}, 0),
        ({"script": {"segments": [{"type": "setup", "narration": "x", "audioFile": "a.wav"}]}}, 0),
    ],
)
def test_a_scene_lasts_as_long_as_its_narration(request_of: dict[str, Any], scene: int) -> None:
    """And half a second more, when nothing else says how long."""
    timeline = plan_timeline(job_of(**request_of), RenderSettings(), _length)

    assert timeline.scenes[scene].frames == 7 * 30 + 15


def test_a_duration_that_is_given_counts() -> None:
    """However long the narration is."""
    step = {"text": "x", "durationSec": 4, "audio": {"file": "a.wav"}}
    timeline = plan_timeline(job_of(steps=[step]), RenderSettings(), _length)

    assert timeline.scenes[1].frames == 120


def test_a_missing_narration_leaves_the_reading_time() -> None:
    """As if nobody had named one."""
    step = {"text": "Hello there, this is a step."}
    wanted = timeline_of(steps=[step]).scenes[1].frames
    job = job_of(steps=[{**step, "audio": {"file": "gone.wav"}}])

    assert plan_timeline(job, RenderSettings(), _length).scenes[1].frames == wanted
