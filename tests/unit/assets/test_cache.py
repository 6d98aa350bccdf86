"""Fetched assets on disk: whole or absent, held while used, and never more than may be."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from preview_worker.assets.cache import AssetCache, Record
from preview_worker.assets.holding import Holding
from preview_worker.contract import ErrorCode, PreviewError

KEY = hashlib.sha256(b"an address").hexdigest()


@pytest.fixture
def cache(tmp_path: Path) -> AssetCache:
    """Return a cache that may take 2,500 bytes."""
    return AssetCache(tmp_path / "assets", 2500)


def kept(cache: AssetCache, content: bytes, key: str = KEY) -> Holding:
    """Keep ``content`` as what ``key`` led to."""
    deposit = cache.deposit()
    deposit.write(content)
    digest, holding = cache.keep(deposit)
    deposit.discard()
    cache.note(key, Record(digest, key, '"tag"'))
    return holding


def aged(holding: Holding, seconds: float) -> None:
    """Let a file look as if it was used ``seconds`` ago."""
    used_s = holding.path.stat().st_mtime - seconds
    os.utime(holding.path, (used_s, used_s))


def test_what_was_kept_is_found_by_its_address(cache: AssetCache) -> None:
    """With the digest of its bytes as its name, and what to ask its host with."""
    holding = kept(cache, b"picture")
    found = cache.find(KEY)
    assert found is not None
    assert found[0] == Record(hashlib.sha256(b"picture").hexdigest(), KEY, '"tag"')
    assert found[1].path.read_bytes() == b"picture"
    assert found[1].path.name == found[0].digest
    assert holding.path == found[1].path


def test_equal_bytes_are_kept_once(cache: AssetCache, tmp_path: Path) -> None:
    """Whatever addresses they come from; whoever uses the first copy keeps using it."""
    first = kept(cache, b"picture", "a" * 64)
    number = first.path.stat().st_ino
    assert kept(cache, b"picture", "b" * 64).path.stat().st_ino == number
    assert [path.name for path in (tmp_path / "assets" / "partial").iterdir()] == []


def test_the_cache_holds_no_address(cache: AssetCache, tmp_path: Path) -> None:
    """An address may be a secret; its digest is none."""
    kept(cache, b"picture").release()
    texts = [path.read_text() for path in (tmp_path / "assets" / "index").iterdir()]
    assert [sorted(json.loads(text)) for text in texts] == [["digest", "etag", "key", "modified"]]


def test_damaged_bytes_are_taken_for_absent_and_go(cache: AssetCache) -> None:
    """They are compared with their name before every use."""
    holding = kept(cache, b"picture")
    holding.path.write_bytes(b"pictore")
    assert cache.find(KEY) is None
    assert not holding.path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"digest": "../../x", "key": "k"}',
        '{"digest": 1, "key": "k"}',
        json.dumps({"digest": "0" * 64, "key": "k", "more": 1}),
        "x" * 9999,
    ],
)
def test_a_damaged_record_is_taken_for_absent(cache: AssetCache, tmp_path: Path, text: str) -> None:
    """Nothing in it is believed."""
    kept(cache, b"picture").release()
    (tmp_path / "assets" / "index" / KEY).write_text(text)
    assert cache.find(KEY) is None


def planted_link(path: Path, outside: Path) -> None:
    """Put a link in the place of a file."""
    path.symlink_to(outside)


def planted_pipe(path: Path, outside: Path) -> None:
    """Put a pipe there."""
    del outside
    os.mkfifo(path)


@pytest.mark.parametrize("plant", [planted_link, planted_pipe])
def test_only_plain_files_are_used(
    cache: AssetCache, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    """A link is not followed even where it leads to the right bytes; a pipe is not waited for."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"picture")
    holding = kept(cache, b"picture")
    holding.path.unlink()
    plant(holding.path, outside)
    assert cache.find(KEY) is None
    with pytest.raises(PreviewError) as caught:
        kept(cache, b"picture")
    assert caught.value.code is ErrorCode.DISK
    assert outside.read_bytes() == b"picture"


def test_a_folder_that_is_a_link_is_not_written_to(cache: AssetCache, tmp_path: Path) -> None:
    """Nothing leaves the cache's own folder."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "partial").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PreviewError) as caught:
        cache.deposit().write(b"picture")
    assert caught.value.code is ErrorCode.DISK
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_was_unused_for_the_longest_time_goes_first(cache: AssetCache) -> None:
    """Down to nine tenths of what the cache may take, with the records of what goes."""
    files = [kept(cache, bytes([n]) * 1000, f"{n}" * 64) for n in range(3)]
    for age, one in enumerate(files):
        aged(one, 10 * (5 - age))
        one.release()
    assert cache.trim() == 1
    assert [one.path.exists() for one in files] == [False, True, True]
    assert [cache.find(f"{n}" * 64) is None for n in range(3)] == [True, False, False]


def test_using_an_asset_makes_it_young(cache: AssetCache) -> None:
    """Being found is being used."""
    files = [kept(cache, bytes([n]) * 1000, f"{n}" * 64) for n in range(3)]
    for one in files:
        aged(one, 100)
        one.release()
    found = cache.find("0" * 64)
    assert found is not None
    found[1].release()
    cache.trim()
    assert files[0].path.exists()


HOLDER = """
import sys
from pathlib import Path
from preview_worker.assets.holding import hold
held = hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_what_another_process_uses_stays(cache: AssetCache) -> None:
    """Until it has ended, in whatever way."""
    old = kept(cache, b"1" * 2000, "1" * 64)
    old.release()
    aged(old, 100)
    kept(cache, b"2" * 2000, "2" * 64).release()
    command = [sys.executable, "-c", HOLDER, str(old.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        cache.trim()
        assert old.path.exists()
        other.kill()
        other.wait()
    kept(cache, b"3" * 2000, "3" * 64).release()
    cache.trim()
    assert not old.path.exists()


KEEPER = """
import sys
from pathlib import Path
from preview_worker.assets.cache import AssetCache, Record
cache = AssetCache(Path(sys.argv[1]), 50_000)
sys.stdin.readline()
for turn in range(60):
    content = bytes([turn % 7]) * 10_000
    key = f"{turn % 7:x}" * 64
    deposit = cache.deposit()
    deposit.write(content)
    digest, held = cache.keep(deposit)
    deposit.discard()
    cache.note(key, Record(digest, key))
    cache.trim()
    assert held.path.read_bytes() == content, turn
    found = cache.find(key)
    assert found is None or found[1].path.read_bytes() == content, turn
    held.release()
    if found:
        found[1].release()
"""


def test_several_processes_share_a_cache_that_is_too_small(tmp_path: Path) -> None:
    """Each finds what it holds, whatever the others keep and remove meanwhile."""
    command = [sys.executable, "-c", KEEPER, str(tmp_path / "assets")]
    pipe = subprocess.PIPE
    several = [subprocess.Popen(command, text=True, stdin=pipe, stderr=pipe) for _ in range(3)]
    for one in several:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[1] for one in several]
    assert [one.returncode for one in several] == [0, 0, 0], said
    assert list((tmp_path / "assets" / "partial").iterdir()) == []


def test_what_a_killed_worker_left_goes(cache: AssetCache, tmp_path: Path) -> None:
    """An hour later; what is being written now stays."""
    kept(cache, b"picture").release()
    old, new = (tmp_path / "assets" / "partial" / name for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    cache.trim()
    assert (old.exists(), new.exists()) == (False, True)


def test_trimming_leaves_what_is_no_plain_file(cache: AssetCache, tmp_path: Path) -> None:
    """Where a link leads is nobody's business here."""
    holding = kept(cache, b"x" * 3000)
    holding.release()
    outside = tmp_path / "outside"
    outside.write_bytes(b"x" * 5000)
    link = holding.path.with_name("f" * 64)
    link.symlink_to(outside)
    cache.trim()
    assert (holding.path.exists(), link.is_symlink(), outside.exists()) == (False, True, True)


def test_a_full_disk_is_the_disks_fault(
    cache: AssetCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D1: ``transient.disk``, and nothing is left."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    deposit = cache.deposit()
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(PreviewError, match="No space left") as caught:
        deposit.write(b"picture")
    deposit.discard()
    assert caught.value.code is ErrorCode.DISK
    assert list((tmp_path / "assets" / "partial").iterdir()) == []


def test_a_file_system_without_second_names_will_do(
    cache: AssetCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes are moved into their place then."""

    def unsupported(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", unsupported)
    assert kept(cache, b"picture").path.read_bytes() == b"picture"
