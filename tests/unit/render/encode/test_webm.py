"""A WebM file holds its packets at their times, interleaved, and is closed however it ends."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from preview_worker.render.encode import SegmentEncoder, encode_silence, open_file
from preview_worker.render.model import Profile, Still
from preview_worker.render.settings import RenderSettings

RATES = [Fraction(30), Fraction(30000, 1001), Fraction(24000, 1001)]


def _write(path: Path, fps: Fraction, frames: int) -> None:
    profile = Profile(192, 108, fps, "webm")
    encoder = SegmentEncoder(profile, RenderSettings())
    sound = encode_silence("webm", round(frames * 48_000 / fps))
    with open_file(path, profile, sound) as file:
        file.add(encoder.encode([Still(0, frames, bytes(192 * 108 * 4))]))


@pytest.mark.parametrize("fps", RATES, ids=str)
@pytest.mark.parametrize("frames", [1, 2, 95])
def test_every_frame_has_its_time(tmp_path: Path, fps: Fraction, frames: int) -> None:
    """To the millisecond that the container counts in."""
    path = tmp_path / "v.webm"
    _write(path, fps, frames)
    with av.open(str(path)) as file:
        times = [
            packet.pts * packet.time_base
            for packet in file.demux(video=0)
            if packet.pts is not None
        ]

    assert len(times) == frames
    assert all(abs(at_s - n / fps) <= Fraction(1, 1000) for n, at_s in enumerate(times))


def test_sound_stands_beside_its_pictures(tmp_path: Path) -> None:
    """Never a second apart, so that a player need not look far ahead."""
    path = tmp_path / "v.webm"
    _write(path, Fraction(30), 95)
    ends, apart_s = {"video": Fraction(0), "audio": Fraction(0)}, Fraction(0)
    with av.open(str(path)) as file:
        for packet in file.demux():
            if packet.pts is not None:
                ends[packet.stream.type] = packet.pts * packet.time_base
                apart_s = max(apart_s, abs(ends["video"] - ends["audio"]))

    assert apart_s < Fraction(1, 4)


def test_a_file_that_is_given_up_is_closed(tmp_path: Path) -> None:
    """What was raised comes through."""
    profile = Profile(192, 108, Fraction(30), "webm")
    with (
        pytest.raises(ZeroDivisionError),
        open_file(tmp_path / "v.webm", profile, encode_silence("webm", 1600)),
    ):
        raise ZeroDivisionError
