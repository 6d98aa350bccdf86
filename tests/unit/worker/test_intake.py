"""A worker takes no jobs while a part of it could not do its work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.events import IntakeResumed, IntakeStopped, JobSettled
from preview_worker.queue import JobRequest, JobState, LeasedJob
from preview_worker.worker import Intake, Runner, WorkerSettings
from tests.fakes.observers import Recorder
from tests.fakes.parts import Bench, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio


class Disk:
    """Refuses as long as it is told to."""

    def __init__(self, reason: str | None = None) -> None:
        """Refuse with ``reason``; None refuses nothing."""
        self.reason = reason

    async def refusal(self) -> str | None:
        """Say why nothing could be stored."""
        return self.reason


@asynccontextmanager
async def running(bench: Bench, disk: Disk) -> AsyncIterator[Runner]:
    """Run a worker that asks ``disk`` a hundred times a second."""
    settings = WorkerSettings(concurrency=1, grace_s=0)
    intake = Intake({"disk": disk.refusal}, bench.recorder, every_s=0.01)
    runner = Runner("queue", bench.queue, bench.executor, bench.recorder, settings, intake)
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        runner.stop()
        await task


async def add(bench: Bench, job_id: str = "job-1") -> None:
    """Add a job."""
    await bench.producer.add(JobRequest(payload=a_payload(jobId=job_id), job_id=job_id))


async def test_no_job_is_taken_while_something_refuses(tmp_path: Path) -> None:
    """D1: a worker whose disk is low leaves jobs to others, and takes them when there is room."""
    disk = Disk("full")
    async with a_bench(tmp_path) as bench, running(bench, disk):
        await add(bench)
        told = await bench.recorder.wait_for(IntakeStopped)
        assert (await bench.queue.counts()).waiting == 1
        assert bench.recorder.all_of(JobSettled) == []
        disk.reason = None
        settled = await bench.recorder.wait_for(JobSettled)
        resumed = await bench.recorder.wait_for(IntakeResumed)

    assert (told.reason, settled.result) == ("disk: full", "completed")
    assert resumed.stopped_s > 0


async def test_a_job_that_failed_by_our_fault_is_handed_back(tmp_path: Path) -> None:
    """D1: the disk that fills up while a job runs costs the job no attempt."""
    disk = Disk()
    renderer = FakeRenderer(error=PreviewError(ErrorCode.DISK), gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench, running(bench, disk):
        await add(bench)
        await renderer.started.wait()
        disk.reason = "full"
        assert renderer.gate is not None
        renderer.gate.set()
        settled = await bench.recorder.wait_for(JobSettled)
        assert settled.result == "handed_back"
        status = await bench.producer.status("job-1")
        assert status is not None
        assert (status.state, status.attempts_made) == (JobState.WAITING, 0)
        renderer.error, disk.reason = None, None
        settled = await bench.recorder.wait_for(JobSettled, 2)

    assert settled.result == "completed"


async def test_a_job_that_filled_the_disk_by_itself_pays_for_it(tmp_path: Path) -> None:
    """D1: when there is room again once its staging is gone, an attempt is spent, so it ends."""
    renderer = FakeRenderer(error=PreviewError(ErrorCode.DISK))
    async with a_bench(tmp_path, renderer) as bench, running(bench, Disk()):
        await add(bench)
        settled = await bench.recorder.wait_for(JobSettled)
        status = await bench.producer.status("job-1")

    assert (settled.result, settled.code) == ("retry", "transient.disk")
    assert status is not None
    assert status.attempts_made == 1


async def test_a_job_that_came_as_the_gate_closed_is_handed_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that waits at the queue when its disk fills up passes the next job on."""
    disk = Disk()
    async with a_bench(tmp_path) as bench:
        lease = bench.queue.lease

        async def lease_too_late(**wish: bool) -> LeasedJob | None:
            disk.reason = "full"
            await bench.recorder.wait_for(IntakeStopped)
            await add(bench)
            return await lease(**wish)

        monkeypatch.setattr(bench.queue, "lease", lease_too_late)
        async with running(bench, disk):
            settled = await bench.recorder.wait_for(JobSettled)
        assert settled.result == "handed_back"
        assert (await bench.queue.counts()).waiting == 1


async def test_a_part_that_cannot_be_asked_refuses() -> None:
    """A gate that cannot tell is closed."""

    async def broken() -> str | None:
        message = "secret detail"
        raise OSError(message)

    recorder = Recorder()
    intake = Intake({"disk": broken}, recorder)

    assert not await intake.ask()
    assert recorder.all_of(IntakeStopped)[0].reason == "disk: cannot be asked (OSError)"


async def test_a_part_that_does_not_answer_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that hangs holds nobody up, and is not asked again before it answered."""
    monkeypatch.setattr("preview_worker.worker.intake._PATIENCE_S", 0.01)
    asked, answer = [], asyncio.Event()

    async def hanging() -> str | None:
        asked.append(True)
        await answer.wait()
        return None

    intake = Intake({"disk": hanging}, Recorder())
    assert not await intake.ask()
    assert not await intake.ask()
    answer.set()
    monkeypatch.setattr("preview_worker.worker.intake._PATIENCE_S", 5.0)

    assert await intake.ask()
    assert len(asked) == 1


async def test_without_anything_to_ask_the_gate_is_open() -> None:
    """A worker that was given nothing to ask takes jobs."""
    intake = Intake({}, Recorder())

    assert intake.is_open
    assert await intake.ask()
