"""The loop that keeps jobs coming, and how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.events import (
    DefectFound,
    JobLeased,
    JobSettled,
    JobStarted,
    LeaseLost,
    QueueConnected,
    QueueUnreachable,
    WorkerDraining,
    WorkerStopped,
)
from preview_worker.queue import JobRequest, JobState, LeasedJob, Settlement
from preview_worker.queue.memory_controls import MemoryControls
from preview_worker.worker import Runner, WorkerDefectError, WorkerSettings
from tests.fakes.parts import Bench, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio

PATIENT = WorkerSettings(concurrency=2, grace_s=30)
HASTY = WorkerSettings(concurrency=2, grace_s=0)


@asynccontextmanager
async def running(bench: Bench, settings: WorkerSettings = PATIENT) -> AsyncIterator[Runner]:
    """Run a worker on the bench, and see to it that it has ended afterwards."""
    runner = Runner("preview-jobs", bench.queue, bench.executor, bench.recorder, settings)
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        runner.stop()
        await task


async def add(bench: Bench, count: int = 1) -> None:
    """Add jobs ``job-1`` and so on."""
    for number in range(1, count + 1):
        payload = a_payload(jobId=f"job-{number}")
        await bench.producer.add(JobRequest(payload=payload, job_id=f"job-{number}"))


async def state_of(bench: Bench, job_id: str = "job-1") -> JobState:
    """Return the state that the queue tells of a job."""
    status = await bench.producer.status(job_id)
    assert status is not None
    return status.state


async def test_every_job_is_completed(tmp_path: Path) -> None:
    """More jobs than slots are worked off one after the other."""
    async with a_bench(tmp_path) as bench:
        await add(bench, 7)
        async with running(bench):
            await bench.recorder.wait_for(JobSettled, 7)
        assert {event.result for event in bench.recorder.all_of(JobSettled)} == {"completed"}
        assert len(bench.published) == 7


async def test_a_preview_names_the_trace_of_the_attempt_that_made_it(tmp_path: Path) -> None:
    """The producer's context goes from the queue to the lease and to the manifest."""
    headers = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    async with a_bench(tmp_path) as bench:
        request = JobRequest(payload=a_payload(), job_id="job-1", trace_context=headers)
        await bench.producer.add(request)
        async with running(bench):
            leased = await bench.recorder.wait_for(JobLeased)
            await bench.recorder.wait_for(JobSettled)
        [manifest] = bench.published
        assert leased.parent is not None
        assert leased.parent.headers == headers
        assert json.loads(manifest.read_bytes())["traceId"] == leased.trace.trace_id
        assert leased.trace.trace_id == "0af7651916cd43dd8448eb211c80319c"


async def test_no_more_jobs_run_at_once_than_there_are_slots(tmp_path: Path) -> None:
    """The third job waits until one of two slots is free."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench, 3)
        async with running(bench):
            await renderer.started.wait()
            await bench.recorder.wait_for(JobStarted, 2)
            counts = await bench.queue.counts()
            assert (counts.active, counts.waiting) == (2, 1)
            assert renderer.gate is not None
            renderer.gate.set()
            await bench.recorder.wait_for(JobSettled, 3)


async def test_a_worker_without_slots_takes_nothing(tmp_path: Path) -> None:
    """Concurrency 0 takes a worker out of service and leaves its probes up."""
    async with a_bench(tmp_path) as bench:
        await add(bench)
        async with running(bench, WorkerSettings(concurrency=0)):
            await bench.recorder.wait_for(QueueConnected)
            assert (await bench.queue.counts()).waiting == 1


async def test_stopping_lets_running_jobs_finish(tmp_path: Path) -> None:
    """Within the grace a job ends as if nobody had asked for anything."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench)
        async with running(bench) as runner:
            await renderer.started.wait()
            runner.stop()
            await bench.recorder.wait_for(WorkerDraining)
            assert renderer.gate is not None
            renderer.gate.set()
            await bench.recorder.wait_for(WorkerStopped)
        assert await state_of(bench) is JobState.COMPLETED


async def test_stopping_takes_no_further_job(tmp_path: Path) -> None:
    """What waits stays for other workers."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench, 3)
        async with running(bench, WorkerSettings(concurrency=1, grace_s=30)) as runner:
            await renderer.started.wait()
            runner.stop()
            assert renderer.gate is not None
            renderer.gate.set()
            await bench.recorder.wait_for(WorkerStopped)
        assert await state_of(bench, "job-1") is JobState.COMPLETED
        assert await state_of(bench, "job-2") is JobState.WAITING


async def test_what_outlasts_the_grace_is_handed_back(tmp_path: Path) -> None:
    """The render is cancelled, the job waits again, and no attempt is spent."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench)
        async with running(bench, HASTY) as runner:
            await renderer.started.wait()
            runner.stop()
            stopped = await bench.recorder.wait_for(WorkerStopped)
        assert (stopped.handed_back, renderer.cancelled) == (1, 1)
        status = await bench.producer.status("job-1")
        assert status is not None
        assert (status.state, status.attempts_made) == (JobState.WAITING, 0)
        assert bench.staged == []


async def test_a_second_stop_hands_back_at_once(tmp_path: Path) -> None:
    """An operator in a hurry need not wait for the grace."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench)
        async with running(bench) as runner:
            await renderer.started.wait()
            runner.stop()
            await bench.recorder.wait_for(WorkerDraining)
            runner.stop()
            await bench.recorder.wait_for(WorkerStopped)
        assert await state_of(bench) is JobState.WAITING


async def test_a_handed_back_job_is_finished_by_the_next_worker(tmp_path: Path) -> None:
    """Nothing is lost between two workers."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench)
        async with running(bench, HASTY):
            await renderer.started.wait()
        renderer.gate = None
        await bench.queue.open()
        async with running(bench):
            await bench.recorder.wait_for(JobSettled, 2)
        assert await state_of(bench) is JobState.COMPLETED


async def test_a_lost_lock_cancels_the_render(tmp_path: Path) -> None:
    """Somebody else may hold the job by now, so ours is neither published nor settled."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench)
        async with running(bench, WorkerSettings(concurrency=1, grace_s=0)):
            await renderer.started.wait()
            bench.jobs.break_lock("job-1")
            settled = await bench.recorder.wait_for(JobSettled)
        assert (settled.result, renderer.cancelled) == ("lost", 1)
        assert len(bench.recorder.all_of(LeaseLost)) >= 1
        assert bench.published == []


async def test_cancelling_stops_the_render(tmp_path: Path) -> None:
    """The job fails for good with the reason that was given, and nothing is published."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench)
        async with running(bench):
            await renderer.started.wait()
            await MemoryControls(bench.jobs).cancel("job-1", "not wanted any more")
            settled = await bench.recorder.wait_for(JobSettled)
        assert (settled.result, settled.reason) == ("cancelled", "not wanted any more")
        assert (renderer.cancelled, bench.published, bench.staged) == (1, [], [])
        status = await bench.producer.status("job-1")
        assert status is not None
        assert (status.state, status.failed_reason) == (JobState.FAILED, "not wanted any more")


async def test_cancelling_one_job_spares_the_others(tmp_path: Path) -> None:
    """What runs beside it ends as if nothing had happened."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench, 2)
        async with running(bench):
            await bench.recorder.wait_for(JobStarted, 2)
            await MemoryControls(bench.jobs).cancel("job-1")
            await bench.recorder.wait_for(JobSettled)
            assert renderer.gate is not None
            renderer.gate.set()
            await bench.recorder.wait_for(JobSettled, 2)
        assert await state_of(bench, "job-1") is JobState.FAILED
        assert await state_of(bench, "job-2") is JobState.COMPLETED


async def test_a_failed_job_leaves_the_worker_running(tmp_path: Path) -> None:
    """The next job is none the worse for it."""
    renderer = FakeRenderer(error=PreviewError(ErrorCode.CRASH))
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench, 2)
        async with running(bench):
            settled = await bench.recorder.wait_for(JobSettled, 2)
        assert (settled.result, settled.code) == ("failed", "permanent.render_crash")


async def test_a_queue_that_is_away_is_told_once_and_waited_for(tmp_path: Path) -> None:
    """An outage makes one line, not a thousand, and work goes on when it is over."""
    async with a_bench(tmp_path) as bench:
        bench.jobs.away = True
        async with running(bench):
            await bench.recorder.wait_for(QueueUnreachable)
            bench.jobs.away = False
            connected = await bench.recorder.wait_for(QueueConnected)
            await add(bench)
            await bench.recorder.wait_for(JobSettled)
        assert connected.away_s >= 0
        assert len(bench.recorder.all_of(QueueUnreachable)) == 1


async def test_a_defect_while_leasing_ends_the_worker_and_spares_what_runs(tmp_path: Path) -> None:
    """P14: what runs may finish, the log has the trace, and whoever started the worker is told."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench)
        runner = Runner("preview-jobs", bench.queue, bench.executor, bench.recorder, PATIENT)
        task = asyncio.create_task(runner.run())
        await renderer.started.wait()
        bench.queue.lease = stumble  # type: ignore[method-assign] # the defect
        await bench.recorder.wait_for(WorkerDraining)
        assert renderer.gate is not None
        renderer.gate.set()
        with pytest.raises(WorkerDefectError, match="ZeroDivisionError"):
            await task
        assert await state_of(bench) is JobState.COMPLETED
        [defect] = bench.recorder.all_of(DefectFound)
        assert defect.job_id is None
        assert "in stumble" in defect.trace


async def stumble(**_: bool) -> LeasedJob | None:
    """Meet a case that nobody thought of."""
    raise ZeroDivisionError


async def test_a_defect_while_settling_ends_the_worker(tmp_path: Path) -> None:
    """P14: its job is left to others, and the worker does not pretend that all is well."""
    async with a_bench(tmp_path) as bench:
        await add(bench)

        async def stumble_with(*_: object, **__: object) -> Settlement:
            raise ZeroDivisionError

        bench.queue.settle = stumble_with  # type: ignore[method-assign] # the defect
        runner = Runner("preview-jobs", bench.queue, bench.executor, bench.recorder, PATIENT)
        with pytest.raises(WorkerDefectError):
            await runner.run()
