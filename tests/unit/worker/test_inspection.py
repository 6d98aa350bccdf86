"""The walls are tried at every start, and a worker whose walls do not hold refuses to work."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.events import WallsInspected
from preview_worker.worker.inspection import WallInspector
from preview_worker.worker.nursery import Nursery
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
