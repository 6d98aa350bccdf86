"""Every example becomes a preview whose content is what was painted, when it was planned."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.logging
import numpy as np
import pysubs2
import pytest
from PIL import Image

from preview_worker.contract import PreviewJob, RenderedPreview, read_job
from preview_worker.render import RenderSettings, plan_preview, render_preview
from preview_worker.render.assets import FileAssets
from preview_worker.render.assets.pictures import decode_picture
from preview_worker.render.gallery import sheet_frames
from preview_worker.render.model import Timeline
from preview_worker.render.paint import Painter
from tests.golden.likeness import Pixels, similarity

ROOT = Path(__file__).parents[2]
PAYLOADS = sorted((ROOT / "examples" / "payloads").glob("*.json"))
SETTINGS = RenderSettings(asset_roots=(ROOT / "src" / "preview_worker" / "sample",))
LEAST_SIMILARITY = 0.98
"""Chroma at half resolution and a quantiser of 13 leave more than this of flat shapes and text."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A rendered example and everything to judge it by."""

    job: PreviewJob
    folder: Path
    preview: RenderedPreview
    timeline: Timeline

    @property
    def video(self) -> Path:
        """The video's path."""
        (file,) = (file for file in self.preview.files if file.kind == "video")
        return self.folder / file.name


def _job(path: Path) -> PreviewJob:
    payload = json.loads(path.read_bytes())
    payload["dryRun"] = False
    request = payload["previewRequest"]
    options = request.setdefault("options", {})
    # Small and quick, but for the one whose size is part of what it shows.
    options.setdefault("resolution", "640x360") if "renderConfig" not in request else None
    return read_job(json.dumps(payload).encode()).job


@pytest.fixture(scope="module", params=PAYLOADS, ids=lambda path: path.stem)
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Render an example."""
    folder = tmp_path_factory.mktemp("preview")
    job = _job(request.param)
    preview = render_preview(job, folder, SETTINGS, lambda *_: None)
    return Finished(job, folder, preview, plan_preview(job, SETTINGS))


def _painted(timeline: Timeline) -> Iterator[tuple[int, int, Pixels]]:
    """Paint the timeline again: first frame, last frame, RGB rows."""
    profile = timeline.profile
    files = FileAssets(SETTINGS)
    painter = Painter(
        profile,
        lambda ref: decode_picture(files.read(ref), ref.where, 10**7, _size(timeline)),
        language=timeline.language,
    )
    for still in painter.paint(timeline, []):
        rows = np.frombuffer(still.rgba, np.uint8).reshape(profile.height_px, profile.width_px, 4)
        yield still.start_frame, still.end_frame - 1, rows[..., :3]


def _size(timeline: Timeline) -> tuple[int, int]:
    return timeline.profile.width_px, timeline.profile.height_px


def test_every_frame_decodes_without_a_warning(finished: Finished) -> None:
    """By FFmpeg, picture and sound, to the planned number of frames."""
    av.logging.set_level(logging.WARNING)
    try:
        with av.logging.Capture() as said, av.open(str(finished.video)) as file:
            kinds = [type(frame).__name__ for frame in file.decode()]
    finally:
        av.logging.set_level(None)

    assert said == []
    assert kinds.count("VideoFrame") == finished.timeline.frames
    assert kinds.count("AudioFrame") > 0


def test_decoded_pictures_are_those_that_were_painted(finished: Finished) -> None:
    """At the first and the last frame of every still, which may be seconds apart."""
    wanted = {
        frame: rows for first, last, rows in _painted(finished.timeline) for frame in (first, last)
    }
    with av.open(str(finished.video)) as file:
        for number, frame in enumerate(file.decode(video=0)):
            if number in wanted:
                likeness = similarity(frame.to_ndarray(format="rgb24"), wanted[number])
                assert likeness >= LEAST_SIMILARITY, f"frame {number} of {finished.video}"


def test_the_video_lasts_as_long_as_planned(finished: Finished) -> None:
    """Within a frame, at a constant rate, tagged as BT.709."""
    with av.open(str(finished.video)) as file:
        stream = file.streams.video[0]
        context = stream.codec_context
        duration = Fraction(file.duration or 0, av.time_base)
        tags = (context.colorspace, context.color_primaries, context.color_trc)

        assert stream.average_rate == 30
    assert abs(duration - Fraction(finished.timeline.frames, 30)) <= Fraction(1, 30)
    assert tags == (1, 1, 1)


def test_captions_start_with_their_scenes(finished: Finished) -> None:
    """Within one frame, and none is on when its scene is not."""
    text = (finished.folder / "captions.srt").read_text(encoding="utf-8")
    cues = pysubs2.SSAFile.from_string(text, format_="srt")
    frame_ms = 1000 / 30
    starts = [s.start_frame * frame_ms for s in finished.timeline.scenes if s.spoken]

    assert len(cues) == finished.preview.cues
    assert all(min(abs(cue.start - start) for cue in cues) <= frame_ms for start in starts)
    assert all(cue.end - cue.start >= 1000 for cue in cues)
    assert cues[-1].end <= finished.timeline.frames * frame_ms + 1


def test_the_contact_sheet_shows_what_the_video_does(finished: Finished) -> None:
    """Cell by cell, but for the corner with the time."""
    frames = dict.fromkeys(sheet_frames(finished.timeline.frames))
    with av.open(str(finished.video)) as file:
        pictures = {
            number: frame.reformat(480, 270, "rgb24").to_ndarray()
            for number, frame in enumerate(file.decode(video=0))
            if number in frames
        }
    with Image.open(finished.folder / "contact-sheet.jpg") as image:
        sheet = np.asarray(image)

    assert sheet.shape == (540, 1920, 3)
    for n, frame in enumerate(sheet_frames(finished.timeline.frames)):
        y, x = n // 4 * 270, n % 4 * 480
        cell = sheet[y + 8 : y + 232, x + 8 : x + 472]
        # Another scaler and JPEG stand between the two.
        assert similarity(cell, pictures[frame][8:232, 8:472]) >= 0.9


PROGRAM = """
import hashlib, pathlib, sys, tempfile
from preview_worker.contract import read_job
from preview_worker.render import RenderSettings, render_preview
job = read_job(sys.stdin.buffer.read()).job
folder = pathlib.Path(tempfile.mkdtemp(dir=sys.argv[1]))
settings = RenderSettings(asset_roots=(pathlib.Path(sys.argv[2]),))
render_preview(job, folder, settings, lambda *_: None)
for path in sorted(folder.iterdir()):
    if path.name != "render.log":
        print(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
"""


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_the_same_payload_gives_the_same_bytes_anywhere(tmp_path: Path, container: str) -> None:
    """In another folder, time zone and language, with another hash seed."""
    payload = json.loads((ROOT / "examples" / "payloads" / "sample-tutorial.json").read_bytes())
    payload["previewRequest"]["options"] = {"resolution": "320x180", "format": container}
    told = []
    for number, surroundings in enumerate(
        ({"TZ": "Asia/Tokyo", "LC_ALL": "C"}, {"TZ": "America/St_Johns", "LC_ALL": "fr_CA.UTF-8"})
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(folder), str(SETTINGS.asset_roots[0])],
            input=json.dumps(payload).encode(),
            cwd=folder,
            env={
                **surroundings,
                "PYTHONHASHSEED": str(number + 1),
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            check=True,
        )
        told.append(done.stdout)

    assert told[0].count(b"\n") == 7
    assert told[0] == told[1]
