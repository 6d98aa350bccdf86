"""Stand-ins for the renderer and the store, steered by the tests that use them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.assets import AssetFetcher, AssetVisit, Fetched, Tell, Wanted
from preview_worker.assets.port import tell_nobody
from preview_worker.contract import PreviewError, PreviewJob, RenderedPreview
from preview_worker.queue import JobRequest, LeasedJob, QueueSettings
from preview_worker.queue.memory import MemoryQueue
from preview_worker.queue.memory_producer import MemoryProducer
from preview_worker.queue.store import MemoryStore
from preview_worker.render import LostPart, PartWish
from preview_worker.worker import Executor, RenderTask, Report
from tests.fakes.observers import Recorder
from tests.fakes.payloads import a_payload
from tests.fakes.renders import succeed

QUICK = QueueSettings(lock_s=1.0, renew_s=0.1, stall_check_s=0.1, block_s=0.2)
"""Times with which a lost lock shows within a second."""


@dataclass(slots=True)
class FakeRenderer:
    """Renders at once, or when it is let; or fails with what it is given."""

    error: Exception | None = None
    bad_shots: tuple[float, ...] = ()
    """Where in the preview, from 0 to 1, ``error`` is met; everywhere when there are none."""
    digest_error: PreviewError | None = None
    gate: asyncio.Event | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)
    wants: Wanted = field(default_factory=dict)
    planned: int = 0
    fetched: Fetched | None = None
    renders: int = 0
    parts: list[PartWish | None] = field(default_factory=list)
    lost: tuple[LostPart, ...] = ()
    """What the last render was told of lost parts; it makes a placeholder for each."""
    cancelled: int = 0

    async def start(self) -> None:
        """Start nothing."""

    async def close(self) -> None:
        """Close nothing."""

    async def wanted(self, job: PreviewJob) -> Wanted:
        """Want what the test says."""
        del job
        self.planned += 1
        return self.wants

    async def digest(self, job: PreviewJob, fetched: Fetched) -> str:
        """Hash the request."""
        if self.digest_error is not None:
            raise self.digest_error
        return hashlib.sha256(
            job.model_dump_json(include={"request", "dry_run"}).encode() + repr(fetched).encode()
        ).hexdigest()

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Write one file, after the gate opened if there is one."""
        self.renders += 1
        self.parts.append(task.part)
        self.lost = task.lost
        self.fetched = task.fetched
        self.started.set()
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.error is not None and self._meets(task.part):
            raise self.error
        made = succeed(task.job, task.directory, None, report)
        return replace(made, placeholders=tuple(f"scene-{one.wish.number}" for one in task.lost))

    def _meets(self, part: PartWish | None) -> bool:
        if part is None or not self.bad_shots:
            return True
        begin, end = ((part.number - n) / part.count for n in (1, 0))
        return any(begin <= shot < end for shot in self.bad_shots)


@dataclass(slots=True)
class FakeFetcher:
    """Has fetched what it is given, or fails, or waits; and remembers what it was told."""

    found: dict[str, Path | PreviewError]
    error: PreviewError | None = None
    gate: asyncio.Event | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[object] = field(default_factory=list)
    idle: bool = False

    @asynccontextmanager
    async def fetch(self, wanted: Wanted, tell: Tell = tell_nobody) -> AsyncIterator[Fetched]:
        """Return what was found, and tell of each."""
        self.told += ["wanted", dict(wanted)]
        self.started.set()
        if self.error is not None:
            raise self.error
        try:
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.told.append("cancelled")
            raise
        for _ in self.found:
            tell(AssetVisit("assets.example.org", 7, cached=False, tries=1, duration_s=0.5))
        yield self.found
        self.told.append("let go")


@dataclass(slots=True)
class Bench:
    """Everything that an executor needs, on the in-memory queue and a real folder."""

    folder: Path
    jobs: MemoryStore
    queue: MemoryQueue
    producer: MemoryProducer
    renderer: FakeRenderer
    recorder: Recorder
    store: LocalStore
    executor: Executor

    async def lease(self, **changes: object) -> LeasedJob:
        """Add a job whose payload differs from the usual by ``changes``, and lease it."""
        payload = a_payload(**changes)
        await self.producer.add(JobRequest(payload=payload, job_id=str(payload["jobId"])))
        job = await self.queue.lease()
        assert job is not None
        return job

    @property
    def published(self) -> list[Path]:
        """The manifests that readers can see."""
        return sorted((self.folder / "previews").glob("*/*/preview-manifest.json"))

    @property
    def staged(self) -> list[Path]:
        """What is left of unfinished previews."""
        return [path for path in (self.folder / ".staging").glob("*/*") if path.is_dir()]


@asynccontextmanager
async def a_bench(
    folder: Path, renderer: FakeRenderer | None = None, fetcher: AssetFetcher | None = None
) -> AsyncIterator[Bench]:
    """Set up a bench whose queue is open."""
    jobs, recorder = MemoryStore(), Recorder()
    queue = MemoryQueue(jobs, QUICK, recorder)
    store = LocalStore(ArtifactSettings(data_dir=folder))
    renderer = renderer or FakeRenderer()
    executor = Executor(queue, renderer, store, recorder, fetcher=fetcher)
    await queue.open()
    try:
        yield Bench(folder, jobs, queue, MemoryProducer(jobs), renderer, recorder, store, executor)
    finally:
        await queue.close()
        await store.close()
