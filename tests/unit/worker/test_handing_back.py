"""What becomes of a job whose attempt ended because the queue was away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from preview_worker.events import JobSettled, TraceContext
from preview_worker.queue import JobRequest, LeasedJob, Outcome, QueueUnavailableError
from preview_worker.worker import Runner, WorkerSettings
from tests.fakes.parts import a_bench
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio


async def test_an_attempt_that_ended_for_want_of_the_queue_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R1: its lock is let go of; nobody else could have the job while this worker lives."""
    async with a_bench(tmp_path) as bench:
        execute, stumbled = bench.executor.execute, asyncio.Event()

        async def stumble(job: LeasedJob, trace: TraceContext | None = None) -> Outcome:
            if stumbled.is_set():
                return await execute(job, trace)
            stumbled.set()
            raise QueueUnavailableError

        monkeypatch.setattr(bench.executor, "execute", stumble)
        await bench.producer.add(JobRequest(payload=a_payload(), job_id="job-1"))
        runner = Runner("q", bench.queue, bench.executor, bench.recorder, WorkerSettings())
        running = asyncio.create_task(runner.run())
        await bench.recorder.wait_for(JobSettled, 2)
        runner.stop()
        await running

    results = [event.result for event in bench.recorder.all_of(JobSettled)]
    assert results == ["handed_back", "completed"]
