"""Staging folders belong to living workers; those of dead ones are swept away."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from preview_worker.artifacts.staging import StagingArea

OWNER = """
import pathlib, sys
from preview_worker.artifacts.staging import StagingArea
area = StagingArea(pathlib.Path(sys.argv[1]), 3600)
print(area.open("job"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run another process that owns a staging folder, and return both."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    with process:
        yield process, folder
        process.kill()


def age(owner: Path, seconds: float) -> None:
    """Make an owner's folders look as if they had not changed for that long."""
    then = time.time() - seconds
    for folder in (owner, *(path for path in owner.iterdir() if path.is_dir())):
        os.utime(folder, (then, then))


def sweep(area: StagingArea) -> int:
    """Sweep without anything to salvage."""
    return area.sweep(lambda _folder: None)


def test_folders_are_private_and_apart(tmp_path: Path) -> None:
    """Only the worker's own user can look into them, whatever the umask."""
    area = StagingArea(tmp_path / ".staging", 3600)
    first, second = area.open("job"), area.open("job")

    assert first != second
    assert first.stat().st_mode & 0o777 == 0o700


def test_a_living_owner_is_spared_at_any_age(
    tmp_path: Path, other: tuple[subprocess.Popen[str], Path]
) -> None:
    """A render may take longer than any age; the lock tells that somebody is there."""
    _, folder = other
    age(folder.parent, 1e6)

    assert sweep(StagingArea(tmp_path, 1)) == 0
    assert folder.exists()


def test_a_killed_owner_is_swept(tmp_path: Path, other: tuple[subprocess.Popen[str], Path]) -> None:
    """The kernel opened the lock when the process died."""
    process, folder = other
    process.send_signal(signal.SIGKILL)
    process.wait()
    age(folder.parent, 60)

    assert sweep(StagingArea(tmp_path, 3600)) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_just_made_is_spared(
    tmp_path: Path, other: tuple[subprocess.Popen[str], Path]
) -> None:
    """Its owner may be about to take the lock."""
    process, folder = other
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert sweep(StagingArea(tmp_path, 3600)) == 0
    assert folder.exists()


@pytest.mark.parametrize(("age_s", "swept"), [(3500, 0), (3700, 1)])
def test_another_machine_is_judged_by_age_alone(tmp_path: Path, age_s: float, swept: int) -> None:
    """A lock that can be had proves nothing where locks do not cross the network."""
    owner = tmp_path / "0badcafe-1-0123456789abcdef"
    (owner / "job.1.x").mkdir(parents=True)
    (owner / "owner").touch()
    age(owner, age_s)

    assert sweep(StagingArea(tmp_path, 3600)) == swept
    assert owner.exists() is not bool(swept)


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    """Files, links and folders of other names are no staging folders."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "target").mkdir()
    (tmp_path / "0badcafe-1-0123456789abcdef").symlink_to(tmp_path / "target")
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))

    assert sweep(StagingArea(tmp_path, 1)) == 0
    assert len(list(tmp_path.iterdir())) == 4


def test_an_area_that_was_cleared_by_hand_is_made_again(tmp_path: Path) -> None:
    """An operator may remove the staging area while the worker runs."""
    area = StagingArea(tmp_path / ".staging", 3600)
    area.open("job")
    shutil.rmtree(tmp_path / ".staging")

    assert area.open("job").is_dir()


def test_what_cannot_be_salvaged_now_is_kept_for_the_next_sweep(tmp_path: Path) -> None:
    """A disk that refuses must not cost the older preview that had stepped aside."""
    owner = tmp_path / "0badcafe-1-0123456789abcdef"
    (owner / "job.1.x.aside").mkdir(parents=True)
    age(owner, 10)

    def refuse(_folder: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    assert StagingArea(tmp_path, 1).sweep(refuse) == 0
    assert (owner / "job.1.x.aside").exists()


def test_closing_removes_our_own_folder(tmp_path: Path) -> None:
    """A worker that ends in order leaves nothing to sweep."""
    area = StagingArea(tmp_path, 3600)
    area.open("job")
    area.close()
    area.close()

    assert list(tmp_path.iterdir()) == []
