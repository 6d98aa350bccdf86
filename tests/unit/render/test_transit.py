"""Entries leave a cache whole, and what a stranger put there leads nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from preview_worker.render.cache import Cache
from preview_worker.render.transit import holds_entry, is_key, put_in, take_out

KEY, OTHER = "ab" + "0" * 62, "ab" + "1" * 62
ENTRY = b"a take" * 100
MOST = 10_000

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files are opened relative to a folder")


def test_what_leaves_one_cache_is_had_from_another(tmp_path: Path) -> None:
    """With nothing lost on the way."""
    Cache(tmp_path / "one", MOST).put(KEY, ENTRY)
    stored = take_out(tmp_path / "one", KEY, MOST)

    assert stored is not None
    assert put_in(tmp_path / "two", KEY, stored)
    assert holds_entry(tmp_path / "two", KEY)
    assert Cache(tmp_path / "two", MOST).get(KEY) == ENTRY
    assert list((tmp_path / "two" / "ab").iterdir()) == [tmp_path / "two" / "ab" / KEY[2:]]


def test_what_is_not_there_does_not_leave(tmp_path: Path) -> None:
    """Neither the entry nor the cache need exist."""
    assert take_out(tmp_path / "none", KEY, MOST) is None
    assert not holds_entry(tmp_path / "none", KEY)


def test_a_damaged_entry_stays_where_it_is(tmp_path: Path) -> None:
    """It would be of no use to anybody."""
    Cache(tmp_path, MOST).put(KEY, ENTRY)
    path = tmp_path / "ab" / KEY[2:]
    path.write_bytes(path.read_bytes()[:-1])

    assert take_out(tmp_path, KEY, MOST) is None


def test_an_entry_in_the_place_of_another_goes_neither_way(tmp_path: Path) -> None:
    """Its checksum is over its name, too."""
    Cache(tmp_path, MOST).put(KEY, ENTRY)
    stored = (tmp_path / "ab" / KEY[2:]).read_bytes()
    (tmp_path / "ab" / OTHER[2:]).write_bytes(stored)

    assert take_out(tmp_path, OTHER, MOST) is None
    assert not put_in(tmp_path / "two", OTHER, stored)
    assert not (tmp_path / "two").exists()


def test_a_large_entry_stays_where_it_is(tmp_path: Path) -> None:
    """As large as is allowed, it leaves."""
    Cache(tmp_path, MOST).put(KEY, ENTRY)
    size = (tmp_path / "ab" / KEY[2:]).stat().st_size

    assert take_out(tmp_path, KEY, size) is not None
    assert take_out(tmp_path, KEY, size - 1) is None


def test_a_link_in_an_entrys_place_is_not_followed(tmp_path: Path) -> None:
    """Though what it leads to is a whole entry."""
    Cache(tmp_path / "secret", MOST).put(KEY, ENTRY)
    (tmp_path / "mine" / "ab").mkdir(parents=True)
    (tmp_path / "mine" / "ab" / KEY[2:]).symlink_to(tmp_path / "secret" / "ab" / KEY[2:])

    assert take_out(tmp_path / "mine", KEY, MOST) is None
    assert not holds_entry(tmp_path / "mine", KEY)


def test_a_link_in_a_shelfs_place_leads_nowhere(tmp_path: Path) -> None:
    """Nothing is read from there, and nothing written."""
    Cache(tmp_path / "secret", MOST).put(KEY, ENTRY)
    stored = take_out(tmp_path / "secret", KEY, MOST)
    assert stored is not None
    (tmp_path / "mine").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mine" / "ab").symlink_to(tmp_path / "secret" / "ab")

    assert take_out(tmp_path / "mine", KEY, MOST) is None
    (tmp_path / "mine" / "ab").unlink()
    (tmp_path / "mine" / "ab").symlink_to(tmp_path / "elsewhere")
    assert not put_in(tmp_path / "mine", KEY, stored)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_comes_in_takes_the_place_of_a_link(tmp_path: Path) -> None:
    """And leaves alone what that led to."""
    Cache(tmp_path / "one", MOST).put(KEY, ENTRY)
    stored = take_out(tmp_path / "one", KEY, MOST)
    assert stored is not None
    target = tmp_path / "target"
    target.write_text("not yours")
    (tmp_path / "two" / "ab").mkdir(parents=True)
    (tmp_path / "two" / "ab" / KEY[2:]).symlink_to(target)

    assert put_in(tmp_path / "two", KEY, stored)
    assert target.read_text() == "not yours"
    assert Cache(tmp_path / "two", MOST).get(KEY) == ENTRY


def test_a_pipe_holds_nobody_up(tmp_path: Path) -> None:
    """Opening one for reading would wait for a writer."""
    (tmp_path / "ab").mkdir()
    os.mkfifo(tmp_path / "ab" / KEY[2:])

    assert take_out(tmp_path, KEY, MOST) is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """The entry is only missing then, like any other."""
    Cache(tmp_path / "one", MOST).put(KEY, ENTRY)
    stored = take_out(tmp_path / "one", KEY, MOST)
    assert stored is not None
    (tmp_path / "two").write_text("a file")

    assert not put_in(tmp_path / "two", KEY, stored)


@pytest.mark.parametrize(
    "value", ["", "ab", KEY[:-1], KEY + "0", KEY.upper(), "../" + KEY[3:], KEY + "\n", None, 7]
)
def test_only_digests_are_keys(value: object) -> None:
    """What a render process sends is believed to be nothing else."""
    assert not is_key(value)
    assert is_key(KEY)
