"""The producer's side: adding jobs as the Node client does, and looking at them."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from preview_worker.contract import PreviewError, in_client_words, read_job
from preview_worker.events import JobSubmitted
from preview_worker.queue import AddedJob, JobProducer, JobRequest
from preview_worker.queue.producer import BullProducer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from preview_worker.events import Observer
    from preview_worker.settings import Settings

_HIGH_PRIORITY = 1
_OTHER_PRIORITY = 2


@asynccontextmanager
async def open_producer(settings: Settings) -> AsyncIterator[JobProducer]:
    """Yield a producer for the queue of ``settings``."""
    producer = BullProducer(settings.queue)
    try:
        yield producer
    finally:
        await producer.close()


async def submit_payload(
    raw: bytes, producer: JobProducer, settings: Settings, observer: Observer
) -> AddedJob:
    """Check a payload, add it to the queue with the options of the Node client, and tell of it.

    Raises ``PreviewError`` for a payload that the worker would refuse, in the words with which
    the Node client refuses it, and ``QueueFullError`` when too many jobs wait.
    """
    try:
        request = replace(checked_request(raw, settings), trace_context=settings.trace_context)
    except PreviewError as error:
        raise in_client_words(error) from None
    return await add_request(request, producer, settings, observer)


def checked_request(raw: bytes, settings: Settings) -> JobRequest:
    """Return a payload as the job that the Node client would make of it.

    Raises ``PreviewError`` for a payload that the worker would refuse, in the worker's words.
    """
    job = read_job(raw, limits=settings.payload_limits).job
    return JobRequest(
        payload=json.loads(raw),
        job_id=job.job_id,
        priority=_HIGH_PRIORITY if job.priority == "high" else _OTHER_PRIORITY,
    )


async def add_request(
    request: JobRequest, producer: JobProducer, settings: Settings, observer: Observer
) -> AddedJob:
    """Add a job and tell of it; raise ``QueueFullError`` when too many jobs wait."""
    added = await producer.add(request, max_ready=settings.preview_queue_max)
    observer.observe(
        JobSubmitted(
            queue=settings.preview_queue_name,
            job_id=added.id,
            project_id=str(request.payload["projectId"]),
            duplicate=added.duplicate,
        )
    )
    return added
