"""A cache gives back what was put there, or nothing; it never lies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.render.cache import Cache

KEY, OTHER = "ab" + "0" * 62, "ab" + "1" * 62
ENTRY = b"a take" * 100


def _path(folder: Path, key: str = KEY) -> Path:
    return folder / key[:2] / key[2:]


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


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """The cache only saves time: a file stands here where its folder should be."""
    (tmp_path / "cache").write_text("in the way")
    cache = Cache(tmp_path / "cache", 10**6)
    cache.put(KEY, ENTRY)

    assert cache.get(KEY) is None


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
