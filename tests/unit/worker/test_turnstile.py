"""Jobs of a project that has as many running as it may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.events import JobLeased, JobPutAside, JobSettled, JobStarted
from preview_worker.queue import JobRequest
from preview_worker.queue.memory import MemoryQueue
from preview_worker.worker import Executor, Runner, WorkerSettings
from tests.fakes.parts import QUICK, Bench, FakeRenderer, a_bench
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def at_work(bench: Bench, *, most: int) -> AsyncIterator[None]:
    """Run a worker with three slots and so many places for each project."""
    queue = MemoryQueue(bench.jobs, replace(QUICK, project_max_active=most), bench.recorder)
    executor = Executor(queue, bench.renderer, bench.store, bench.recorder)
    settings = WorkerSettings(concurrency=3, bounded_projects=most > 0, grace_s=30)
    runner = Runner("preview-jobs", queue, executor, bench.recorder, settings)
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        runner.stop()
        await task


async def add(bench: Bench, project: str, *job_ids: str) -> None:
    """Add jobs of a project."""
    for job_id in job_ids:
        payload = a_payload(jobId=job_id, projectId=project)
        await bench.producer.add(JobRequest(payload=payload, job_id=job_id, priority=2))


async def test_a_project_has_no_more_running_than_it_may(tmp_path: Path) -> None:
    """Others find the slots that it does not get, and at the end all is done."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench, "lighthouse", "a", "b", "c")
        await add(bench, "windmill", "other")
        async with at_work(bench, most=1):
            await bench.recorder.wait_for(JobStarted, 2)
            started = [event.job_id for event in bench.recorder.all_of(JobStarted)]
            assert sorted(started) == ["a", "other"]
            assert renderer.gate is not None
            renderer.gate.set()
            await bench.recorder.wait_for(JobSettled, 4)
        results = {event.result for event in bench.recorder.all_of(JobSettled)}
        assert results == {"completed"}


async def test_who_is_put_aside_is_told_of_as_that_alone(tmp_path: Path) -> None:
    """It was not begun, so neither its lease nor an end of it is counted."""
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench, "lighthouse", "a", "b")
        async with at_work(bench, most=1):
            aside = await bench.recorder.wait_for(JobPutAside)
            assert (aside.job_id, aside.project_id) == ("b", "lighthouse")
            assert [event.job_id for event in bench.recorder.all_of(JobLeased)] == ["a"]
            assert renderer.gate is not None
            renderer.gate.set()
            await bench.recorder.wait_for(JobSettled, 2)


async def test_a_job_of_no_project_fails_for_that(tmp_path: Path) -> None:
    """Nobody's places bound it."""
    async with a_bench(tmp_path) as bench:
        payload = {name: value for name, value in a_payload().items() if name != "projectId"}
        async with at_work(bench, most=1):
            await bench.producer.add(JobRequest(payload=payload, job_id="nobodys"))
            settled = await bench.recorder.wait_for(JobSettled)
        assert (settled.result, settled.code) == ("failed", "invalid.payload")
