"""A playlist that grows: valid at every moment, and in the end the whole preview."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from preview_worker.render.encode import (
    LivePlaylist,
    SegmentEncoder,
    SoundPackets,
    encode_silence,
    encode_sound,
)
from preview_worker.render.model import Profile, Still
from preview_worker.render.settings import RenderSettings

PROFILE = Profile(192, 108, Fraction(30), "mp4")
LENGTHS = (45, 400, 1, 20)


class _Tone:
    """A tone of 440 Hz without end."""

    def __init__(self) -> None:
        self._at = 0

    def read(self, samples: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        at = np.arange(self._at, self._at + samples) / 48_000
        self._at += samples
        return np.stack([0.3 * np.sin(2 * np.pi * 440 * at)] * 2).astype(np.float32)


def _play(folder: Path, sound: SoundPackets) -> list[str]:
    """Write a preview into ``folder``; return the playlist as it was after each scene."""
    encoder = SegmentEncoder(PROFILE, RenderSettings())
    playlist = LivePlaylist(folder, PROFILE, sound, 10)
    told, start = [], 0
    for number, frames in enumerate(LENGTHS):
        pixels = bytes((40 * number, 80, 200 - 40 * number, 255)) * (192 * 108)
        playlist.add(encoder.encode([Still(start, frames, pixels)]))
        told.append((folder / "index.m3u8").read_text(encoding="ascii"))
        start += frames
    playlist.finish()
    return [*told, (folder / "index.m3u8").read_text(encoding="ascii")]


def _pieces(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line.endswith(".m4s")]


def test_the_playlist_grows_and_changes_nothing_that_it_told(tmp_path: Path) -> None:
    """As an EVENT playlist has to (RFC 8216, 6.2.1), and it ends with its last piece."""
    told = _play(tmp_path, encode_silence("mp4", sum(LENGTHS) * 1600))
    *growing, whole = told

    assert all(after.startswith(before) for before, after in pairwise(told))
    assert [len(_pieces(one)) for one in growing] == [1, 3, 4, 5]
    assert not any("ENDLIST" in one for one in growing)
    assert whole.endswith("#EXT-X-ENDLIST\n")
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in whole


def test_every_piece_that_is_named_is_there_and_short_enough(tmp_path: Path) -> None:
    """No longer than the target duration, rounded, and together as long as the preview."""
    whole = _play(tmp_path, encode_silence("mp4", sum(LENGTHS) * 1600))[-1]
    lasting = [float(line[8:-1]) for line in whole.splitlines() if line.startswith("#EXTINF")]
    target = int(whole.partition("TARGETDURATION:")[2].partition("\n")[0])

    assert all((tmp_path / name).is_file() for name in [*_pieces(whole), "init.mp4"])
    assert max(round(seconds) for seconds in lasting) <= target
    assert sum(lasting) == pytest.approx(sum(LENGTHS) / 30, abs=1e-4)


def test_a_piece_plays_by_itself_behind_the_beginning(tmp_path: Path) -> None:
    """It starts with a key frame, at its own time."""
    whole = _play(tmp_path, encode_silence("mp4", sum(LENGTHS) * 1600))[-1]
    for name, start in zip(_pieces(whole), (0, 45, 345, 445, 446), strict=True):
        alone = tmp_path / "alone.mp4"
        content = (tmp_path / "init.mp4").read_bytes() + (tmp_path / name).read_bytes()
        alone.write_bytes(content)
        with av.open(str(alone)) as file:
            first = next(file.decode(video=0))
            assert first.time == pytest.approx(start / 30, abs=1e-3)


def test_sound_and_picture_begin_together(tmp_path: Path) -> None:
    """The samples that prime a decoder are left out, so that no player has to know of them."""
    samples = sum(LENGTHS) * 1600
    _play(tmp_path, encode_sound("mp4", _Tone(), samples))
    with av.open(str(tmp_path / "index.m3u8"), format="hls") as file:
        frames = [packet.pts for packet in file.demux(video=0) if packet.pts is not None]
    with av.open(str(tmp_path / "index.m3u8"), format="hls") as file:
        heard = list(file.decode(audio=0))
    played = np.concatenate([frame.to_ndarray() for frame in heard], axis=1)[0]

    assert len(frames) == sum(LENGTHS)
    assert heard[0].time == pytest.approx(0, abs=0.001)
    assert played.size == pytest.approx(samples, abs=1024)
    # Where the tone is 10 ms in, which is 4.4 turns, the decoded one has the same phase.
    wanted = 0.3 * np.sin(2 * np.pi * 440 * np.arange(480, 4800) / 48_000)
    assert np.corrcoef(played[480:4800], wanted)[0, 1] > 0.99
