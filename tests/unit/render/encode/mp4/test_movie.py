"""A whole MP4 file: what stands in it, in which order, and that players agree with it."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.logging
import numpy as np
import pytest

from preview_worker.render.encode import (
    Mark,
    Segment,
    SegmentEncoder,
    SoundPackets,
    encode_silence,
    encode_sound,
)
from preview_worker.render.encode.mp4 import Mp4File
from preview_worker.render.model import Profile, Still
from preview_worker.render.settings import RenderSettings
from tests.unit.render.encode.mp4.atoms import Atom, read_file, sample_places

SIZE = (192, 108)
RATES = [Fraction(30), Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)]
MARKS = [Mark("Set up", 0, 1), Mark("Würfeln 🎲", 1, 60)]


class _Tone:
    """Plays noise, which packets of many sizes come from."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(7)

    def read(self, samples: int) -> Any:
        return self._random.normal(0, 0.1, (2, samples)).astype(np.float32)


def _profile(fps: Fraction = Fraction(30)) -> Profile:
    return Profile(*SIZE, fps, "mp4")


def _segment(profile: Profile, frames: int, shade: int = 90) -> Segment:
    pixels = np.full((SIZE[1], SIZE[0], 4), shade, np.uint8)
    return SegmentEncoder(profile, RenderSettings()).encode([Still(0, frames, pixels.tobytes())])


def _samples(profile: Profile, frames: int) -> int:
    return round(frames * 48_000 / profile.fps)


def _write(
    path: Path, profile: Profile, lengths: Sequence[int], marks: Sequence[Mark] = MARKS
) -> Atom:
    """Write a file of held pictures and noise; return it as it was read."""
    sound = encode_sound("mp4", _Tone(), _samples(profile, sum(lengths)))
    with Mp4File(path, profile, sound, marks) as file:
        for number, frames in enumerate(lengths):
            file.add(_segment(profile, frames, 40 + 20 * (number % 8)))
    return read_file(path.read_bytes())


def _tracks(file: Atom) -> tuple[Atom, Atom]:
    video, audio = file.all("moov/trak")
    return video, audio


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Atom]:
    """Return a file of 107 frames in five segments, with noise."""
    path = tmp_path_factory.mktemp("movie") / "v.mp4"
    return path, _write(path, _profile(), [1, 1, 70, 2, 33])


def test_the_index_stands_before_what_is_played(written: tuple[Path, Atom]) -> None:
    """And nothing else stands in the file."""
    assert [atom.kind for atom in written[1].inner] == ["ftyp", "moov", "mdat"]


def test_the_samples_fill_the_file(written: tuple[Path, Atom]) -> None:
    """Every byte of what is played belongs to one sample, and none to two."""
    _, file = written
    tables = [track.find("mdia/minf/stbl") for track in _tracks(file)]
    places = sorted(place for table in tables for place in sample_places(table))
    mdat = file.find("mdat")

    assert places[0][0] == mdat.start
    assert all(start + size == following for (start, size), (following, _) in pairwise(places))
    assert sum(places[-1]) == mdat.start + len(mdat.content)


def test_pictures_and_sound_are_at_most_a_second_apart(written: tuple[Path, Atom]) -> None:
    """But for a frame and a packet: a player that reads from the front finds both in time."""
    video, audio = _tracks(written[1])
    frames = [(place, Fraction(n, 30)) for n, (place, _) in enumerate(_places(video))]
    packets = [
        (place, Fraction(1024 * n - 1024, 48_000)) for n, (place, _) in enumerate(_places(audio))
    ]
    seen_s, heard_s, apart_s = Fraction(0), Fraction(0), Fraction(0)
    for place, at_s in sorted([*frames, *packets]):
        if (place, at_s) in frames:
            seen_s = at_s
        else:
            heard_s = at_s
        apart_s = max(apart_s, abs(heard_s - seen_s))

    assert apart_s <= 1 + Fraction(1, 30) + Fraction(1024, 48_000)


def _places(track: Atom) -> list[tuple[int, int]]:
    return sample_places(track.find("mdia/minf/stbl"))


@pytest.mark.parametrize("fps", RATES, ids=str)
@pytest.mark.parametrize("frames", [1, 2, 31, 100])
def test_every_duration_is_that_of_the_preview(tmp_path: Path, fps: Fraction, frames: int) -> None:
    """In the movie, both tracks, their media and their edits, to the tick of each clock."""
    profile = _profile(fps)
    file = _write(tmp_path / "v.mp4", profile, [frames], [])
    video, audio = _tracks(file)
    seconds = profile.seconds(frames)
    movie = round(seconds * 90_000)
    scale, ticks = video.find("mdia/mdhd").numbers("II", 12)
    heard = audio.find("edts/elst").rows("IiI")

    assert file.find("moov/mvhd").numbers("II", 12) == (90_000, movie)
    assert [track.find("tkhd").numbers("I", 20) for track in (video, audio)] == [(movie,)] * 2
    assert Fraction(ticks, scale) == seconds
    assert video.find("edts/elst").rows("IiI") == [(movie, 0, 0x10000)]
    assert heard[0][1:] == (1024, 0x10000)
    assert abs(heard[0][0] - movie) <= 2
    assert audio.find("mdia/mdhd").numbers("II", 12) == (48_000, 1024 + _samples(profile, frames))


def test_sample_durations_add_up(written: tuple[Path, Atom]) -> None:
    """Every frame lasts alike; the last packet of sound ends with the preview."""
    video, audio = (track.find("mdia/minf/stbl/stts").rows("II") for track in _tracks(written[1]))

    assert video == [(107, 512)]
    assert sum(count * ticks for count, ticks in audio) == 1024 + 107 * 1600
    assert len(audio) <= 2


def test_key_frames_are_listed_where_segments_begin(written: tuple[Path, Atom]) -> None:
    """The sound has no list, because every packet is one."""
    video, audio = _tracks(written[1])

    assert video.find("mdia/minf/stbl/stss").rows("I") == [(1,), (2,), (3,), (73,), (75,)]
    assert not list(audio.all("mdia/minf/stbl/stss"))


def test_ffmpeg_finds_the_same(written: tuple[Path, Atom]) -> None:
    """Frames, times, chapters, key frames, without a word."""
    av.logging.set_level(logging.WARNING)
    try:
        with av.logging.Capture() as said, av.open(str(written[0])) as file:
            video = file.streams.video[0]
            packets = [packet for packet in file.demux(video) if packet.pts is not None]
            chapters = [
                (chapter["metadata"]["title"], chapter["start"] * (chapter["time_base"] or 0))
                for chapter in file.chapters()
            ]
            rate, duration = video.average_rate, video.duration or 0
            times = [(packet.pts or 0) * (packet.time_base or 0) for packet in packets]
    finally:
        av.logging.set_level(None)

    assert said == []
    assert rate == 30
    assert duration == 107 * 512
    assert times == [Fraction(n, 30) for n in range(107)]
    assert [title for title, _ in chapters] == ["Set up", "Würfeln 🎲"]
    assert chapters[1][1] == pytest.approx(Fraction(1, 30), abs=1e-6)


def test_sound_begins_with_the_first_frame(written: tuple[Path, Atom]) -> None:
    """A player leaves out what primes the decoder, and stops with the preview."""
    with av.open(str(written[0])) as file:
        frames = list(file.decode(audio=0))
    samples = sum(frame.samples for frame in frames)

    assert frames[0].pts == 0
    assert 0 <= samples - 107 * 1600 < 1024


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="there is no ffmpeg on the PATH")
def test_another_ffmpeg_decodes_it_without_a_warning(written: tuple[Path, Atom]) -> None:
    """Whatever version it is."""
    command = ["ffmpeg", "-v", "warning", "-i", str(written[0]), "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    assert told.stderr == ""


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="there is no ffprobe on the PATH")
def test_another_ffprobe_counts_its_frames(written: tuple[Path, Atom]) -> None:
    """By decoding every one."""
    asked = ["-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"]
    command = ["ffprobe", "-v", "error", "-select_streams", "v", *asked, str(written[0])]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    assert (told.stdout.strip(), told.stderr) == ("107", "")


def test_a_preview_of_one_frame_is_whole(tmp_path: Path) -> None:
    """Silent, at 24 000/1001 frames a second."""
    profile, path = _profile(Fraction(24000, 1001)), tmp_path / "v.mp4"
    with Mp4File(path, profile, encode_silence("mp4", 2002)) as file:
        file.add(_segment(profile, 1))
    with av.open(str(path)) as read:
        frames = list(read.decode(video=0))
    with av.open(str(path)) as read:
        samples = sum(frame.samples for frame in read.decode(audio=0))

    assert len(frames) == 1
    assert 2002 <= samples < 2002 + 1024


def test_a_track_of_one_packet_is_written(tmp_path: Path) -> None:
    """Its only packet is its last."""
    sound = SoundPackets(encode_silence("mp4", 1).headers, 800, 0, 1024, [b"one packet"])
    path = tmp_path / "v.mp4"
    with Mp4File(path, _profile(Fraction(60)), sound) as file:
        file.add(_segment(_profile(Fraction(60)), 1))
    _, audio = _tracks(read_file(path.read_bytes()))

    assert audio.find("mdia/minf/stbl/stts").rows("II") == [(1, 800)]
    assert len(_places(audio)) == 1


def test_many_chapters_and_long_titles_are_read_by_ffmpeg(tmp_path: Path) -> None:
    """As many as can be told, each cut between letters."""
    marks = [Mark("🎲" * 90 + str(n), n, n + 1) for n in range(300)]
    path = tmp_path / "v.mp4"
    _write(path, _profile(), [300], marks)
    with av.open(str(path)) as file:
        titles = {chapter["metadata"]["title"] for chapter in file.chapters()}
        count = len(file.chapters())

    assert count == 255
    assert titles == {"🎲" * 63}


def test_three_hours_are_written_in_time(tmp_path: Path) -> None:
    """Their tables fit, and the last frame is where it should be."""
    profile, path = _profile(), tmp_path / "v.mp4"
    frames = 3 * 3600 * 30
    segment = _segment(profile, frames)
    with Mp4File(path, profile, encode_silence("mp4", frames * 1600)) as file:
        file.add(segment)
    with av.open(str(path)) as read:
        video = read.streams.video[0]
        read.seek(int((3 * 3600 - 5) / (video.time_base or 1)), stream=video)
        last = max(frame.pts for frame in read.decode(video) if frame.pts is not None)

        assert video.frames == frames
    assert last == (frames - 1) * 512
