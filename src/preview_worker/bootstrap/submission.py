"""The producer's side: adding jobs as the Node client does, and looking at them."""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from preview_worker.contract import (
    MAX_PARTS,
    PART_NAME,
    BatchPlan,
    ErrorCode,
    PartJob,
    PreviewError,
    in_client_words,
    part_id,
    read_job,
)
from preview_worker.events import JobSubmitted
from preview_worker.queue import (
    AddedJob,
    FlowRequest,
    JobProducer,
    JobRefusedError,
    JobRequest,
)
from preview_worker.queue.producer import BullProducer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from preview_worker.events import Observer
    from preview_worker.settings import Settings

_HIGH_PRIORITY = 1
_OTHER_PRIORITY = 2
_BEHIND = 2
"""What is added to the priority of parts: they come after all that somebody waits for. It is the
class in which the parts of all projects take turns."""


@asynccontextmanager
async def open_producer(settings: Settings) -> AsyncIterator[JobProducer]:
    """Yield a producer for the queue of ``settings``."""
    producer = BullProducer(settings.queue)
    try:
        yield producer
    finally:
        await producer.close()


async def submit_payload(
    raw: bytes,
    producer: JobProducer,
    settings: Settings,
    observer: Observer,
    batch: BatchPlan | None = None,
) -> AddedJob:
    """Check a payload, add it to the queue with the options of the Node client, and tell of it.

    With a ``batch``, its parts are added as well. Raises ``PreviewError`` for a payload that the
    worker would refuse, in the words with which the Node client refuses it, ``JobRefusedError`` for
    a batch that cannot be, and ``QueueFullError`` when too many jobs wait.
    """
    try:
        request = replace(checked_request(raw, settings), trace_context=settings.trace_context)
    except PreviewError as error:
        raise in_client_words(error) from None
    return await add_request(request, producer, settings, observer, batch)


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


def most_parts(settings: Settings) -> int:
    """Return how many parts a batch may have: they all have to fit into the queue."""
    return min(MAX_PARTS, settings.preview_queue_max)


def checked_flow(request: JobRequest, batch: BatchPlan, settings: Settings) -> FlowRequest:
    """Return a checked request as a job that waits for its parts.

    Raises ``JobRefusedError`` for more parts than could ever wait, ``PreviewError`` for a dry run.
    """
    if not 1 <= batch.parts <= most_parts(settings):
        told = f"A batch has 1 to {most_parts(settings)} parts here, not {batch.parts}"
        raise JobRefusedError(told)
    return flow_of(request, batch)


def flow_of(request: JobRequest, batch: BatchPlan) -> FlowRequest:
    """Return a checked request as a job that waits for its parts.

    One that is done is forgotten at once, lest it takes a place among the jobs that are kept; what
    it returned stays with the parent. Raises ``PreviewError`` for a dry run.
    """
    payload = batch.asked_of(request.payload)
    if payload["dryRun"]:
        raise PreviewError(ErrorCode.PAYLOAD, "A dry run films nothing, so it has no parts.")
    at_ms = time.time_ns() // 1_000_000
    project_id, request_id = str(payload["projectId"]), str(payload.get("requestId", ""))
    asked = replace(
        request,
        name=PART_NAME,
        priority=request.priority + _BEHIND,
        keep_completed=(request.keep_completed[0], 0),
    )
    parts = []
    for number in range(1, batch.parts + 1):
        job_id = part_id(str(request.job_id), number, at_ms)
        part = PartJob(job_id, project_id, request_id, number, batch.parts)
        parts.append(replace(asked, payload=part.payload(), job_id=job_id))
    whole = replace(request, payload=payload)
    fate: Literal["fail", "ignore"] = "fail" if batch.on_failure == "fail" else "ignore"
    return FlowRequest(whole, tuple(parts), fate, turn_of=project_id)


async def add_request(
    request: JobRequest,
    producer: JobProducer,
    settings: Settings,
    observer: Observer,
    batch: BatchPlan | None = None,
) -> AddedJob:
    """Add a job, with the parts of its ``batch`` if there is one, and tell of it.

    Raises ``QueueFullError`` when too many jobs wait, and ``JobRefusedError`` for more parts than
    could ever wait.
    """
    max_ready = settings.preview_queue_max
    if batch is None:
        added = await producer.add(request, max_ready=max_ready)
    else:
        flow = checked_flow(request, batch, settings)
        added = await producer.add_flow(flow, max_ready=max_ready)
    observer.observe(
        JobSubmitted(
            queue=settings.preview_queue_name,
            job_id=added.id,
            project_id=str(request.payload["projectId"]),
            duplicate=added.duplicate,
        )
    )
    return added
