"""The caches of all projects together never grow without end, whatever stands in their folders."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

from preview_worker.render import clearance, trim_caches
from preview_worker.render.cache import Cache

if TYPE_CHECKING:
    import pytest

HOUR_S = 3600


def _key(number: int) -> str:
    return f"{number:02x}" + "f" * 62


def _cache(folder: Path, project: str = "keepers") -> Cache:
    return Cache(folder / project, 10**7)


def _path(folder: Path, number: int, project: str = "keepers") -> Path:
    return folder / project / _key(number)[:2] / _key(number)[2:]


def _filled(folder: Path, count: int, size: int = 1000) -> Cache:
    """Return a project's cache of entries, each used a minute after the one before."""
    cache = _cache(folder)
    for number in range(count):
        cache.put(_key(number), bytes(size))
        used_s = time.time() - HOUR_S + 60 * number
        os.utime(_path(folder, number), (used_s, used_s))
    return cache


def test_what_was_unused_for_the_longest_time_goes_first(tmp_path: Path) -> None:
    """Until a tenth of the room is free again; the order is that of use, not of writing."""
    cache = _filled(tmp_path, 10)
    cache.get(_key(0))
    removed = trim_caches(tmp_path, 10_000, now=True)

    assert removed == 2
    assert not cache.holds(_key(1))
    assert not cache.holds(_key(2))
    assert sum(cache.holds(_key(number)) for number in range(10)) == 8


def test_however_many_have_to_go_few_are_looked_at_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are looked for again until there is room."""
    monkeypatch.setattr(clearance, "_AT_ONCE", 2)
    cache = _filled(tmp_path, 10)

    assert trim_caches(tmp_path, 5_000, now=True) == 6
    assert [cache.holds(_key(number)) for number in range(10)] == [False] * 6 + [True] * 4


def test_a_large_cache_takes_no_more_memory_to_look_through(tmp_path: Path) -> None:
    """A worker that has rendered thousands of previews is as small as one that is new."""
    _filled(tmp_path, 1)
    for number in range(3000):
        (_path(tmp_path, 0).parent / f"{number:062x}").touch()
    tracemalloc.start()
    try:
        trim_caches(tmp_path, 10**6, now=True)
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most_bytes < 300_000  # 4.1 MB when each had been held


def test_one_limit_holds_for_all_projects_together(tmp_path: Path) -> None:
    """A project that was not rendered for long makes room for the others."""
    old, other = _filled(tmp_path, 3), _cache(tmp_path, "other")
    other.put(_key(9), bytes(1500))
    trim_caches(tmp_path, 2000, now=True)

    assert [old.holds(_key(number)) for number in range(3)] == [False, False, False]
    assert other.holds(_key(9))


def test_caches_within_their_size_are_left_alone(tmp_path: Path) -> None:
    """However old their entries are."""
    cache = _filled(tmp_path, 5)

    assert trim_caches(tmp_path, 10**6, now=True) == 0
    assert all(cache.holds(_key(number)) for number in range(5))


def test_what_a_writer_left_half_written_is_swept(tmp_path: Path) -> None:
    """After an hour, even if there is room enough; one who writes now is not disturbed."""
    cache = _filled(tmp_path, 1)
    old, new = (_path(tmp_path, 0).with_suffix(f".{name}.new") for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    long_ago_s = time.time() - 2 * HOUR_S
    os.utime(old, (long_ago_s, long_ago_s))

    assert trim_caches(tmp_path, 10**6, now=True) == 1
    assert not old.exists()
    assert new.exists()
    assert cache.holds(_key(0))


def test_a_link_is_removed_but_not_what_it_leads_to(tmp_path: Path) -> None:
    """What it leads to is not counted either."""
    outside = tmp_path / "outside"
    outside.write_bytes(bytes(10**6))
    cache = _filled(tmp_path / "caches", 3)
    _path(tmp_path / "caches", 0).with_name("e" * 62).symlink_to(outside)
    (tmp_path / "caches" / "lane").symlink_to(tmp_path)
    trim_caches(tmp_path / "caches", 2000, now=True)

    assert outside.is_file()
    assert [cache.holds(_key(number)) for number in range(3)] == [False, False, True]


def test_folders_where_no_entry_lies_are_removed(tmp_path: Path) -> None:
    """A process that was broken into could hide things there, and nobody would count them."""
    cache = _filled(tmp_path, 1)
    deep = _path(tmp_path, 0).with_name("cellar") / "vault"
    deep.mkdir(parents=True)
    (deep / "hoard").write_bytes(bytes(5000))
    trim_caches(tmp_path, 10**6, now=True)

    assert not deep.parent.exists()
    assert cache.holds(_key(0))


def test_the_empty_folder_of_a_project_goes_after_an_hour(tmp_path: Path) -> None:
    """Not before: a render may be about to write into it."""
    for name in ("old", "new"):
        (tmp_path / name / "ab").mkdir(parents=True)
    long_ago_s = time.time() - 2 * HOUR_S
    os.utime(tmp_path / "old", (long_ago_s, long_ago_s))
    trim_caches(tmp_path, 10**6, now=True)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["new"]


def test_trimming_is_not_done_twice_in_a_minute(tmp_path: Path) -> None:
    """Unless it has to be now; a clock that was set back does not put it off for ever."""
    _filled(tmp_path, 3)
    trim_caches(tmp_path, 10**6)

    assert trim_caches(tmp_path, 1500) == 0
    to_come_s = time.time() + HOUR_S
    os.utime(tmp_path / ".trimmed", (to_come_s, to_come_s))
    assert trim_caches(tmp_path, 1500) == 2


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    """Nothing was rendered yet, or nothing is kept."""
    assert trim_caches(tmp_path / "caches", 10) == 0
    assert trim_caches(tmp_path / "caches", 10, now=True) == 0
