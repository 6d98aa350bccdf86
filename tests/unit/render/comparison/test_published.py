"""A published preview is a version that is decoded."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from preview_worker.render import RenderSettings, render_preview
from preview_worker.render.comparison.judge import compare
from preview_worker.render.comparison.planned import plan_version
from preview_worker.render.comparison.published import (
    Publication,
    UnreadableVideoError,
    open_version,
    read_cues,
)
from tests.unit.render.jobs import config_of, job_of

JOB = job_of(
    title="Moss & Mist <3",
    steps=[{"id": "s", "title": "Deal", "text": 'Three each -- "now" & here.', "durationSec": 3}],
    options={"resolution": "320x180"},
)


ZOOM = {"type": "slow-zoom", "startScale": 1, "endScale": 1.4}
MOVING = {"id": "m", "durationSec": 3, "background": {"image": "board.png"}, "motion": ZOOM}


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """Render a preview and return what its documents would say."""
    folder = tmp_path_factory.mktemp("published")
    preview = render_preview(JOB, folder, RenderSettings(), lambda *_: None)
    return Publication(
        title=preview.title,
        width_px=preview.width_px,
        height_px=preview.height_px,
        fps=Fraction(preview.fps),
        scenes=preview.scenes,
        silent=True,
        video=folder / "preview.mp4",
        captions=folder / "captions.vtt",
        written={},
    )


def test_what_was_published_does_not_differ_from_its_payload(publication: Publication) -> None:
    """What encoding takes away is no difference, nor how captions are escaped."""
    planned = plan_version("payload", JOB, RenderSettings())
    found = compare(planned, open_version("folder", publication))

    assert not found.differs, found.document()
    assert found.scenes[1].after is not None
    assert found.scenes[1].after.said == 'Three each -- "now" & here.'


def test_what_moves_does_not_differ_from_its_payload(tmp_path: Path) -> None:
    """Though it is encoded more coarsely than what stands still."""
    noise = np.random.default_rng(1).integers(0, 255, (18, 32, 3), np.uint8)
    Image.fromarray(noise).resize((640, 360), Image.Resampling.NEAREST).save(tmp_path / "board.png")
    (tmp_path / "out").mkdir()
    settings = RenderSettings(asset_roots=(tmp_path,))
    job = job_of(renderConfig=config_of(MOVING))
    preview = render_preview(job, tmp_path / "out", settings, lambda *_: None)
    publication = Publication(
        title=preview.title,
        width_px=preview.width_px,
        height_px=preview.height_px,
        fps=Fraction(preview.fps),
        scenes=preview.scenes,
        silent=True,
        video=tmp_path / "out" / "preview.mp4",
        captions=None,
        written={},
    )
    found = compare(plan_version("p", job, settings), open_version("f", publication))

    assert not found.differs, found.document()


def test_the_video_s_own_sound_is_heard(publication: Publication) -> None:
    """Though it is silence."""
    heard = open_version("folder", replace(publication, silent=False)).listen()

    assert not heard.heard


def test_a_broken_video_is_told(publication: Publication, tmp_path: Path) -> None:
    """Whether it is looked at or listened to."""
    (tmp_path / "preview.mp4").write_bytes(b"no video")
    broken = replace(publication, video=tmp_path / "preview.mp4", silent=False)
    version = open_version("folder", broken)

    with pytest.raises(UnreadableVideoError):
        version.look({0})
    with pytest.raises(UnreadableVideoError):
        version.listen()


def test_cues_are_read_with_their_times(tmp_path: Path) -> None:
    """Words on one line, escapes undone."""
    path = tmp_path / "captions.vtt"
    path.write_text(
        "WEBVTT\n\n1\n00:00:01.500 --> 00:00:03.000\nA &amp; B\nand C\n\n"
        "2\n01:00:03.000 --> 01:00:04.000\nD\n",
        encoding="utf-8",
    )

    assert list(read_cues(path)) == [(Fraction(3, 2), "A & B and C"), (Fraction(3603), "D")]
