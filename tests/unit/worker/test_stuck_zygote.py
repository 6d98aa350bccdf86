"""A zygote that lives and does nothing: no job waits for it without an end."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.events import ChildExited, ChildRestarted
from preview_worker.render import RenderSettings
from preview_worker.worker.nursery import Nursery, NurseryError
from preview_worker.worker.offspring import Child
from preview_worker.worker.rendering import ChildRenderer
from tests.fakes.observers import Recorder
from tests.unit.worker.test_nursery import child_of, nursery_of, set_to_work
from tests.unit.worker.test_rendering import PATIENT, a_task, ignore, renderer_of

pytestmark = pytest.mark.anyio

LIMIT = "preview_worker.worker.nursery._READY_TIMEOUT_S"
SOON_S = 60
"""Far more than anything here takes, and far less than for ever."""


async def test_a_zygote_that_nobody_waited_for_to_the_end_is_not_taken_for_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first job was cancelled while the libraries were loading; the second has a limit too."""
    monkeypatch.setattr(LIMIT, 0.5)
    async with nursery_of("succeed", "signal:pause") as nursery:
        first = asyncio.create_task(nursery.fork())
        await asyncio.sleep(0)
        assert nursery.zygote_pid is not None
        first.cancel()
        await asyncio.wait({first})
        assert first.cancelled()
        async with asyncio.timeout(SOON_S):
            with pytest.raises(NurseryError, match="it took too long"):
                await nursery.fork()


async def test_a_zygote_that_does_not_answer_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job that found out is told so, and the next one gets its process."""
    async with nursery_of("succeed") as nursery:
        await nursery.start()
        stuck = nursery.zygote_pid
        assert stuck is not None
        os.kill(stuck, signal.SIGSTOP)
        async with asyncio.timeout(SOON_S):
            with monkeypatch.context() as hurried:
                hurried.setattr(LIMIT, 0.1)
                with pytest.raises(NurseryError, match="does not answer"):
                    await nursery.fork()
            async with child_of(nursery):
                assert nursery.zygote_pid not in {None, stuck}


async def test_a_render_of_a_zygote_that_stands_still_ends_when_it_is_cancelled(
    tmp_path: Path,
) -> None:
    """Signals go by the zygote, so when it passes none on, it goes with all its children."""
    recorder, begun = Recorder(), asyncio.Event()
    nursery = Nursery("tests.fakes.renders:hang", "tests.fakes.renders:warm_up")
    settings = replace(PATIENT, let_go_after_s=0.2)
    renderer = ChildRenderer(nursery, recorder, RenderSettings(), settings)
    try:
        rendering = asyncio.create_task(renderer.render(a_task(tmp_path), lambda *_: begun.set()))
        await begun.wait()
        assert nursery.zygote_pid is not None
        os.kill(nursery.zygote_pid, signal.SIGSTOP)
        rendering.cancel()
        ended, _ = await asyncio.wait({rendering}, timeout=SOON_S)
        assert ended
        assert rendering.cancelled()
        assert nursery.zygote_pid is None
        assert [event.status for event in recorder.all_of(ChildExited)] == ["signal:SIGKILL"]
    finally:
        await renderer.close()


async def test_a_process_that_cannot_be_ended_is_let_go_of_alone(tmp_path: Path) -> None:
    """One that waits for a dead disk holds up no job, and costs the renders beside it nothing."""
    async with (
        nursery_of("hang") as nursery,
        child_of(nursery) as stuck,
        child_of(nursery) as other,
    ):
        await set_to_work(other, tmp_path)
        zygote = nursery.zygote_pid
        nursery.let_go(stuck)
        assert stuck.exited.result().status is None
        os.kill(stuck.pid, signal.SIGKILL)  # at last, and its end is told when nobody cares
        nursery.kill(other, signal.SIGKILL)
        assert (await other.exited).description == "signal:SIGKILL"
        assert nursery.zygote_pid == zygote


async def test_a_render_that_is_cancelled_while_its_process_is_seen_off_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process had crashed, and none is started in place of it."""
    recorder = Recorder()
    close = Child.close

    async def cancel_and_close(child: Child) -> None:
        rendering.cancel()
        await close(child)

    async with renderer_of("crash", recorder) as renderer:
        monkeypatch.setattr(Child, "close", cancel_and_close)
        rendering = asyncio.create_task(renderer.render(a_task(tmp_path), ignore))
        await asyncio.wait({rendering})
    assert rendering.cancelled()
    assert len(recorder.all_of(ChildExited)) == 1
    assert recorder.all_of(ChildRestarted) == []
