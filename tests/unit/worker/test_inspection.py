"""The walls are tried at every start, and a worker whose walls do not hold refuses to work."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.events import DefectFound, WallsInspected
from preview_worker.worker.inspection import WallInspector
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.offspring import Child
from preview_worker.worker.settings import WorkerSettings
from tests.fakes.observers import Recorder

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are those of Linux"),
]

REQUIRED = WorkerSettings()
DEGRADED = replace(REQUIRED, sandbox="degraded")


async def inspected(
    folder: Path, settings: WorkerSettings, render: str = "succeed", warm_up: str = "warm_up"
) -> tuple[WallsInspected, str | None]:
    """Inspect the walls of a nursery; return what is told, and why work is refused."""
    recorder = Recorder()
    nursery = Nursery(f"tests.fakes.renders:{render}", f"tests.fakes.renders:{warm_up}")
    try:
        inspector = WallInspector(nursery, recorder, settings)
        assert await inspector.refusal() is not None
        await inspector.inspect(folder)
        return recorder.all_of(WallsInspected)[0], await inspector.refusal()
    finally:
        await nursery.close()


async def test_walls_that_hold_let_work_begin(tmp_path: Path) -> None:
    """All of them stand, and over twenty-five ways out were tried."""
    event, refusal = await inspected(tmp_path, REQUIRED)

    assert (event.mode, event.ways_out, refusal) == ("full", (), None)
    assert event.tried >= 25


async def test_the_kernels_lack_is_a_reason_not_to_work(tmp_path: Path) -> None:
    """It says what is lacking and what to do about it."""
    event, refusal = await inspected(tmp_path, REQUIRED, warm_up="lose_landlock")

    assert refusal is not None
    assert "no Landlock" in refusal
    assert "PREVIEW_SANDBOX=degraded" in refusal
    assert event.refusal == refusal


async def test_a_degraded_worker_works_and_says_what_is_open(tmp_path: Path) -> None:
    """Never silently weaker."""
    event, refusal = await inspected(tmp_path, DEGRADED, warm_up="lose_landlock")

    assert refusal is None
    assert event.mode == "partial"
    assert any(way.startswith("open /etc/passwd") for way in event.ways_out)


async def test_a_wall_with_a_hole_is_a_reason_not_to_work(tmp_path: Path) -> None:
    """The ways out are tried, not inferred: here Landlock says that it stands, and does nothing."""
    event, refusal = await inspected(tmp_path, REQUIRED, warm_up="pretend_landlock")

    assert event.mode == "full"
    assert refusal is not None
    assert "open /etc/passwd" in refusal


async def test_walls_behind_which_nothing_can_be_rendered_are_of_no_use(tmp_path: Path) -> None:
    """What the trial render says is told."""
    _, refusal = await inspected(tmp_path, REQUIRED, render="fill_the_disk")

    assert refusal is not None
    assert refusal.startswith("nothing can be rendered behind the walls: ")


@asynccontextmanager
async def inspected_until_they_hold(
    folder: Path, recorder: Recorder, nursery: Nursery
) -> AsyncIterator[WallInspector]:
    """Inspect the walls in a store, and give those that hold."""
    store = LocalStore(ArtifactSettings(data_dir=folder))
    inspector = WallInspector(nursery, recorder, REQUIRED)
    try:
        async with asyncio.timeout(120):
            await inspector.inspect_until_they_hold(store, again_s=0)
        yield inspector
    finally:
        await nursery.close()
        await store.close()


async def test_a_disk_that_is_full_at_the_first_inspection_is_a_reason_until_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is told, and the worker works as soon as there is room."""
    write_text = Path.write_text

    def find_no_room(path: Path, *_: object, **__: object) -> int:
        monkeypatch.setattr(Path, "write_text", write_text)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_text", find_no_room)
    recorder = Recorder()
    nursery = Nursery("tests.fakes.renders:succeed", "tests.fakes.renders:warm_up")
    async with inspected_until_they_hold(tmp_path, recorder, nursery) as inspector:
        told = [event.refusal for event in recorder.all_of(WallsInspected)]
        assert told == ["the walls cannot be tried: No space left on device", None]
        assert await inspector.refusal() is None


class _ClumsyNursery(Nursery):
    """Meets a case that it does not handle, once."""

    clumsy = True

    async def fork(self) -> Child:
        """Return a child, but not the first time."""
        if self.clumsy:
            self.clumsy = False
            raise ZeroDivisionError
        return await super().fork()


async def test_a_defect_at_the_first_inspection_is_told_and_the_walls_are_inspected_again(
    tmp_path: Path,
) -> None:
    """A worker that takes no job says why."""
    recorder = Recorder()
    nursery = _ClumsyNursery("tests.fakes.renders:succeed", "tests.fakes.renders:warm_up")
    async with inspected_until_they_hold(tmp_path, recorder, nursery) as inspector:
        assert "ZeroDivisionError" in recorder.all_of(DefectFound)[0].trace
        assert await inspector.refusal() is None
