"""A payload is a version of a preview without being encoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from preview_worker.render import RenderSettings
from preview_worker.render.comparison.planned import plan_version
from tests.unit.render.jobs import job_of
from tests.unit.render.sounds import speech, write_wav

STEPS: list[dict[str, Any]] = [
    {"id": "s", "title": "Deal", "text": "Three each.", "durationSec": 2}
]
OPTIONS = {"resolution": "320x180"}


def test_scenes_know_what_is_said_and_written() -> None:
    """Of every scene, on its frames."""
    job = job_of(title="Moss", steps=STEPS, options=OPTIONS)
    found = plan_version("x.json", job, RenderSettings())
    step = found.scenes[1]

    assert (found.label, found.title, float(found.seconds)) == ("x.json", "Moss", 8)
    assert (step.id, step.start_frame, step.frames) == ("s", 90, 60)
    assert (step.said, step.written) == ("Three each.", "1 of 1 Deal Three each.")


def test_nothing_is_said_without_captions() -> None:
    """Nobody can compare it then."""
    job = job_of(steps=STEPS, options={**OPTIONS, "includeCaptions": False})

    assert plan_version("x", job, RenderSettings()).scenes[1].said is None


def test_scenes_are_painted_for_those_who_look() -> None:
    """The frames that they ask for."""
    found = plan_version("x", job_of(steps=STEPS, options=OPTIONS), RenderSettings())
    seen = found.look({10, 100})

    assert set(seen) == {10, 100}
    assert not np.array_equal(seen[10].pixels, seen[100].pixels)
    assert not found.listen().heard


def test_sounds_are_mixed_for_those_who_listen(tmp_path: Path) -> None:
    """As they would be in the preview."""
    write_wav(tmp_path / "one.wav", speech(2, 0.1, seed=1))
    steps = [{**STEPS[0], "audio": {"file": "one.wav"}}]
    job = job_of(steps=steps, options=OPTIONS)
    heard = plan_version("x", job, RenderSettings(asset_roots=(tmp_path,))).listen()

    assert heard.heard
    assert -15 < heard.lufs < -13
