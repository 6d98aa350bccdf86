"""A cache gives back what was put there, or nothing; it never grows without end nor lies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.cache import Cache

KEY, OTHER = "ab" + "0" * 62, "ab" + "1" * 62
ENTRY = b"a take" * 100
HOUR_S = 3600


def _path(folder: Path, key: str = KEY) -> Path:
    return folder / key[:2] / key[2:]


def _key(number: int) -> str:
    return f"{number:02x}" + "f" * 62


def _filled(folder: Path, count: int, max_bytes: int, size: int = 1000) -> Cache:
    """Return a cache of entries of which each was used a minute after the one before."""
    cache = Cache(folder, max_bytes)
    for number in range(count):
        cache.put(_key(number), bytes(size))
        used_s = time.time() - HOUR_S + 60 * number
        os.utime(_path(folder, _key(number)), (used_s, used_s))
    return cache


def test_what_was_put_is_got(tmp_path: Path) -> None:
    """By another process's cache on the same folder as well."""
    Cache(tmp_path, 10**6).put(KEY, ENTRY)
    cache = Cache(tmp_path, 10**6)

    assert cache.holds(KEY)
    assert cache.get(KEY) == ENTRY
    assert not cache.holds(OTHER)
    assert cache.get(OTHER) is None


def test_no_folder_keeps_nothing() -> None:
    """Every render is then the first."""
    cache = Cache(None, 10**6)
    cache.put(KEY, ENTRY)

    assert not cache.holds(KEY)
    assert cache.get(KEY) is None
    assert cache.trim(now=True) == 0


def test_an_entry_put_again_replaces_the_one_before(tmp_path: Path) -> None:
    """A take may have got more prints."""
    cache = Cache(tmp_path, 10**6)
    cache.put(KEY, ENTRY)
    cache.put(KEY, b"more")

    assert cache.get(KEY) == b"more"


def test_an_entry_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    """It would only drive out all others."""
    cache = Cache(tmp_path, 100)
    cache.put(KEY, bytes(101))

    assert not cache.holds(KEY)


@given(data=st.data())
def test_a_damaged_entry_is_never_served(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Cut short, continued, or with one bit turned over: it is taken for absent and removed."""
    folder = tmp_path_factory.mktemp("cache")
    cache = Cache(folder, 10**6)
    cache.put(KEY, ENTRY)
    whole = _path(folder).read_bytes()
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    flipped = bytearray(whole)
    flipped[bit >> 3] ^= 1 << (bit & 7)
    damaged = data.draw(st.sampled_from([bytes(flipped), whole[: bit >> 3], whole + b"\0"]))
    _path(folder).write_bytes(damaged)

    assert cache.get(KEY) is None
    assert not cache.holds(KEY)


def test_an_entry_is_not_served_under_another_name(tmp_path: Path) -> None:
    """A file that somebody renamed is whole, but it is the wrong scene."""
    cache = Cache(tmp_path, 10**6)
    cache.put(KEY, ENTRY)
    _path(tmp_path).rename(_path(tmp_path, OTHER))

    assert cache.get(OTHER) is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to a file that would be an entry in that place nor to one that would not."""
    cache = Cache(tmp_path / "cache", 10**6)
    cache.put(KEY, ENTRY)
    elsewhere = tmp_path / "elsewhere"
    _path(tmp_path / "cache").rename(elsewhere)
    _path(tmp_path / "cache").symlink_to(elsewhere)

    assert not cache.holds(KEY)
    assert cache.get(KEY) is None
    assert elsewhere.is_file()


def test_trimming_removes_a_link_but_not_what_it_leads_to(tmp_path: Path) -> None:
    """What it leads to is not counted either."""
    outside = tmp_path / "outside"
    outside.write_bytes(bytes(10**6))
    cache = _filled(tmp_path / "cache", 3, 2000)
    _path(tmp_path / "cache", "00" + "e" * 62).symlink_to(outside)
    cache.trim(now=True)

    assert outside.is_file()
    assert [cache.holds(_key(number)) for number in range(3)] == [False, False, True]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_pipe_in_an_entrys_place_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody will ever write to it."""
    cache = Cache(tmp_path, 10**6)
    _path(tmp_path).parent.mkdir()
    os.mkfifo(_path(tmp_path))

    assert not cache.holds(KEY)
    assert cache.get(KEY) is None


def test_a_folder_in_an_entrys_place_is_no_entry(tmp_path: Path) -> None:
    """It stays, and costs nothing but time."""
    cache = Cache(tmp_path, 10**6)
    _path(tmp_path).mkdir(parents=True)
    cache.put(KEY, ENTRY)

    assert not cache.holds(KEY)
    assert cache.get(KEY) is None
    assert [path.name for path in _path(tmp_path).parent.iterdir()] == [KEY[2:]]
    assert cache.trim(now=True) == 0


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """The cache only saves time: a file stands here where its folder should be."""
    (tmp_path / "cache").write_text("in the way")
    cache = Cache(tmp_path / "cache", 10**6)
    cache.put(KEY, ENTRY)

    assert cache.get(KEY) is None
    assert cache.trim() == 0
    assert cache.trim(now=True) == 0


def test_what_was_unused_for_the_longest_time_goes_first(tmp_path: Path) -> None:
    """Until a tenth of the room is free again; the order is that of use, not of writing."""
    cache = _filled(tmp_path, 10, 10_000)
    cache.get(_key(0))
    removed = cache.trim(now=True)

    assert removed == 2
    assert not cache.holds(_key(1))
    assert not cache.holds(_key(2))
    assert sum(cache.holds(_key(number)) for number in range(10)) == 8


def test_a_cache_within_its_size_is_left_alone(tmp_path: Path) -> None:
    """However old its entries are."""
    cache = _filled(tmp_path, 5, 10**6)

    assert cache.trim(now=True) == 0
    assert all(cache.holds(_key(number)) for number in range(5))


def test_what_a_writer_left_half_written_is_swept(tmp_path: Path) -> None:
    """After an hour, even if there is room enough; one who writes now is not disturbed."""
    cache = _filled(tmp_path, 1, 10**6)
    old, new = (_path(tmp_path, _key(0)).with_suffix(f".{name}.new") for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    long_ago_s = time.time() - 2 * HOUR_S
    os.utime(old, (long_ago_s, long_ago_s))

    assert cache.trim(now=True) == 1
    assert not old.exists()
    assert new.exists()
    assert cache.holds(_key(0))


def test_trimming_is_not_done_twice_in_a_minute(tmp_path: Path) -> None:
    """Unless it has to be now; a clock that was set back does not put it off for ever."""
    cache = _filled(tmp_path, 3, 10**6)
    cache.trim()
    smaller = Cache(tmp_path, 1500)

    assert smaller.trim() == 0
    to_come_s = time.time() + HOUR_S
    os.utime(tmp_path / ".trimmed", (to_come_s, to_come_s))
    assert smaller.trim() == 2


_WRITER = """
import sys
from pathlib import Path
from preview_worker.render.cache import Cache

cache, key = Cache(Path(sys.argv[1]), 10**8), sys.argv[2]
for turn in range(300):
    entry = bytes([turn % 251]) * (1 + turn * 997 % 70_000)
    cache.put(key, entry)
    got = cache.get(key)
    # The other process may have put its own entry there, but never a piece of one.
    assert got is not None and len(set(got)) == 1, got and len(got)
print("whole")
"""


def test_two_processes_may_write_and_read_one_entry_at_once(tmp_path: Path) -> None:
    """What they read is always whole, and nothing half-written stays behind."""
    command = [sys.executable, "-c", _WRITER, str(tmp_path), KEY]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    writers = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [writer.communicate(timeout=60)[0] for writer in writers]

    assert told == ["whole\n", "whole\n"]
    assert [path.name for path in _path(tmp_path).parent.iterdir()] == [KEY[2:]]
