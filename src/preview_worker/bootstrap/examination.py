"""The examination behind ``doctor``: everything the worker needs, looked at once."""

from __future__ import annotations

import asyncio
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preview_worker.bootstrap.observers import Observers
from preview_worker.bootstrap.storage import open_lookout, open_store
from preview_worker.observability import redact
from preview_worker.queue import QueueUnavailableError
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.examination import Severity, examine_redis
from preview_worker.queue.permissions import acl_rule
from preview_worker.worker.inspection import WallInspector
from preview_worker.worker.nursery import Nursery

if TYPE_CHECKING:
    from preview_worker.settings import Settings

_REDIS_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at; ``detail`` says what was found, or what to do."""

    name: str
    ok: bool
    detail: str
    warning: bool = False
    """Works as it is, but somebody should look at it."""


async def examine(settings: Settings, system_trouble: str | None) -> list[Diagnosis]:
    """Look at everything that the worker needs. ``system_trouble`` names missing libraries."""
    return [
        Diagnosis("python", sys.version_info >= (3, 11), platform.python_version()),
        Diagnosis("system libraries", system_trouble is None, system_trouble or "all there"),
        _media(system_trouble),
        await _walls(settings, system_trouble),
        await look_at_storage(settings),
        *await look_at_assets(settings),
        *await look_at_redis(settings),
    ]


async def look_at_storage(settings: Settings) -> Diagnosis:
    """Try to write where previews are kept."""
    store = open_store(settings)
    refusal = await store.refusal()
    await store.close()
    place = str(settings.artifacts.data_dir)
    if settings.bucket.url:
        told = f"{place} can be written, {settings.bucket.url} answers"
        return Diagnosis("storage", refusal is None, refusal or told)
    return Diagnosis("data folder", refusal is None, refusal or f"{place} can be written")


async def look_at_assets(settings: Settings) -> list[Diagnosis]:
    """Ask for the bucket of assets, if there is one."""
    if (lookout := open_lookout(settings)) is None:
        return []
    refusal = await lookout.refusal()
    told = refusal or f"{settings.preview_assets_url} answers"
    return [Diagnosis("assets", refusal is None, told)]


async def look_at_redis(settings: Settings) -> list[Diagnosis]:
    """Ask Redis whether it is there, and fit for a queue; the first answer is named ``redis``."""
    address = redact(settings.queue.redis_url)
    try:
        async with asyncio.timeout(_REDIS_TIMEOUT_S):
            findings = await examine_redis(settings.queue)
    except TimeoutError:
        return [Diagnosis("redis", ok=False, detail=f"{address} does not answer")]
    except QueueUnavailableError as error:
        return [Diagnosis("redis", ok=False, detail=str(error))]
    return [
        await _jobs(settings, address),
        *(
            Diagnosis(
                finding.name,
                ok=finding.severity is not Severity.FAILURE,
                detail=finding.detail,
                warning=finding.severity is Severity.WARNING,
            )
            for finding in findings
        ),
    ]


def redis_acl(settings: Settings, secret: str) -> str:
    """Return the ACL line of a Redis user who may do what the worker needs and nothing else."""
    return acl_rule(settings.queue, secret)


def _media(system_trouble: str | None) -> Diagnosis:
    name = "media libraries"
    if system_trouble is not None:
        return Diagnosis(name, ok=False, detail="not tried: a system library is missing")
    try:
        from preview_worker.render import media_versions, warm_up  # noqa: PLC0415 -- may fail

        warm_up()
        versions = media_versions()
    except (ImportError, OSError) as error:
        return Diagnosis(name, ok=False, detail=str(error))
    return Diagnosis(name, ok=True, detail=", ".join(f"{k} {v}" for k, v in versions.items()))


async def _walls(settings: Settings, system_trouble: str | None) -> Diagnosis:
    """Try the walls around renders as a worker does at its start."""
    name = "sandbox"
    if system_trouble is not None:
        return Diagnosis(name, ok=False, detail="not tried: a system library is missing")
    nursery = Nursery()
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = await WallInspector(nursery, Observers(), settings.worker).inspect(Path(folder))
    finally:
        await nursery.close()
    if found.refusal is not None:
        return Diagnosis(name, ok=False, detail=found.refusal)
    detail = f"{found.mode}: {found.tried} ways out were tried, {len(found.ways_out)} are open"
    return Diagnosis(name, ok=True, detail=detail, warning=found.mode != "full")


async def _jobs(settings: Settings, address: str) -> Diagnosis:
    queue = BullQueue(settings.queue)
    try:
        counts = await queue.counts()
    except QueueUnavailableError as error:
        # It answers all the same; what it does not allow is told by its own line.
        return Diagnosis("redis", ok=True, detail=str(error), warning=True)
    finally:
        await queue.close()
    detail = f"{address} answers; {counts.ready} jobs ready in {settings.preview_queue_name}"
    return Diagnosis("redis", ok=True, detail=detail)
