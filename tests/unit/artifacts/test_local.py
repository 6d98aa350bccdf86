"""A disk that refuses costs a retry, never a preview."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.artifacts.staging import StagingArea
from preview_worker.contract import ErrorCode, PreviewError
from tests.unit.artifacts.drafts import draft, fill, ours

pytestmark = pytest.mark.anyio

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 -- the shape of shutil.disk_usage
GIB = 1024**3


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """Return a store in an empty folder."""
    return LocalStore(ArtifactSettings(data_dir=tmp_path))


async def publish(store: LocalStore, input_digest: str) -> None:
    """Publish a preview of the one job."""
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)
    await store.publish(staging, draft(input_digest=input_digest), ours)


def names(folder: Path, pattern: str) -> list[str]:
    """List what lies in a folder."""
    return [path.name for path in folder.glob(pattern)]


class TiredDisk:
    """Lets a number of fsync calls through and refuses the next."""

    def __init__(self, patience: int, number: int) -> None:
        """Refuse with the errno ``number`` after ``patience`` calls."""
        self._left = patience
        self._number = number

    def fsync(self, descriptor: int) -> None:
        """Sync, or refuse."""
        self._left -= 1
        if self._left < 0:
            raise OSError(self._number, os.strerror(self._number))
        os.fdatasync(descriptor)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("patience", range(6))
async def test_a_refusing_disk_leaves_the_older_preview_and_no_staging(
    store: LocalStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    patience: int,
    number: int,
) -> None:
    """Whichever of the six writes before the rename is refused, nothing is half done."""
    await publish(store, "digest-1")
    monkeypatch.setattr(os, "fsync", TiredDisk(patience, number).fsync)

    with pytest.raises(PreviewError) as caught:
        await publish(store, "digest-2")

    found = await store.find("project-1", "job-1")
    assert caught.value.code is ErrorCode.DISK
    assert found is not None
    assert found.input_digest == "digest-1"
    assert names(tmp_path, ".staging/*/job-1*") == []


async def test_the_store_works_again_when_the_disk_does(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has to be restarted after a full disk."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", TiredDisk(0, errno.ENOSPC).fsync)
        with pytest.raises(PreviewError):
            await publish(store, "digest-1")
    await publish(store, "digest-1")

    assert await store.find("project-1", "job-1") is not None


async def test_a_file_in_the_way_is_told_and_kept(store: LocalStore, tmp_path: Path) -> None:
    """The name of a project may be taken by something else."""
    (tmp_path / "previews").mkdir()
    (tmp_path / "previews" / "project-1").write_bytes(b"x")

    with pytest.raises(PreviewError, match="Not a directory") as caught:
        await publish(store, "digest-1")
    assert caught.value.code is ErrorCode.DISK
    assert (tmp_path / "previews" / "project-1").read_bytes() == b"x"


async def test_nothing_is_written_before_the_first_job(tmp_path: Path) -> None:
    """Looking for a preview makes no folders."""
    await LocalStore(ArtifactSettings(data_dir=tmp_path / "data")).find("project-1", "job-1")

    assert names(tmp_path, "*") == []


async def test_a_full_disk_is_a_reason_not_to_be_ready(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reserve is kept for what is already being rendered."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100 * GIB, 0, GIB // 4))
    refusal = await store.refusal()

    assert refusal == (
        "256 MiB are free under DATA_DIR, but 512 MiB are kept in reserve. Free some space."
    )


async def test_a_small_disk_keeps_a_tenth(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reserve of half a gigabyte would never let a small volume be ready."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(GIB, 0, GIB // 8))

    assert await store.refusal() is None


async def test_a_disk_that_cannot_be_written_is_a_reason_too(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason says what to do."""

    def refuse(_self: StagingArea, _label: str) -> Path:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(StagingArea, "open", refuse)
    refusal = await store.refusal()

    assert refusal is not None
    assert refusal.endswith("Read-only file system. Make DATA_DIR writable for the worker.")


async def test_a_cancelled_caller_waits_for_the_step_that_it_began(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread goes on writing after the worker believes that it has stopped."""
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(_self: StagingArea) -> None:
        begun.set()
        may_end.wait(10)
        ended.set()

    monkeypatch.setattr(StagingArea, "close", slow)
    task = asyncio.create_task(store.close())
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
