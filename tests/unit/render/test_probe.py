"""The finished file is read as a stranger would, and has to be what was planned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.encode import SegmentEncoder, encode_silence, open_file
from preview_worker.render.model import Container, Still, Timeline
from preview_worker.render.probe import probe
from preview_worker.render.settings import RenderSettings
from tests.unit.render.jobs import timeline_of


def _timeline(container: Container = "mp4") -> Timeline:
    steps = [{"text": "Deal.", "durationSec": 1}]
    return timeline_of(steps=steps, options={"resolution": "160x90", "format": container})


def _encoded(path: Path, timeline: Timeline, *, at_once: bool = False) -> Path:
    pixels = b"\x40\x80\xc0\xff" * (160 * 90)
    profile = timeline.profile
    encoder = SegmentEncoder(profile, RenderSettings())
    stills = [Still(scene.start_frame, scene.frames, pixels) for scene in timeline.scenes]
    if at_once:
        stills = [Still(0, timeline.frames, pixels)]
    with open_file(
        path, profile, encode_silence(profile.container, timeline.frames * 1600)
    ) as file:
        for still in stills:
            file.add(encoder.encode([still]))
    return path


@pytest.mark.parametrize(("container", "codecs"), [("mp4", "h264 aac"), ("webm", "vp9 opus")])
def test_facts_are_those_of_the_file(tmp_path: Path, container: Container, codecs: str) -> None:
    """Size, rate, frames, length and codecs."""
    timeline = _timeline(container)
    facts = probe(_encoded(tmp_path / "v", timeline), timeline)

    assert (facts.width_px, facts.height_px, facts.fps) == (160, 90, "30/1")
    assert facts.frames == timeline.frames
    assert facts.duration_s == pytest.approx(timeline.frames / 30, abs=1 / 30)
    assert f"{facts.video_codec} {facts.audio_codec}" == codecs
    assert facts.silent


def _refusal(path: Path, timeline: Timeline) -> str:
    with pytest.raises(PreviewError) as caught:
        probe(path, timeline)
    assert caught.value.code is ErrorCode.RENDER
    return caught.value.message


def test_a_file_that_is_too_short_is_refused(tmp_path: Path) -> None:
    """The message tells the difference."""
    timeline = _timeline()
    path = _encoded(tmp_path / "v", replace(timeline, scenes=timeline.scenes[:2]))

    assert f"{timeline.frames} frames expected" in _refusal(path, timeline)


def test_a_scene_without_a_key_frame_is_refused(tmp_path: Path) -> None:
    """A viewer could not jump to it."""
    timeline = _timeline()

    assert "key frame" in _refusal(_encoded(tmp_path / "v", timeline, at_once=True), timeline)


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    """Both tracks belong to a preview."""
    timeline = _timeline()
    with (
        av.open(str(_encoded(tmp_path / "v", timeline))) as source,
        av.open(str(tmp_path / "mute"), "w", format="mp4") as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)

    assert "one audio stream" in _refusal(tmp_path / "mute", timeline)


def test_a_playlist_in_disguise_is_not_followed(tmp_path: Path) -> None:
    """Only the container that was written is read."""
    (tmp_path / "v").write_text("ffconcat version 1.0\nfile 'other.mp4'\n")

    with pytest.raises(av.error.InvalidDataError):
        probe(tmp_path / "v", _timeline())
