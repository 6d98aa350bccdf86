"""Rendering by hand: one payload through the worker's own pipe, without Redis."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preview_worker.artifacts import PreviewStore
from preview_worker.artifacts.folder import FolderStore
from preview_worker.artifacts.local import LocalStore
from preview_worker.bootstrap.fetching import open_fetcher
from preview_worker.contract import ErrorCode, PreviewError, read_job
from preview_worker.queue import Completed, Failed, JobRequest, Retry
from preview_worker.queue.memory import MemoryQueue
from preview_worker.queue.memory_producer import MemoryProducer
from preview_worker.queue.store import MemoryStore
from preview_worker.worker import Executor
from preview_worker.worker.inline import InlineRenderer

if TYPE_CHECKING:
    from preview_worker.assets import AssetFetcher
    from preview_worker.events import Observer
    from preview_worker.settings import Settings


@dataclass(frozen=True, slots=True)
class HandmadePreview:
    """What came of a payload: the job's result, and its files for people to open."""

    result: Mapping[str, object]
    paths: tuple[str, ...]


async def render_payload(
    raw: bytes,
    settings: Settings,
    out: Path | None,
    observer: Observer,
    fetcher: AssetFetcher | None = None,
) -> HandmadePreview:
    """Render a payload into ``out``, or under DATA_DIR as a job from the queue would be.

    Assets from elsewhere come by ``fetcher``, if not by the one that the settings ask for.
    Raises ``PreviewError`` when there is no preview in the end.
    """
    job = read_job(raw, limits=settings.payload_limits).job
    store: PreviewStore = FolderStore(out) if out else LocalStore(settings.artifacts)
    root = out or settings.artifacts.data_dir
    jobs = MemoryStore()
    queue = MemoryQueue(jobs, settings.queue, observer)
    await queue.open()
    try:
        await MemoryProducer(jobs).add(JobRequest(payload=json.loads(raw), job_id=job.job_id))
        leased = await queue.lease()
        if leased is None:
            raise PreviewError(ErrorCode.INTERNAL)
        renderer = InlineRenderer(settings.render)
        executor = Executor(
            queue,
            renderer,
            store,
            observer,
            settings.payload_limits,
            fetcher=fetcher or open_fetcher(settings),
        )
        outcome = await executor.execute(leased)
        await queue.settle(leased, outcome)
    finally:
        await queue.close()
        await store.close()
    match outcome:
        case Completed(result=result):
            return HandmadePreview(result, _paths(result, root))
        case Failed(code=code, reason=reason) | Retry(code=code, reason=reason):
            raise PreviewError(ErrorCode.of(code), reason)
        case _:
            raise PreviewError(ErrorCode.INTERNAL)


def _paths(result: Mapping[str, object], root: Path) -> tuple[str, ...]:
    artifacts = result["artifacts"]
    if not isinstance(artifacts, list):
        return ()
    return tuple(str(root / artifact["path"]) for artifact in artifacts)
