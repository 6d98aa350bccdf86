"""Sounds begin on the exact sample of their scene's first frame."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from preview_worker.render.audio.plan import plan_score
from tests.unit.render.jobs import config_of, timeline_of


def _steps(*files: str | None, seconds: float = 2) -> list[dict[str, Any]]:
    return [
        {
            "id": f"s{n}",
            "text": "x",
            "durationSec": seconds,
            **({"audioFile": file} if file else {}),
        }
        for n, file in enumerate(files)
    ]


def test_each_narration_begins_with_its_scene() -> None:
    """And makes way for the next one, or for the end."""
    timeline = timeline_of(steps=_steps("a.wav", None, "b.wav"))
    score = plan_score(timeline)
    starts = {scene.id: scene.start_frame * 1600 for scene in timeline.scenes}

    assert [(clip.scene, clip.start, clip.stop) for clip in score.voices] == [
        ("s0", starts["s0"], starts["s2"]),
        ("s2", starts["s2"], score.samples),
    ]
    assert score.voices[0].scene_stop == starts["s1"]
    assert score.samples == timeline.frames * 1600


def test_an_odd_frame_rate_does_not_drift() -> None:
    """Every start is within half a sample of its frame, however many scenes came before."""
    scenes = [
        {"id": str(n), "durationSec": 1.1, "audio": {"file": "a.wav"}, "overlays": []}
        for n in range(50)
    ]
    timeline = timeline_of(renderConfig=config_of(*scenes), options={"fps": 29.97})
    score = plan_score(timeline)

    assert len(score.voices) == 50
    for clip, scene in zip(score.voices, timeline.scenes, strict=True):
        exact = scene.start_frame * 48_000 / Fraction(30_000, 1001)
        assert abs(clip.start - exact) <= Fraction(1, 2)


@pytest.mark.parametrize("name", ["narration", "audioFile"])
def test_a_narration_of_the_whole_begins_at_once(name: str) -> None:
    """It belongs to no scene and may last as long as the preview."""
    score = plan_score(timeline_of(steps=_steps(None), audio={name: "all.mp3"}))
    (clip,) = score.voices

    assert (clip.start, clip.stop, clip.scene) == (0, score.samples, None)


def test_narrations_of_scenes_go_before_one_of_the_whole() -> None:
    """Nobody speaks twice at a time."""
    score = plan_score(timeline_of(steps=_steps("a.wav"), audio={"narration": "all.mp3"}))

    assert [clip.sound.candidates for clip in score.voices] == [("a.wav",)]


def test_voices_of_a_mixing_contract_have_their_own_starts() -> None:
    """In any order; what would begin after the end is left out."""
    voice = [
        {"id": "b", "file": "b.wav", "startSec": 2.5},
        {"id": "a", "file": "a.wav", "startSec": 0.5},
        {"id": "c", "file": "c.wav", "startSec": 500},
    ]
    score = plan_score(timeline_of(steps=_steps(None), audio={"voice": voice}))

    assert [(clip.start, clip.stop) for clip in score.voices] == [
        (24_000, 120_000),
        (120_000, score.samples),
    ]
