"""Jobs for tests of whole workers: short and long ones, how they are added, how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from preview_worker.queue import JobRequest, JobStatus, QueueSettings
from preview_worker.queue.producer import BullProducer
from tests.fakes.payloads import a_payload, a_request

SHORT = {"steps": [], "options": {"resolution": "320x180"}}
"""A request that renders in well under a second."""

LONG_OPTIONS: dict[str, object] = {
    "resolution": "1280x720",
    "transition": {"type": "crossfade", "durationSec": 1},
}

LONG = {
    "steps": [{"text": f"Step {n}. " + "Draw a card and pass the lamp. " * 8} for n in range(24)],
    "options": LONG_OPTIONS,
}
"""A request that takes some seconds to render: in a crossfade, every frame has to be painted."""


def add(settings: QueueSettings, request: Mapping[str, object], **changes: object) -> None:
    """Add a job with the options of the Node client."""
    payload = a_payload(previewRequest=a_request(**request), **changes)

    async def run() -> None:
        producer = BullProducer(settings)
        await producer.add(JobRequest(payload=payload, job_id=str(payload["jobId"]), priority=2))
        await producer.close()

    asyncio.run(run())


def ended(settings: QueueSettings, job_id: str = "job-1") -> JobStatus:
    """Return a job's final status, as soon as it has one."""

    async def run() -> JobStatus:
        producer = BullProducer(settings)
        last = None
        async with asyncio.timeout(60):
            async for status in producer.watch(job_id):
                last = status
        await producer.close()
        assert last is not None
        return last

    return asyncio.run(run())


async def status_of(settings: QueueSettings, job_id: str = "job-1") -> JobStatus:
    """Return the status of a job that must exist."""
    producer = BullProducer(settings)
    status = await producer.status(job_id)
    await producer.close()
    assert status is not None
    return status


def manifests(data_dir: Path) -> list[Path]:
    """Return all manifests that readers can see."""
    return sorted((data_dir / "previews").glob("*/*/preview-manifest.json"))
