"""A plan needs no media library, and tells of missing pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import RenderSettings, plan_preview
from preview_worker.render.model import PictureRef
from preview_worker.render.planning import distinct
from tests.unit.render.jobs import draw_picture, job_of

PROGRAM = """
import sys
from preview_worker.contract import read_job
from preview_worker.render import RenderSettings, input_digest, plan_preview
payload = b'{"jobId":"a","projectId":"b","requestId":"c","dryRun":true,' \\
    b'"previewRequest":{"steps":["x"],"assets":[],"audio":{}}}'
job = read_job(payload).job
plan_preview(job, RenderSettings())
input_digest(job, RenderSettings())
print(sorted({"av", "skia", "numpy", "PIL"} & set(sys.modules)))
"""


def test_planning_and_digests_load_no_media_library() -> None:
    """So that the process which supervises renders stays small."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True
    )

    assert done.stdout == "[]\n"


def test_captions_to_be_burned_are_planned_with_the_scenes() -> None:
    """They are part of what a scene shows."""
    job = job_of(steps=["Deal three."], options={"burnCaptions": True})
    timeline = plan_preview(job, RenderSettings())

    assert [cue.lines for cue in timeline.scenes[1].burned] == [("Deal three.",)]


def test_every_picture_is_looked_for(tmp_path: Path) -> None:
    """Before anything is painted."""
    settings = RenderSettings(asset_roots=(tmp_path,))
    job = job_of(steps=[{"image": "a.png"}, {"image": "b.png"}])
    draw_picture(tmp_path / "a.png")
    with pytest.raises(PreviewError, match="steps/1/image") as caught:
        plan_preview(job, settings)
    draw_picture(tmp_path / "b.png")

    assert caught.value.code is ErrorCode.ASSET_MISSING
    assert len(plan_preview(job, settings).pictures) == 2


def test_a_picture_shown_twice_is_one() -> None:
    """In the order of first use."""
    refs = tuple(PictureRef((name,), f"/{n}") for n, name in enumerate("abab"))

    assert [ref.where for ref in distinct(refs)] == ["/0", "/1"]


def test_a_lost_logo_is_left_out_and_told(tmp_path: Path) -> None:
    """No preview fails for its brand."""
    settings = RenderSettings(asset_roots=(tmp_path,))
    brand = {"name": "Moss", "logo": "/elsewhere/logo.png"}
    timeline = plan_preview(job_of(steps=["A step."], brand=brand), settings)

    assert timeline.pictures == ()
    assert "brand.logo" in {finding.code for finding in timeline.findings}
