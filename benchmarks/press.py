"""The press: a real worker on a Redis of its own, that renders what it is given and says how long.

Times are the worker's own, from the moment it has leased a job until the job is settled.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Run
from benchmarks.footprint import Watch, cpu_s
from benchmarks.payloads import PROJECT, Json, as_job
from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.workers import Line, WorkerUnderTest, a_worker


@dataclass(frozen=True, slots=True)
class Proof:
    """What came out of the press."""

    run: Run
    folder: Path
    """The published preview."""
    skipped: bool
    """Whether the worker found the preview published, and rendered nothing."""
    leased_at: str
    """When the job was leased, as an ISO time."""


@dataclass(slots=True)
class Press:
    """A worker that waits for jobs, its zygote warm."""

    worker: WorkerUnderTest
    queue: QueueSettings
    data_dir: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def render(self, request: Json, job_id: str, *, watched: bool = False) -> Proof:
        """Have ``request`` rendered under ``job_id`` and return when the job is settled."""
        transport_id = f"{job_id}-{next(self._numbers)}"
        before_s = cpu_s(self.worker.process.pid)
        watch = Watch(self.worker.process.pid) if watched else None
        with watch or nullcontext():
            asyncio.run(self._submit(as_job(request, job_id), transport_id))
            settled = self._told("job.settled", transport_id)
        if settled["result"] != "completed":
            message = f"the job was not completed: {settled}"
            raise RuntimeError(message)
        folder = self.data_dir / "previews" / PROJECT / job_id
        run = Run(
            wall_s=settled["duration_s"],
            cpu_s=cpu_s(self.worker.process.pid) - before_s,
            peak_mib=watch.peak_mib if watch else None,
            video_bytes=(folder / "preview.mp4").stat().st_size,
        )
        skipped = any(
            line.get("event") == "render.skipped" and line.get("job_id") == transport_id
            for line in self.worker.lines
        )
        return Proof(run, folder, skipped, self._told("job.leased", transport_id)["timestamp"])

    def _told(self, event: str, transport_id: str) -> Line:
        return self.worker.wait_for(event, job_id=transport_id)

    async def _submit(self, payload: Json, transport_id: str) -> None:
        """Add the job and return when it has ended, however long that takes."""
        producer = BullProducer(self.queue)
        await producer.add(JobRequest(payload=payload, job_id=transport_id))
        async for _ in producer.watch(transport_id):
            pass
        await producer.close()


@contextmanager
def a_press(folder: Path, assets: Path) -> Iterator[Press]:
    """Run a worker in ``folder`` until the block ends, with an empty cache to begin with."""
    folder.mkdir(parents=True)
    server = EmbeddedRedis(folder / "redis", durable=False)
    queue = QueueSettings(redis_url=server.start(), queue_name="benchmark")
    roots = {"PREVIEW_ASSET_ROOTS": str(assets)}
    try:
        with a_worker(queue, folder / "data", LOG_LEVEL="debug", **roots) as worker:
            yield Press(worker, queue, folder / "data")
            worker.stop()
    finally:
        server.stop()
