"""What is told of a file is what ffprobe tells of it, where there is one to ask."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from preview_worker.render import RenderSettings, render_preview
from preview_worker.render.ffprobe import describe_media, ffmpeg_version
from tests.unit.render.jobs import job_of

FFPROBE = shutil.which("ffprobe")
UNTOLD = {"refs", "probe_score"}
"""Keys that no library tells."""
NEWER = {"non_diegetic", "multilayer", "closed_captions", "film_grain"}
"""Keys that some versions of ffprobe know and others do not."""
PARSED = {"vendor_id"}
"""Tags that ffprobe finds in fields which are no tags."""
ESTIMATES = {"duration": 0.01, "bit_rate": 0.0, "start_time": 0.01, "start_pts": 10}
"""Two versions of FFmpeg round these differently, or count Opus' few milliseconds of lead-in."""


@pytest.fixture(scope="module", params=["mp4", "webm"])
def video(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render a small preview in one of the containers."""
    folder = tmp_path_factory.mktemp("video")
    options = {"resolution": "320x180", "format": request.param}
    job = job_of(options=options, steps=[{"text": "x", "durationSec": 2}])
    render_preview(job, folder, RenderSettings(), lambda *_: None)
    return folder / f"preview.{request.param}"


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {key: one for name, part in value.items() for key, one in _flat(part, name).items()}
    return {path: value}


@pytest.mark.skipif(FFPROBE is None, reason="there is no ffprobe to compare with")
def test_every_key_has_the_value_that_ffprobe_gives(video: Path) -> None:
    """Of each stream and of the whole; numbers that are estimates within a tenth."""
    asked = [
        str(FFPROBE),
        "-v",
        "error",
        "-show_format",
        "-show_streams",
        "-of",
        "json",
        str(video),
    ]
    wanted = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
    found = describe_media(video)
    wanted["format"]["filename"] = video.name

    assert len(found["streams"]) == len(wanted["streams"])
    for mine, theirs in zip(
        (*found["streams"], found["format"]),
        (*wanted["streams"], wanted["format"]),
        strict=True,
    ):
        _compare(_flat(mine), _flat(theirs))


def _compare(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert set(theirs) - set(mine) <= UNTOLD | NEWER | PARSED
    assert set(mine) - set(theirs) <= NEWER
    for name in set(mine) & set(theirs):
        if name in ESTIMATES:
            close = pytest.approx(float(theirs[name]), rel=0.1, abs=ESTIMATES[name])
            assert float(mine[name]) == close, name
        elif name == "codec_long_name":
            # A decoder may be named more briefly than what it decodes.
            assert theirs[name].startswith(mine[name])
        else:
            assert mine[name] == theirs[name], name


def test_the_essentials_are_told_without_anybody_to_compare_with(video: Path) -> None:
    """Codecs, sizes and rates, as strings where ffprobe has strings."""
    told = describe_media(video)
    picture, sound = told["streams"]
    codecs = {"mp4": ("h264", "aac"), "webm": ("vp9", "opus")}[video.suffix[1:]]

    assert (picture["codec_name"], sound["codec_name"]) == codecs
    assert (picture["width"], picture["height"]) == (320, 180)
    assert (picture["avg_frame_rate"], sound["sample_rate"]) == ("30/1", "48000")
    assert told["format"]["filename"] == video.name
    assert int(told["format"]["size"]) == video.stat().st_size
    assert float(told["format"]["duration"]) == pytest.approx(8.0, abs=0.05)


def test_the_version_is_that_of_the_libraries() -> None:
    """A number, not a program's name."""
    assert ffmpeg_version().split(".")[0].isdecimal()
