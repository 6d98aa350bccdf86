"""After too many crashes in a row a worker takes no job, and then a single one as a trial."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.bootstrap.observers import Observers
from preview_worker.events import ChildExited, IntakeStopped, JobLeased, JobSettled
from preview_worker.queue import LeasedJob, Settlement
from preview_worker.queue.memory import MemoryQueue
from preview_worker.worker import Breaker, Intake, Runner, WorkerSettings
from tests.fakes.parts import QUICK, FakeRenderer, a_bench
from tests.unit.observability.happenings import TRACE, Clock
from tests.unit.worker.test_runner import add

pytestmark = pytest.mark.anyio


def ended(job_id: str, status: str = "signal:SIGSEGV") -> ChildExited:
    """Return the end of a render process."""
    return ChildExited(job_id=job_id, status=status, wall_s=1.0, cpu_s=1.0, rss_kib=1)


def leased(job_id: str) -> JobLeased:
    """Return the beginning of a job."""
    return JobLeased(job_id=job_id, attempt=1, wait_s=0.0, trace=TRACE)


def settled(job_id: str) -> JobSettled:
    """Return the end of a job."""
    return JobSettled(job_id=job_id, result="failed", duration_s=1.0, dry_run=False)


def a_tripped_breaker(clock: Clock) -> Breaker:
    """Return a breaker that has just seen three jobs crash."""
    breaker = Breaker(jobs=3, pause_s=30, clock=clock)
    for number in range(3):
        breaker.observe(ended(f"job-{number}"))
    return breaker


async def test_crashes_of_different_jobs_in_a_row_stop_the_intake() -> None:
    """P8: for half a minute, with the reason for people."""
    clock = Clock()
    breaker = a_tripped_breaker(clock)
    assert await breaker.refusal() == "the renders of 3 jobs crashed one after the other"
    clock.now_s += 29
    assert await breaker.refusal() is not None
    clock.now_s += 1
    assert await breaker.refusal() is None


async def test_one_job_that_crashes_again_and_again_stops_nothing() -> None:
    """P8: it is the job that is at fault."""
    breaker = Breaker(jobs=3, clock=Clock())
    for _ in range(10):
        breaker.observe(ended("job-1"))
    assert await breaker.refusal() is None


@pytest.mark.parametrize("status", ["ok", "error"])
async def test_a_render_that_does_not_crash_begins_the_count_anew(status: str) -> None:
    """P8: a payload that is refused was read by a renderer in good health."""
    breaker = Breaker(jobs=2, clock=Clock())
    breaker.observe(ended("job-1"))
    breaker.observe(ended("job-2", status))
    breaker.observe(ended("job-3"))
    assert await breaker.refusal() is None


@pytest.mark.parametrize("status", ["signal:SIGTERM", "signal:SIGKILL"])
async def test_renders_that_were_ended_count_for_nothing(status: str) -> None:
    """P8: they were cancelled, too slow, or killed by somebody else."""
    breaker = Breaker(jobs=1, clock=Clock())
    breaker.observe(ended("job-1", status))
    assert await breaker.refusal() is None


async def test_after_the_pause_one_job_is_tried() -> None:
    """P8: no other is taken until it has shown how it ends."""
    clock = Clock()
    breaker = a_tripped_breaker(clock)
    clock.now_s += 30
    breaker.observe(leased("job-8"))
    assert await breaker.refusal() == "after many crashes, one job is tried"
    breaker.observe(ended("job-8", "ok"))
    assert await breaker.refusal() is None
    breaker.observe(leased("job-9"))
    assert await breaker.refusal() is None


async def test_a_trial_that_crashes_begins_another_pause() -> None:
    """P8: a single crash is enough now."""
    clock = Clock()
    breaker = a_tripped_breaker(clock)
    clock.now_s += 30
    breaker.observe(leased("job-8"))
    breaker.observe(ended("job-8"))
    clock.now_s += 29
    assert await breaker.refusal() is not None


async def test_a_trial_that_proves_nothing_is_followed_by_another() -> None:
    """P8: it was cancelled, or needed no render."""
    clock = Clock()
    breaker = a_tripped_breaker(clock)
    clock.now_s += 30
    breaker.observe(leased("job-8"))
    breaker.observe(settled("job-8"))
    assert await breaker.refusal() is None


async def test_a_worker_takes_a_single_job_as_the_trial(tmp_path: Path) -> None:
    """P8: though it has slots for more, and more jobs wait."""
    clock = Clock()
    breaker = a_tripped_breaker(clock)
    clock.now_s += 30
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench, 3)
        watching = Observers(breaker, bench.recorder)
        intake = Intake({"breaker": breaker.refusal}, bench.recorder, every_s=0.05)
        settings = WorkerSettings(concurrency=3, grace_s=0)
        runner = Runner("queue", bench.queue, bench.executor, watching, settings, intake)
        running = asyncio.create_task(runner.run())
        await renderer.started.wait()
        await bench.recorder.wait_for(IntakeStopped)
        counts = await bench.queue.counts()
        assert (counts.active, counts.waiting) == (1, 2)
        breaker.observe(ended("job-1", "ok"))
        assert renderer.gate is not None
        renderer.gate.set()
        await bench.recorder.wait_for(JobSettled, 3)
        runner.stop()
        await running


class _SlowClerk(MemoryQueue):
    """Gives a job its place when it is told to."""

    told: asyncio.Event

    async def claim(
        self, job: LeasedJob, project: str, *, lease_next: bool = False
    ) -> Settlement | None:
        """Wait, and claim as usual."""
        await self.told.wait()
        return await super().claim(job, project, lease_next=lease_next)


async def test_a_trial_that_waits_for_its_projects_place_is_the_only_one_too(
    tmp_path: Path,
) -> None:
    """P8: whether there is a trial is asked when the job is in, however long that takes."""
    clock = Clock()
    breaker = a_tripped_breaker(clock)
    clock.now_s += 30
    renderer = FakeRenderer(gate=asyncio.Event())
    async with a_bench(tmp_path, renderer) as bench:
        await add(bench, 3)
        queue = _SlowClerk(bench.jobs, replace(QUICK, project_max_active=3), bench.recorder)
        queue.told = asyncio.Event()
        asked = 0

        async def refusal() -> str | None:
            nonlocal asked
            asked += 1
            if asked == 5:  # which leaves time to take another job meanwhile
                queue.told.set()
            return await breaker.refusal()

        watching = Observers(breaker, bench.recorder)
        intake = Intake({"breaker": refusal}, bench.recorder, every_s=0.05)
        settings = WorkerSettings(concurrency=2, bounded_projects=True, grace_s=0)
        runner = Runner("queue", queue, bench.executor, watching, settings, intake)
        running = asyncio.create_task(runner.run())
        await bench.recorder.wait_for(IntakeStopped)
        await renderer.started.wait()
        assert [event.job_id for event in bench.recorder.all_of(JobLeased)] == ["job-1"]
        counts = await bench.queue.counts()
        assert (counts.active, counts.waiting) == (1, 2)
        runner.stop()
        await running
