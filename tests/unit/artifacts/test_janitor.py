"""The janitor makes its rounds while the worker works, and tells what was removed."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import namedtuple
from collections.abc import Sequence
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings, RetiredPreview
from preview_worker.artifacts.janitor import Janitor
from preview_worker.artifacts.local import LocalStore
from preview_worker.events import DefectFound, PreviewRetired
from tests.fakes.observers import Recorder
from tests.unit.artifacts.drafts import draft, fill, ours

pytestmark = pytest.mark.anyio

Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 -- the shape of shutil.disk_usage


async def publish(store: LocalStore, digest: str = "digest-1") -> None:
    """Publish a preview of the one job."""
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)
    await store.publish(staging, draft(input_digest=digest), ours)


def names_in(descriptor: int) -> set[str]:
    """Return the names in an open folder, whatever it is called by now."""
    with os.scandir(descriptor) as entries:
        return {entry.name for entry in entries}


def superseded(root: Path) -> list[Path]:
    """Return the previews that were replaced and are there still."""
    return list(root.glob(".staging/*/*.superseded"))


class CountingStore(LocalStore):
    """Tells when a sweep found something."""

    def __init__(self, settings: ArtifactSettings) -> None:
        """Begin with no sweep."""
        super().__init__(settings)
        self._sweeps: asyncio.Queue[int] = asyncio.Queue()

    async def sweep(self, *, whole: bool = False) -> int:
        """Sweep and take note."""
        found = await super().sweep(whole=whole)
        self._sweeps.put_nowait(found)
        return found

    async def swept(self, folders: int) -> None:
        """Return after a sweep that removed so many folders."""
        async with asyncio.timeout(20):
            while await self._sweeps.get() != folders:
                pass


async def test_what_a_dead_worker_left_is_found_while_this_one_works(tmp_path: Path) -> None:
    """P1: the staging of a worker that was killed goes without anybody asking for it."""
    store = CountingStore(ArtifactSettings(data_dir=tmp_path))
    janitor = Janitor(store, Recorder(), 0.01)
    janitor.start()
    await store.swept(0)
    owner = tmp_path / ".staging" / "0badcafe-1-0123456789abcdef"
    leave(owner)
    await store.swept(1)
    await janitor.stop()

    assert not await asyncio.to_thread(owner.exists)


def leave(owner: Path) -> None:
    """Make what a worker would leave that died long ago."""
    hidden = owner.with_name("hidden")
    (hidden / "job.1.x").mkdir(parents=True)
    for path in (hidden, *hidden.iterdir()):
        os.utime(path, (0, 0))
    hidden.rename(owner)


async def test_a_preview_that_is_removed_is_told(tmp_path: Path) -> None:
    """By the names of its folders, with the reason."""
    settings = ArtifactSettings(data_dir=tmp_path, retention_max_age_s=1, retention_spared_s=1)
    store, recorder = LocalStore(settings), Recorder()
    await publish(store)
    os.utime(tmp_path / "previews" / "project-1" / "job-1", (0, 0))
    await Janitor(store, recorder, 1).tidy()
    [told] = recorder.all_of(PreviewRetired)

    assert (told.project, told.job, told.reason) == ("project-1", "job-1", "age")


async def test_a_preview_that_was_replaced_stays_for_its_readers(tmp_path: Path) -> None:
    """A1: who has opened its folder finds every file of it, until a while has passed."""
    store = LocalStore(ArtifactSettings(data_dir=tmp_path))
    await publish(store)
    place = os.open(tmp_path / "previews" / "project-1" / "job-1", os.O_RDONLY | os.O_DIRECTORY)
    await publish(store, "digest-2")
    assert await store.sweep() == 0
    assert {"preview.mp4", "poster.jpg", "preview-manifest.json"} <= names_in(place)
    [aside] = superseded(tmp_path)
    os.utime(aside, (0, 0))
    assert await store.sweep() == 1
    assert names_in(place) == set()
    os.close(place)


async def test_a_low_disk_keeps_nothing_that_was_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D1: room for new previews is worth more."""
    store = LocalStore(ArtifactSettings(data_dir=tmp_path))
    await publish(store)
    await publish(store)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000, 999, 1))

    assert await store.sweep() == 1
    assert superseded(tmp_path) == []


async def test_closing_leaves_no_preview_that_was_replaced(tmp_path: Path) -> None:
    """A worker that ends leaves nothing behind."""
    store = LocalStore(ArtifactSettings(data_dir=tmp_path))
    await publish(store)
    await publish(store)
    await store.close()

    assert [path.name for path in (tmp_path / ".staging").iterdir()] == ["turns"]


class BrokenStore(CountingStore):
    """A store whose sweep meets a case that nobody thought of, once."""

    broken = True

    async def sweep(self, *, whole: bool = False) -> int:
        """Fail the first time."""
        if self.broken:
            self.broken = False
            raise ZeroDivisionError
        return await super().sweep(whole=whole)

    async def retire(self, *, dry_run: bool = False) -> Sequence[RetiredPreview]:
        """Remove nothing."""
        del dry_run
        return ()


async def test_a_surprise_is_told_and_does_not_end_the_rounds(tmp_path: Path) -> None:
    """A defect in tidying up must not fill the disk."""
    recorder = Recorder()
    store = BrokenStore(ArtifactSettings(data_dir=tmp_path))
    janitor = Janitor(store, recorder, 0.01)
    janitor.start()
    defect = await recorder.wait_for(DefectFound)
    await store.swept(0)
    await janitor.stop()
    await janitor.stop()

    assert "ZeroDivisionError" in defect.trace
