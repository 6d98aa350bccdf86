"""A batch with a picture that kills every process which decodes it, in real render processes."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.events import ChildExited
from preview_worker.render import LostPart, PartWish, RenderSettings
from preview_worker.worker.isolation import film_around
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.ports import RenderTask
from preview_worker.worker.rendering import ChildRenderer
from preview_worker.worker.settings import WorkerSettings
from tests.fakes.decoders import CRASHES
from tests.fakes.observers import Recorder
from tests.unit.render.jobs import draw_picture, job_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are those of Linux"),
]

STEPS = 6


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    """A nursery whose children have a decoder with a bug."""
    nursery = Nursery("tests.fakes.decoders:carry_out_with_a_bug")
    await nursery.start()
    yield nursery
    await nursery.close()


async def test_only_the_scene_that_kills_its_process_is_lost(
    nursery: Nursery, tmp_path: Path
) -> None:
    """All others of its part are filmed; the whole decodes no picture of it, and lives."""
    for number in range(STEPS):
        draw_picture(tmp_path / f"{number}.png")
    (tmp_path / "4.png").write_bytes(CRASHES)
    steps = [
        {"id": f"step-{n}", "text": f"Step {n}.", "image": f"{n}.png", "durationSec": 0.4}
        for n in range(STEPS)
    ]
    job = job_of(steps=steps, options={"resolution": "160x90"})
    settings = RenderSettings(asset_roots=(tmp_path,), cache_dir=tmp_path / "cache")
    recorder = Recorder()
    renderer = ChildRenderer(nursery, recorder, settings, WorkerSettings())
    room = tmp_path / "room"
    room.mkdir()
    wish = PartWish(2, 2, alone=True)
    with pytest.raises(PreviewError) as caught:
        await film_around(renderer, RenderTask("part", job, room, part=wish), lambda *_: None)
    other = RenderTask("other", job, room, part=PartWish(1, 2, alone=True))
    await renderer.render(other, lambda *_: None)
    lost = (LostPart(wish, caught.value.code.code),)
    whole = await renderer.render(RenderTask("whole", job, room, lost=lost), lambda *_: None)

    assert caught.value.code is ErrorCode.CRASH
    assert whole.placeholders == ("step-4",)
    assert whole.reused_shots == whole.shots - 1
    assert recorder.all_of(ChildExited)[-1].status == "ok"
