"""Finished previews are heard as they were planned: where, how loud, and with the picture."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from preview_worker.contract import RenderedPreview
from preview_worker.render import RenderSettings, render_preview
from tests.unit.render.jobs import job_of
from tests.unit.render.sounds import (
    RATE,
    listen,
    position,
    r128,
    rms_db,
    speech,
    tone,
    write_wav,
)

SIZE = {"resolution": "160x90"}
OFFSET_SAMPLES = 960
"""20 ms, which nobody notices between picture and sound; what is found is far below."""
LOUDNESS_LU = 0.5
"""What the platforms that ask for a loudness allow."""


def _render(folder: Path, name: str = "out", **request: Any) -> tuple[Path, RenderedPreview]:
    out = folder / name
    out.mkdir()
    settings = RenderSettings(asset_roots=(folder,))
    preview = render_preview(job_of(**request), out, settings, lambda *_: None)
    (video,) = (file.name for file in preview.files if file.kind == "video")
    return out / video, preview


@pytest.fixture
def voices(tmp_path: Path) -> list[dict[str, Any]]:
    """Return three steps with narrations of different loudness and rate."""
    write_wav(tmp_path / "one.wav", speech(4, 0.05, 44_100, seed=1), 44_100)
    write_wav(tmp_path / "two.wav", speech(5, 0.2, 24_000, seed=2), 24_000)
    write_wav(tmp_path / "three.wav", speech(3, 0.01, seed=3))
    return [
        {"title": name, "text": f"This is step {name}.", "audio": {"file": f"{name}.wav"}}
        for name in ("one", "two", "three")
    ]


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_narration_begins_with_its_scene(
    tmp_path: Path, voices: list[dict[str, Any]], container: str
) -> None:
    """In the decoded file, for every scene, and the scene lasts as long as it does."""
    write_wav(tmp_path / "two.wav", speech(5, 0.2, seed=2))
    write_wav(tmp_path / "one.wav", speech(4, 0.05, seed=1))
    video, preview = _render(tmp_path, steps=voices, options={**SIZE, "format": container})
    heard = listen(video)[0]

    scenes = preview.scenes[1:4]
    for scene, (seconds, seed) in zip(scenes, ((4, 1), (5, 2), (3, 3)), strict=True):
        start = scene.start_frame * RATE // 30
        found = position(heard[start - RATE :], speech(seconds, seed=seed)) - RATE
        assert abs(found) <= OFFSET_SAMPLES, f"{scene.id} is {found / 48} ms late"
        assert scene.frames == pytest.approx((seconds + 0.5) * 30, abs=1)
    assert preview.findings == ()


@pytest.mark.parametrize(
    ("loudness", "lufs", "ceiling"),
    [
        (None, -14, -1.0),
        ("elite", -14, -1.0),
        ({"profile": "governance"}, -16, -1.2),
        ({"targetI": -18, "tp": -3}, -18, -3.0),
    ],
)
def test_the_finished_track_has_the_loudness_of_its_profile(
    tmp_path: Path, voices: list[dict[str, Any]], loudness: Any, lufs: float, ceiling: float
) -> None:
    """By FFmpeg's meter, on what a player decodes."""
    video, preview = _render(tmp_path, steps=voices, options={**SIZE, "loudness": loudness})
    integrated, peak = r128(listen(video))

    assert preview.media is not None
    assert preview.media.loudness is not None
    assert integrated == pytest.approx(lufs, abs=LOUDNESS_LU)
    assert peak <= ceiling
    assert preview.media.loudness.integrated_lufs == pytest.approx(integrated, abs=0.05)
    # Two oversampling filters agree on peaks to a few tenths of a decibel.
    assert preview.media.loudness.true_peak_dbtp == pytest.approx(peak, abs=0.3)
    assert not preview.media.silent


@pytest.mark.parametrize("mode", ["envelope", "sidechain"])
def test_music_goes_down_while_somebody_speaks(tmp_path: Path, mode: str) -> None:
    """By ten decibels or so, and comes up again."""
    write_wav(tmp_path / "bed.wav", tone(7, 3000))
    write_wav(tmp_path / "voice.wav", tone(4, 200))
    steps = [
        {"text": "Listen.", "durationSec": 6, "audio": {"file": "voice.wav"}},
        {"text": "Now music.", "durationSec": 6},
    ]
    music = {"backgroundMusic": {"file": "bed.wav", "volume": 0.4}}
    options = {**SIZE, "ducking": {"mode": mode}}
    video, preview = _render(tmp_path, steps=steps, audio=music, options=options)
    start = preview.scenes[1].start_frame * RATE // 30
    heard = listen(video)[0]

    below = _share_db(heard[start + RATE : start + 3 * RATE], 3000)
    alone = _share_db(heard[start + 6 * RATE : start + 8 * RATE], 3000)
    assert alone - below > 8


def _share_db(stretch: np.ndarray[Any, Any], hertz: float) -> float:
    """Return the power of one frequency and its neighbours."""
    spectrum = np.abs(np.fft.rfft(stretch * np.hanning(stretch.size)))
    at = round(hertz * stretch.size / RATE)
    return float(20 * np.log10(spectrum[at - 20 : at + 20].max()))


def test_music_plays_on_to_the_end_and_fades(tmp_path: Path) -> None:
    """Over and over, however short its file is."""
    write_wav(tmp_path / "bed.wav", tone(1.3, 1000))
    video, preview = _render(tmp_path, audio={"bgm": "bed.wav"}, options=SIZE)
    heard = listen(video)[0]
    levels = [
        rms_db(heard[at : at + RATE // 2]) for at in range(RATE, heard.size - 2 * RATE, RATE // 2)
    ]

    assert preview.media is not None
    assert not preview.media.silent
    assert max(levels) - min(levels) < 1
    assert rms_db(heard[:480]) < min(levels) - 20
    assert rms_db(heard[-960:]) < min(levels) - 20


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_the_same_sounds_give_the_same_bytes(
    tmp_path: Path, voices: list[dict[str, Any]], container: str
) -> None:
    """Twice in a row."""
    request = {"steps": voices, "options": {**SIZE, "format": container}}
    digests = {
        hashlib.sha256(_render(tmp_path, name, **request)[0].read_bytes()).hexdigest()
        for name in ("first", "second")
    }

    assert len(digests) == 1


def test_pauses_between_narrations_are_silent(tmp_path: Path, voices: list[dict[str, Any]]) -> None:
    """Nothing hums in the title, between the steps, or at the end."""
    video, preview = _render(tmp_path, steps=voices, options=SIZE)
    heard = listen(video)
    title = preview.scenes[1].start_frame * RATE // 30

    assert np.abs(heard[:, : title - 2048]).max() < 10 ** (-80 / 20)


def test_a_missing_narration_is_honest_silence(tmp_path: Path) -> None:
    """The preview is rendered, a finding names the scene, and the manifest says silent."""
    steps = [{"id": "s1", "text": "Hello there.", "audio": {"file": "none.wav"}}]
    video, preview = _render(tmp_path, steps=steps, options=SIZE)

    assert preview.media is not None
    assert preview.media.silent
    assert preview.media.loudness is None
    assert [(one.code, one.scene) for one in preview.findings] == [("narration.missing", "s1")]
    assert np.abs(listen(video)).max() == 0


def test_a_silent_track_is_one_packet_repeated(tmp_path: Path) -> None:
    """So it costs no encoding, and still decodes to exact zeros for the whole length."""
    video, preview = _render(tmp_path, options=SIZE)
    with av.open(str(video)) as file:
        packets = {bytes(packet) for packet in file.demux(audio=0) if packet.size}
    heard = listen(video)

    assert len(packets) == 1
    # Decoders give the last packet in full.
    assert 0 <= heard.shape[1] - preview.frames * RATE // 30 < 1024
    assert np.abs(heard).max() == 0


def test_a_long_narration_is_told_and_goes_on_until_the_next(tmp_path: Path) -> None:
    """It is cut neither by its scene's end nor by a click."""
    write_wav(tmp_path / "long.wav", speech(6, seed=4))
    write_wav(tmp_path / "next.wav", speech(2, seed=5))
    steps = [
        {"id": "a", "text": "One.", "durationSec": 3, "audio": {"file": "long.wav"}},
        {"id": "b", "text": "Two.", "durationSec": 2},
        {"id": "c", "text": "Three.", "durationSec": 3, "audio": {"file": "next.wav"}},
    ]
    video, preview = _render(tmp_path, steps=steps, options=SIZE)
    a, _, c = (scene.start_frame * RATE // 30 for scene in preview.scenes[1:4])
    heard = listen(video)[0]
    told = [(one.code, one.scene) for one in preview.findings]

    assert told == [
        ("narration.too_long", "a"),
        ("narration.short", "c"),
        ("narration.missing", "b"),
    ]
    assert abs(position(heard[a:], speech(6, seed=4)[: 5 * RATE])) <= OFFSET_SAMPLES
    assert abs(position(heard[c:], speech(2, seed=5))) <= OFFSET_SAMPLES


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_chapters_stand_in_the_video(tmp_path: Path, container: str) -> None:
    """One a scene, as players list them, and no stream is added for them."""
    steps = [{"title": "Prépare", "text": "a"}, {"title": "Play", "text": "b"}]
    video, preview = _render(tmp_path, steps=steps, options={**SIZE, "format": container})
    with av.open(str(video)) as file:
        chapters = file.chapters()
        kinds = [stream.type for stream in file.streams]

    assert kinds == ["video", "audio"]
    assert [chapter["metadata"]["title"] for chapter in chapters] == [
        scene.title for scene in preview.scenes
    ]
    for chapter, scene in zip(chapters, preview.scenes, strict=True):
        start = chapter["start"] * (chapter["time_base"] or 0)
        # Matroska counts milliseconds.
        assert float(start) == pytest.approx(scene.start_frame / 30, abs=0.001)
