"""Every example becomes a preview whose content is what was painted, when it was planned.

No golden pictures are kept: what a video shows is compared with what is painted for it, so that
nothing has to be updated when looks change, and an encoder that spoils them is found all the same.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.logging
import numpy as np
import pysubs2
import pytest
from PIL import Image, ImageOps

from preview_worker.contract import PreviewJob, RenderedPreview, read_job
from preview_worker.render import RenderSettings, plan_preview, render_preview
from preview_worker.render.assets import FileAssets
from preview_worker.render.atelier import painter_of
from preview_worker.render.audio import Listener
from preview_worker.render.gallery import sheet_frames
from preview_worker.render.model import Timeline
from preview_worker.render.paint.page import Words
from tests.golden.likeness import Pixels, check_alike, similarity

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "payloads"
PAYLOADS = sorted(FOLDER.glob("*.json"))
SETTINGS = RenderSettings(asset_roots=(ROOT / "src" / "preview_worker" / "sample", FOLDER))
LEAST_SIMILARITY = 0.98
"""Chroma at half resolution and a quantiser of 13 leave more than this of flat shapes and text."""
PAPER = (11, 16, 32)
"""What surrounds a picture of another shape in its cell of the contact sheet."""
SMALL = {"vertical": "360x640", "render-config": "1920x1080"}
"""Examples that are not rendered at 640x360: one is upright, one is held to its full size."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A rendered example and everything to judge it by, decoded once."""

    folder: Path
    preview: RenderedPreview
    timeline: Timeline
    painted: dict[int, Pixels]
    """The first and the last frame of every still as they were painted: RGB rows by number."""
    decoded: dict[int, Pixels]
    """The same frames, and those of the contact sheet, as they are decoded."""
    said: list[tuple[int, str, str]]
    """What FFmpeg had to say while it decoded."""
    frames: int
    audio_start_s: float
    """When the first sample is played."""

    @property
    def video(self) -> Path:
        """The video's path."""
        return _video(self.folder, self.preview)


def _video(folder: Path, preview: RenderedPreview) -> Path:
    (file,) = (file for file in preview.files if file.kind == "video")
    return folder / file.name


def _job(path: Path) -> PreviewJob:
    payload = json.loads(path.read_bytes())
    payload["dryRun"] = False
    options = payload["previewRequest"].setdefault("options", {})
    options["resolution"] = SMALL.get(path.stem, "640x360")
    return read_job(json.dumps(payload).encode()).job


@pytest.fixture(scope="module", params=PAYLOADS, ids=lambda path: path.stem)
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Render an example, paint it again, and decode it."""
    folder = tmp_path_factory.mktemp("preview")
    job = _job(request.param)
    preview = render_preview(job, folder, SETTINGS, lambda *_: None)
    source = FileAssets(SETTINGS)
    timeline = plan_preview(job, SETTINGS, Listener(source, SETTINGS).length_s)
    painted = dict(_painted(timeline, source))
    wanted = {*painted, *sheet_frames(timeline.frames)}
    decoded, said, frames, start_s = _decode(_video(folder, preview), wanted)
    return Finished(folder, preview, timeline, painted, decoded, said, frames, start_s)


def _painted(timeline: Timeline, source: FileAssets) -> Iterator[tuple[int, Pixels]]:
    profile = timeline.profile
    for still in painter_of(timeline, source, SETTINGS).paint(timeline, []):
        rows = np.frombuffer(still.rgba, np.uint8).reshape(profile.height_px, profile.width_px, 4)
        for frame in {still.start_frame, still.end_frame - 1}:
            yield frame, rows[..., :3]


def _decode(
    video: Path, wanted: set[int]
) -> tuple[dict[int, Pixels], list[tuple[int, str, str]], int, float]:
    decoded, frames, starts = dict[int, Pixels](), 0, list[float]()
    av.logging.set_level(logging.WARNING)
    try:
        with av.logging.Capture() as said, av.open(str(video)) as file:
            for frame in file.decode():
                if not isinstance(frame, av.VideoFrame):
                    starts.append(frame.time or 0.0)
                    continue
                if frames in wanted:
                    rgb = frame.reformat(format="rgb24", src_colorspace="ITU709")
                    decoded[frames] = rgb.to_ndarray()
                frames += 1
    finally:
        av.logging.set_level(None)
    return decoded, list(said), frames, min(starts)


def test_every_frame_decodes_without_a_warning(finished: Finished) -> None:
    """By FFmpeg, picture and sound, to the planned number of frames."""
    assert finished.said == []
    assert finished.frames == finished.timeline.frames


def test_decoded_pictures_are_those_that_were_painted(finished: Finished) -> None:
    """At the first and the last frame of every still, which may be seconds apart."""
    for number, wanted in finished.painted.items():
        check_alike(
            finished.decoded[number], wanted, LEAST_SIMILARITY, finished.folder / f"{number}"
        )


def test_colours_are_those_that_were_painted(finished: Finished) -> None:
    """On plain ground in the corners and on the whole: no matrix and no range was mistaken.

    Similarity is about brightness alone. A wrong matrix shifts saturated colours by ten levels and
    more, a wrong range everything; eight bits of each of Y, Cb and Cr shift a flat colour by up to
    three on their way there and back.
    """
    for number, wanted in finished.painted.items():
        found = finished.decoded[number]
        for area in (np.s_[:16, :16], np.s_[-16:, -16:], np.s_[:, :]):
            shift = np.abs(found[area].mean((0, 1)) - wanted[area].mean((0, 1)))
            assert shift.max() <= 4, f"frame {number} of {finished.video}: {shift}"


def test_words_are_where_the_layout_has_them(finished: Finished) -> None:
    """In the decoded picture of every scene, ink is found in the box of each of its texts."""
    timeline = finished.timeline
    painter = painter_of(timeline, FileAssets(SETTINGS), SETTINGS)
    for scene in timeline.scenes:
        page = painter.plan(scene).pages[-1]
        found = finished.decoded[scene.end_frame - 1].astype(float)
        for item in page.items:
            if isinstance(item, Words) and item.block.text.strip():
                box = [round(side * painter.scale) for side in (*item.box[:2], *item.box[2:])]
                x, y = max(0, box[0]), max(0, box[1])
                ink = found[y : y + box[3], x : x + box[2]].std((0, 1)).max(initial=0)
                # Ground alone slopes by a few levels; the thinnest letters spread by twenty.
                assert ink > 8, f"no ink of {item.block.text[:30]!r} in {scene.id}"


def test_sound_starts_with_the_picture(finished: Finished) -> None:
    """Within 20 ms, which nobody notices; Opus tells its lead-in, AAC's is skipped."""
    assert abs(finished.audio_start_s) <= 0.02


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
    with Image.open(finished.folder / "contact-sheet.jpg") as image:
        sheet = np.asarray(image)

    assert sheet.shape == (540, 1920, 3)
    for n, frame in enumerate(sheet_frames(finished.timeline.frames)):
        y, x = n // 4 * 270, n % 4 * 480
        cell = sheet[y + 8 : y + 232, x + 8 : x + 472]
        whole = ImageOps.pad(Image.fromarray(finished.decoded[frame]), (480, 270), color=PAPER)
        shown = np.asarray(whole)[8:232, 8:472]
        # Another scaler and JPEG stand between the two.
        assert similarity(cell, shown) >= 0.9
