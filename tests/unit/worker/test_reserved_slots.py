"""Slots that are kept for urgent jobs, and those that take other jobs first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from preview_worker.events import JobSettled, JobStarted
from preview_worker.queue import JobRequest
from preview_worker.worker import Runner, WorkerSettings
from tests.fakes.parts import Bench, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def at_work(bench: Bench, *, reserved: int = 0, patient: int = 0) -> AsyncIterator[None]:
    """Run a worker with two slots, some of them for some jobs, to the end of its jobs."""
    settings = WorkerSettings(concurrency=2, reserved=reserved, patient=patient, grace_s=30)
    runner = Runner("preview-jobs", bench.queue, bench.executor, bench.recorder, settings)
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        runner.stop()
        await task


async def test_a_reserved_slot_is_for_urgent_jobs(tmp_path: Path) -> None:
    """One that waits at high priority begins while others have all that is not reserved."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        for job_id, priority in (("batch-1", 5), ("batch-2", 5)):
            await add_one(bench, job_id, priority)
        async with at_work(bench, reserved=1):
            await bench.recorder.wait_for(JobStarted)
            await add_one(bench, "edit", 1)
            await bench.recorder.wait_for(JobStarted, 2)
            started = [event.job_id for event in bench.recorder.all_of(JobStarted)]
            assert started == ["batch-1", "edit"]
            assert renderer.gate is not None
            renderer.gate.set()
            await bench.recorder.wait_for(JobSettled, 3)


async def test_a_worker_reserves_all_its_slots_never(tmp_path: Path) -> None:
    """One is left for other jobs, so that they are not starved by a wrong setting."""
    async with a_bench(tmp_path) as bench:
        await add_one(bench, "batch", 5)
        async with at_work(bench, reserved=7):
            settled = await bench.recorder.wait_for(JobSettled)
        assert settled.result == "completed"


@pytest.mark.parametrize(
    ("patient", "expected"), [(0, ["edit-1", "edit-2"]), (1, ["batch", "edit-1"])]
)
async def test_a_patient_slot_takes_a_batch_although_edits_wait(
    tmp_path: Path, patient: int, expected: list[str]
) -> None:
    """Without one, the edits have all slots, as BullMQ's priorities have it."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        for job_id, priority in (("edit-1", 1), ("edit-2", 1), ("edit-3", 1), ("batch", 5)):
            await add_one(bench, job_id, priority)
        async with at_work(bench, patient=patient):
            await bench.recorder.wait_for(JobStarted, 2)
            started = [event.job_id for event in bench.recorder.all_of(JobStarted)]
            assert sorted(started) == expected
            assert renderer.gate is not None
            renderer.gate.set()
            await bench.recorder.wait_for(JobSettled, 4)


async def add_one(bench: Bench, job_id: str, priority: int) -> None:
    """Add a job of a priority."""
    payload = a_payload(jobId=job_id)
    await bench.producer.add(JobRequest(payload=payload, job_id=job_id, priority=priority))
