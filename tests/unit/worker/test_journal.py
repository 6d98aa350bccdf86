"""A job's progress and log while it runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from preview_worker.events import JobProgressed
from preview_worker.queue import LeasedJob, QueueUnavailableError
from preview_worker.queue.memory import MemoryQueue
from preview_worker.worker.journal import Journal
from tests.fakes.observers import Recorder
from tests.fakes.parts import QUICK, Bench, a_bench

pytestmark = pytest.mark.anyio


class Counting(MemoryQueue):
    """A queue that counts how often progress was written, and may refuse to take it."""

    def __init__(self, bench: Bench, *, away: bool = False) -> None:
        """Take over the bench's jobs."""
        super().__init__(bench.jobs, QUICK, bench.recorder)
        self.away = away
        self.percents: list[int] = []
        self.lines: list[str] = []

    async def progress(self, job: LeasedJob, percent: int) -> None:
        """Note the progress."""
        del job
        if self.away:
            raise QueueUnavailableError
        self.percents.append(percent)

    async def log(self, job: LeasedJob, line: str) -> None:
        """Note the line."""
        del job
        self.lines.append(line)


async def test_progress_is_written_at_most_five_times_a_second(tmp_path: Path) -> None:
    """A render that reports a thousand times writes twice: at the beginning and at the end."""
    async with a_bench(tmp_path) as bench:
        queue, job = Counting(bench), await bench.lease()
        async with Journal(queue, job, Recorder()) as journal:
            for step in range(1000):
                journal.report("paint", step / 1000)
                await asyncio.sleep(0)
            journal.finish()
    assert len(queue.percents) <= 3
    assert queue.percents[-1] == 100


async def test_progress_never_goes_back(tmp_path: Path) -> None:
    """Observers see every percent once, and in rising order."""
    recorder = Recorder()
    async with a_bench(tmp_path) as bench:
        queue, job = Counting(bench), await bench.lease()
        async with Journal(queue, job, recorder) as journal:
            for fraction in (0.1, 0.5, 0.3, 0.5, 0.9, 1.0):
                journal.report("paint", fraction)
            journal.finish()
    assert [event.percent for event in recorder.all_of(JobProgressed)] == [10, 50, 90, 99, 100]


async def test_lines_keep_their_order(tmp_path: Path) -> None:
    """A log reads from top to bottom."""
    async with a_bench(tmp_path) as bench:
        queue, job = Counting(bench), await bench.lease()
        async with Journal(queue, job, Recorder()) as journal:
            for number in range(20):
                journal.log(f"line {number}")
    assert queue.lines == [f"line {number}" for number in range(20)]


async def test_a_queue_that_is_away_does_not_stop_the_job(tmp_path: Path) -> None:
    """Progress is for those who watch; the job goes on without them."""
    async with a_bench(tmp_path) as bench:
        queue, job = Counting(bench, away=True), await bench.lease()
        async with Journal(queue, job, Recorder()) as journal:
            journal.report("paint", 0.5)
            await asyncio.sleep(0)
            journal.log("still here")
    assert queue.lines == ["still here"]
