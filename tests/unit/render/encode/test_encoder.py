"""A finished file decodes without a warning to what was painted, frame for frame."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.logging
import numpy as np
import pytest

from preview_worker.render.encode import SegmentEncoder, encode_silence, open_file
from preview_worker.render.model import Container, Profile, Still
from preview_worker.render.settings import RenderSettings

SIZE = (192, 108)
COLOURS = ((230, 30, 40), (20, 200, 60), (30, 60, 220), (250, 250, 250), (12, 16, 32))


def _profile(container: Container, fps: Fraction = Fraction(30)) -> Profile:
    return Profile(*SIZE, fps, container)


def _still(start: int, frames: int, colour: tuple[int, int, int]) -> Still:
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    pixels[..., :3] = colour
    pixels[30:60, 40:120, :3] = 255 - np.array(colour)
    pixels[..., 3] = 255
    return Still(start, frames, pixels.tobytes())


def _encode(path: Path, profile: Profile, stills: Iterable[Still]) -> None:
    """Encode each still into a segment of its own, and join them."""
    encoder = SegmentEncoder(profile, RenderSettings(keyframe_interval_s=1))
    held = list(stills)
    samples = round(sum(still.frames for still in held) * 48_000 / profile.fps)
    with open_file(path, profile, encode_silence(profile.container, samples)) as file:
        for still in held:
            file.add(encoder.encode([still]))


def _stills(lengths: Iterable[int]) -> list[Still]:
    stills, start = [], 0
    for number, length in enumerate(lengths):
        stills.append(_still(start, length, COLOURS[number % len(COLOURS)]))
        start += length
    return stills


def _decoded(path: Path) -> tuple[list[np.ndarray[Any, Any]], list[Any]]:
    """Return every frame as RGB, and what FFmpeg had to say on the way."""
    av.logging.set_level(logging.WARNING)
    try:
        with av.logging.Capture() as said, av.open(str(path)) as file:
            frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        with av.logging.Capture() as more, av.open(str(path)) as file:
            for _ in file.decode(audio=0):
                pass
    finally:
        av.logging.set_level(None)
    return frames, [*said, *more]


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_every_frame_shows_its_still(tmp_path: Path, container: Container) -> None:
    """Held for one frame or for seventy, over key frames that are repeated, without a warning."""
    stills = _stills([1, 1, 70, 2, 33])
    path = tmp_path / f"v.{container}"
    _encode(path, _profile(container), stills)
    frames, said = _decoded(path)

    assert said == []
    assert len(frames) == 107
    for still in stills:
        painted = np.frombuffer(still.rgba, np.uint8).reshape(SIZE[1], SIZE[0], 4)[..., :3]
        for frame in frames[still.start_frame : still.end_frame]:
            difference = np.abs(frame.astype(int) - painted)
            # Chroma has half the resolution, so edges differ; flat areas may be off by rounding.
            assert np.median(difference) <= 3
            assert difference.mean() < 4


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_held_frames_are_exactly_alike(tmp_path: Path, container: Container) -> None:
    """A held picture does not drift or pulse."""
    path = tmp_path / f"v.{container}"
    _encode(path, _profile(container), _stills([100]))
    frames, _ = _decoded(path)

    assert all(np.array_equal(frames[0], frame) for frame in frames)


def test_colours_are_really_bt709(tmp_path: Path) -> None:
    """The luma and chroma in the file are those of BT.709 in limited range, and say so."""
    path = tmp_path / "v.mp4"
    _encode(path, _profile("mp4"), _stills([2, 2, 2]))
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))

    for number, (red, green, blue) in enumerate(COLOURS[:3]):
        frame = frames[number * 2]
        luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        wanted = (
            16 + 219 * luma / 255,
            128 + 224 * (blue - luma) / 1.8556 / 255,
            128 + 224 * (red - luma) / 1.5748 / 255,
        )
        assert frame.format.name == "yuv420p"
        assert (frame.colorspace, frame.color_range) == (1, 1)
        corner = [bytes(plane)[0] for plane in frame.planes]
        assert corner == pytest.approx(wanted, abs=2)


def test_a_rate_that_is_no_whole_number_is_kept(tmp_path: Path) -> None:
    """29.97 frames a second, constant, as exact fractions."""
    fps = Fraction(30000, 1001)
    path = tmp_path / "v.mp4"
    _encode(path, _profile("mp4", fps), _stills([40, 41]))
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        packets = [packet for packet in file.demux(stream) if packet.pts is not None]
        times = [(packet.pts or 0) * packet.time_base for packet in packets]

        assert stream.average_rate == fps
    assert times == [frame / fps for frame in range(81)]


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_both_tracks_are_as_long_as_the_preview(tmp_path: Path, container: Container) -> None:
    """Within one frame."""
    path = tmp_path / f"v.{container}"
    _encode(path, _profile(container), _stills([37, 50]))
    with av.open(str(path)) as file:
        samples = sum(frame.samples for frame in file.decode(audio=0))
    with av.open(str(path)) as file:
        rate = file.streams.audio[0].codec_context.sample_rate
        duration = Fraction(file.duration or 0, av.time_base)

    assert abs(duration - Fraction(87, 30)) <= Fraction(1, 30)
    assert abs(Fraction(samples, rate) - Fraction(87, 30)) <= Fraction(1, 30)


def test_stills_begin_with_key_frames_that_come_again(tmp_path: Path) -> None:
    """At each start, and every second here, so that a viewer can jump anywhere."""
    path = tmp_path / "v.mp4"
    _encode(path, _profile("mp4"), _stills([65, 10]))
    with av.open(str(path)) as file:
        keys = [n for n, packet in enumerate(file.demux(video=0)) if packet.is_keyframe]

    assert keys == [0, 30, 60, 65]


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_the_same_stills_give_the_same_bytes(tmp_path: Path, container: Container) -> None:
    """No date, no chance, no name of a machine."""
    for name in ("one", "two"):
        _encode(tmp_path / name, _profile(container), _stills([5, 40]))

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_index_stands_in_front(tmp_path: Path) -> None:
    """A browser can begin to play an MP4 before it has all of it."""
    path = tmp_path / "v.mp4"
    _encode(path, _profile("mp4"), _stills([3]))
    content = path.read_bytes()

    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_what_moves_is_shown_frame_by_frame_and_then_held(
    tmp_path: Path, container: Container
) -> None:
    """Pictures that follow each other need no key frame; the one that is held has one."""
    profile = _profile(container)
    moving = [replace(_still(n, 1, COLOURS[n % 3]), moving=n > 0) for n in range(6)]
    stills = [*moving, replace(_still(6, 80, COLOURS[3]), moving=True)]
    segment = SegmentEncoder(profile, RenderSettings(keyframe_interval_s=1)).encode(stills)
    path = tmp_path / f"v.{container}"
    with open_file(path, profile, encode_silence(container, 86 * 1600)) as file:
        file.add(segment)
    frames, said = _decoded(path)

    assert said == []
    assert [run.key for run in segment.runs[:7]] == [True, *[False] * 5, True]
    assert [run.frames for run in segment.runs] == [1] * 6 + [30, 30, 20]
    for number, frame in enumerate(frames):
        red, green, blue = COLOURS[number % 3 if number < 6 else 3]
        assert frame[5, 5] == pytest.approx((red, green, blue), abs=4)
    assert all(np.array_equal(frames[6], frame) for frame in frames[6:])


@pytest.mark.parametrize("frames", [1, 2, 16, 17, 300, 10_000])
def test_a_picture_can_be_held_for_any_time(tmp_path: Path, frames: int) -> None:
    """From one frame to five minutes, bit by bit the same, over every wrap of its numbers."""
    profile = _profile("mp4")
    path = tmp_path / "v.mp4"
    segment = SegmentEncoder(profile, RenderSettings()).encode([_still(0, frames, COLOURS[1])])
    with open_file(path, profile, encode_silence("mp4", frames * 1600)) as file:
        file.add(segment)
    with av.open(str(path)) as file:
        pictures = [hashlib.sha256(bytes(f.planes[0])).digest() for f in file.decode(video=0)]

    assert len(pictures) == frames
    assert len(set(pictures)) == 1


@pytest.mark.parametrize("size", [(640, 480), (854, 480), (1280, 720), (1920, 1080), (162, 94)])
def test_pictures_of_any_size_are_held_exactly(tmp_path: Path, size: tuple[int, int]) -> None:
    """Also those that are no whole number of macroblocks."""
    profile = Profile(*size, Fraction(30), "mp4")
    noise = np.random.default_rng(7).integers(0, 255, (size[1], size[0], 4), np.uint8)
    noise[..., 3] = 255
    segment = SegmentEncoder(profile, RenderSettings()).encode([Still(0, 20, noise.tobytes())])
    path = tmp_path / "v.mp4"
    with open_file(path, profile, encode_silence("mp4", 20 * 1600)) as file:
        file.add(segment)
    frames, said = _decoded(path)

    assert said == []
    assert all(np.array_equal(frames[0], frame) for frame in frames)
