"""Rendering in child processes: verdicts, deaths and time limits become clear errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError, read_job
from preview_worker.events import ChildExited, ChildRestarted
from preview_worker.render import RenderSettings
from preview_worker.worker import rendering
from preview_worker.worker.conversation import converse
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.offspring import Child, Exit
from preview_worker.worker.ports import RenderTask
from preview_worker.worker.rendering import ChildRenderer
from preview_worker.worker.settings import WorkerSettings
from tests.fakes.observers import Recorder
from tests.fakes.payloads import a_payload, encoded

pytestmark = pytest.mark.anyio

PATIENT = WorkerSettings(render_timeout_s=60, kill_after_s=0.2)
HASTY = WorkerSettings(render_timeout_s=1, kill_after_s=0.2, busy_share=0.2)
"""A fifth of a second of CPU is more than a fork and waiting take, and less than spinning gets even
on a machine that is busy with other things."""


@asynccontextmanager
async def renderer_of(
    render: str, recorder: Recorder, settings: WorkerSettings = PATIENT
) -> AsyncIterator[ChildRenderer]:
    """Run a renderer whose children call one of the stand-ins."""
    entry = render if ":" in render else f"renders:{render}"
    nursery = Nursery(f"tests.fakes.{entry}", "tests.fakes.renders:warm_up")
    renderer = ChildRenderer(nursery, recorder, RenderSettings(), settings)
    try:
        await renderer.start()
        yield renderer
    finally:
        await renderer.close()


def a_task(directory: Path) -> RenderTask:
    """Return a task that renders into ``directory``."""
    return RenderTask("job-1", read_job(encoded(a_payload())).job, directory)


def ignore(_phase: str, _fraction: float) -> None:
    """Take no note of progress."""


async def test_a_finished_render_returns_its_preview(tmp_path: Path) -> None:
    """The preview that the child described arrives whole."""
    recorder = Recorder()
    async with renderer_of("succeed", recorder) as renderer:
        preview = await renderer.render(a_task(tmp_path), ignore)
    assert (preview.title, preview.files[0].name) == ("Lighthouse Keepers", "plan.json")
    assert [event.status for event in recorder.all_of(ChildExited)] == ["ok"]


async def test_progress_is_passed_on(tmp_path: Path) -> None:
    """Whoever asked for the render hears how far it is."""
    heard: list[tuple[str, float]] = []
    async with renderer_of("succeed", Recorder()) as renderer:
        await renderer.render(a_task(tmp_path), lambda *progress: heard.append(progress))
    assert heard == [("paint", 0.5), ("probe", 1.0)]


async def test_no_secret_of_the_environment_reaches_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child knows only the variables that it needs."""
    monkeypatch.setenv("REDIS_PASSWORD", "hunter2")
    async with renderer_of("tell_environment", Recorder()) as renderer:
        preview = await renderer.render(a_task(tmp_path), ignore)
    assert "PATH" in preview.title
    assert "REDIS_PASSWORD" not in preview.title


@pytest.mark.parametrize(
    ("render", "code", "status"),
    [
        ("refuse", ErrorCode.ASSET_MISSING, "error"),
        ("stumble", ErrorCode.RENDER, "error"),
        ("fill_the_disk", ErrorCode.DISK, "error"),
        ("exhaust_memory", ErrorCode.MEMORY, "error"),
        ("crash", ErrorCode.CRASH, "signal:SIGSEGV"),
        ("be_killed", ErrorCode.CHILD_KILLED, "signal:SIGKILL"),
        ("vanish", ErrorCode.PROTOCOL, "ok"),
        ("misdescribe", ErrorCode.PROTOCOL, "ok"),
        ("invent_a_code", ErrorCode.PROTOCOL, "error"),
    ],
)
async def test_every_bad_end_has_its_code(
    tmp_path: Path, render: str, code: ErrorCode, status: str
) -> None:
    """What a child said, or how it died, decides what becomes of the job."""
    recorder = Recorder()
    async with renderer_of(render, recorder) as renderer:
        with pytest.raises(PreviewError) as failed:
            await renderer.render(a_task(tmp_path), ignore)
    assert failed.value.code is code
    assert (await recorder.wait_for(ChildExited)).status == status


async def test_a_message_beyond_the_limit_ends_the_child(tmp_path: Path) -> None:
    """A child that shouts is not listened to, and does not live on."""
    recorder = Recorder()
    async with renderer_of("shout", recorder) as renderer:
        with pytest.raises(PreviewError) as failed:
            await renderer.render(a_task(tmp_path), ignore)
    assert failed.value.code is ErrorCode.PROTOCOL


async def test_what_a_defect_says_stays_out_of_the_message(tmp_path: Path) -> None:
    """Messages go to producers, and an exception's words may hold anything."""
    async with renderer_of("stumble", Recorder()) as renderer:
        with pytest.raises(PreviewError) as failed:
            await renderer.render(a_task(tmp_path), ignore)
    assert "secret detail" not in failed.value.message
    assert "ZeroDivisionError" in failed.value.message


@pytest.mark.parametrize(
    ("render", "code"), [("spin", ErrorCode.TIMEOUT), ("hang", ErrorCode.STARVED)]
)
async def test_a_render_that_takes_too_long_is_killed(
    tmp_path: Path, render: str, code: ErrorCode
) -> None:
    """One that used its CPU time is stuck for good; one that got none may do better later."""
    recorder = Recorder()
    async with renderer_of(render, recorder, HASTY) as renderer:
        with pytest.raises(PreviewError) as failed:
            await renderer.render(a_task(tmp_path), ignore)
    assert failed.value.code is code
    assert recorder.all_of(ChildExited)[0].status.startswith("signal:")


async def test_a_verdict_in_time_counts_though_its_process_ends_after_the_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is that of the render; to end, a process has a time of its own."""
    limits: list[asyncio.Timeout] = []
    timeout_at = asyncio.timeout_at

    def keep_limit(when_s: float) -> asyncio.Timeout:
        limits.append(timeout_at(when_s))
        return limits[-1]

    async def end_after_the_limit(child: Child, ended: asyncio.Future[Exit]) -> None:
        with suppress(RuntimeError):  # it binds nobody any more
            limits[0].reschedule(asyncio.get_running_loop().time())
        child.exited.set_result(await ended)

    async def converse_and_linger(child: Child, *others: Any) -> dict[str, Any] | None:
        verdict = await converse(child, *others)
        ended, child.exited = child.exited, asyncio.get_running_loop().create_future()
        lingering.append(asyncio.create_task(end_after_the_limit(child, ended)))
        return verdict

    lingering: list[asyncio.Task[None]] = []
    async with renderer_of("succeed", Recorder()) as renderer:
        monkeypatch.setattr(asyncio, "timeout_at", keep_limit)
        monkeypatch.setattr(rendering, "converse", converse_and_linger)
        preview = await renderer.render(a_task(tmp_path), ignore)
    assert preview.title == "Lighthouse Keepers"


async def test_cancelling_a_render_kills_its_process(tmp_path: Path) -> None:
    """When the call has returned, nothing of the render runs any more."""
    recorder = Recorder()
    begun = asyncio.Event()
    async with renderer_of("hang", recorder) as renderer:
        task = asyncio.create_task(renderer.render(a_task(tmp_path), lambda *_: begun.set()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert recorder.all_of(ChildExited)[0].status == "signal:SIGKILL"


async def test_a_crash_leaves_the_next_render_alone(tmp_path: Path) -> None:
    """P8: every render has a process of its own, and a second one when it crashes."""
    recorder = Recorder()
    async with renderer_of("crash", recorder) as renderer:
        for _ in range(3):
            with pytest.raises(PreviewError):
                await renderer.render(a_task(tmp_path), ignore)
    assert len(recorder.all_of(ChildExited)) == 6
    assert recorder.all_of(ChildRestarted) == [ChildRestarted(job_id="job-1", reason="crash")] * 3
