"""The enclosure of each render: its own folders, and as much of the machine as it may use."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from preview_worker.artifacts import folder_name
from preview_worker.render import trim_caches, wants_live
from preview_worker.worker.walls import Ceilings, Enclosure

if TYPE_CHECKING:
    from preview_worker.contract import PreviewJob
    from preview_worker.render import RenderSettings
    from preview_worker.worker.ports import RenderTask
    from preview_worker.worker.settings import WorkerSettings


def with_own_cache(settings: RenderSettings, job: PreviewJob) -> RenderSettings:
    """Return ``settings`` with the part of the cache that belongs to the job's project.

    What a render keeps was decoded from what strangers sent, so no other project ever reads it.
    """
    if settings.cache_dir is None:
        return settings
    name = folder_name(job.project_id, fold_case=True)
    return replace(settings, cache_dir=settings.cache_dir / name)


async def trim(settings: RenderSettings) -> None:
    """Keep the caches of all projects together within their limit, in a thread."""
    if settings.cache_dir is not None:
        await asyncio.to_thread(trim_caches, settings.cache_dir, settings.cache_max_bytes)


def enclose(task: RenderTask, render: RenderSettings, settings: WorkerSettings) -> Enclosure:
    """Return what the process of ``task`` may touch; folders that it may write are made.

    Raises ``OSError`` when the one to watch the preview in cannot be; without a cache a render is
    only slower.
    """
    writable = [task.directory]
    if render.cache_dir is not None:
        with suppress(OSError):
            render.cache_dir.mkdir(parents=True, exist_ok=True)
            writable.append(render.cache_dir)
    if task.live is not None and wants_live(task.job):
        task.live.mkdir(parents=True, exist_ok=True)
        writable.append(task.live)
    fetched = (place for place in task.fetched.values() if isinstance(place, Path))
    return Enclosure(
        readable=(*(root.resolve() for root in render.asset_roots), *fetched),
        writable=tuple(writable),
        ceilings=ceilings_of(settings),
        required=settings.sandbox == "required",
    )


def ceilings_of(settings: WorkerSettings) -> Ceilings:
    """Return the most that one process of a render may use up."""
    return Ceilings(
        memory_bytes=settings.memory_max_bytes,
        cpu_s=settings.cpu_max_s or math.ceil(settings.render_timeout_s),
        file_bytes=settings.output_max_bytes,
    )
