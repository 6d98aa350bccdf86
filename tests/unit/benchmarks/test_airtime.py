"""When a live playlist counts as one that can be played."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.airtime import Lookout

PATIENCE_S = 10


def a_playlist(folder: Path, segment: bytes) -> Path:
    """Write a playlist of one segment where the first attempt has it."""
    live = folder / "1"
    live.mkdir()
    (live / "part-0.m4s").write_bytes(segment)
    playlist = live / "index.m3u8"
    playlist.write_text("#EXTM3U\n#EXTINF:4,\npart-0.m4s\n")
    return playlist


def test_a_playlist_with_its_first_segment_is_seen(tmp_path: Path) -> None:
    """The time is the clock's."""
    lookout = Lookout(tmp_path)
    begin_s = time.time()
    a_playlist(tmp_path, b"moof")
    deadline_s = time.monotonic() + PATIENCE_S
    while lookout.seen_at_s is None and time.monotonic() < deadline_s:
        pass
    lookout.stop()
    assert lookout.seen_at_s is not None
    assert begin_s <= lookout.seen_at_s <= time.time()


def test_a_segment_that_is_still_empty_cannot_be_played(tmp_path: Path) -> None:
    """It is waited for, and a look that is cut short has seen nothing."""
    a_playlist(tmp_path, b"")
    lookout = Lookout(tmp_path)
    lookout.stop()
    assert lookout.seen_at_s is None


def test_a_list_without_segments_cannot_be_played(tmp_path: Path) -> None:
    """Writers may begin with the head alone."""
    a_playlist(tmp_path, b"moof").write_text("#EXTM3U\n")
    lookout = Lookout(tmp_path)
    lookout.stop()
    assert lookout.seen_at_s is None
