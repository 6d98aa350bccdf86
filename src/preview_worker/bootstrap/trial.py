"""A trial: a worker with a Redis of its own, to see what it does without setting anything up."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from preview_worker.bootstrap.assembly import WorkerProcess
from preview_worker.bootstrap.observers import Observers
from preview_worker.events import JobSubmitted
from preview_worker.queue import JobRequest
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from preview_worker.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from preview_worker.events import Observer
    from preview_worker.queue import JobStatus

SAMPLE_FOLDER = Path(__file__).parents[1] / "sample"
_NAMING_REDIS = {
    "redis_url",
    "redis_host",
    "redis_port",
    "preview_redis_sentinels",
    "preview_redis_cluster",
}


class TrialStack:
    """Redis, worker and producer in one process, for as long as the ``async with`` block runs.

    When the settings name a Redis, that one is used; else one is started under DATA_DIR.
    """

    def __init__(self, settings: Settings, *observers: Observer, pages: bool = False) -> None:
        """Run with ``settings``; what happens is told to ``observers``.

        With ``pages`` the HTTP interface is served beside the probes.
        """
        self._pages = pages
        self._given = settings
        self._observers = observers
        self._stack = AsyncExitStack()
        self._working: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start everything. Raises what the parts raise when they cannot start."""
        try:
            self.settings = await self._with_redis()
            self.worker = WorkerProcess(
                self.settings, Observers(*self._observers), pages=self._pages
            )
            self._producer = BullProducer(self.settings.queue)
            self._stack.push_async_callback(self._producer.close)
            self._working = asyncio.create_task(self.worker.run(signals=False))
            self._stack.push_async_callback(self._stop_worker)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything that was started."""
        await self._stack.aclose()

    async def submit(self, request: JobRequest) -> AsyncIterator[JobStatus]:
        """Add a job and yield its status until it has ended."""
        added = await self._producer.add(request)
        self.worker.observers.observe(
            JobSubmitted(
                queue=self.settings.preview_queue_name,
                job_id=added.id,
                project_id=str(request.payload.get("projectId", "")),
                duplicate=added.duplicate,
            )
        )
        changes = self._producer.watch(added.id)
        while (status := await self._unless_worker_ends(changes)) is not None:
            yield status

    async def stay(self) -> None:
        """Return when the worker has ended."""
        if self._working is not None:
            await self._working

    async def _unless_worker_ends(self, changes: AsyncIterator[JobStatus]) -> JobStatus | None:
        async def next_change() -> JobStatus | None:
            return await anext(changes, None)

        waiting = asyncio.create_task(next_change())
        ends = {waiting} if self._working is None else {waiting, self._working}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            await self.stay()  # raises what ended the worker
            return None
        return waiting.result()

    async def _with_redis(self) -> Settings:
        if self._given.model_fields_set & _NAMING_REDIS:
            return self._given
        redis = EmbeddedRedis(self._given.data_dir.absolute() / "redis")
        url = await asyncio.to_thread(redis.start)
        self._stack.push_async_callback(asyncio.to_thread, redis.stop)
        overrides = self._given.model_dump(exclude_unset=True)
        return load_settings(**{**overrides, "redis_url": url})

    async def _stop_worker(self) -> None:
        self.worker.runner.stop()
        self.worker.runner.stop()
        await asyncio.wait([self._working]) if self._working else None


def sample_asset_root() -> Path:
    """Return the folder of the sample's pictures."""
    return SAMPLE_FOLDER


def sample_request(job_id: str) -> JobRequest:
    """Return the sample tutorial as a job to add, under the id ``job_id``."""
    payload = json.loads((SAMPLE_FOLDER / "sample-tutorial.json").read_bytes())
    return JobRequest(payload={**payload, "jobId": job_id}, job_id=job_id)
