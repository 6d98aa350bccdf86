"""Routes that tell of the whole queue, and steer it."""

from __future__ import annotations

from fastapi import APIRouter

from preview_worker.api.description import answers
from preview_worker.api.documents import QueueDocument
from preview_worker.api.problems import QUEUE_AWAY
from preview_worker.api.services import Operator, Reader, Served, Services

router = APIRouter(prefix="/queue", tags=["queue"], responses=answers(QUEUE_AWAY))


@router.get("")
async def show_queue(services: Served, _: Reader) -> QueueDocument:
    """Count the jobs by state."""
    return await queue_document(services)


@router.post("/pause")
async def pause_queue(services: Served, _: Operator) -> QueueDocument:
    """Have no worker take a job any more; running jobs go on."""
    await services.controls.pause()
    return await queue_document(services)


@router.post("/resume")
async def resume_queue(services: Served, _: Operator) -> QueueDocument:
    """Undo a pause."""
    await services.controls.resume()
    return await queue_document(services)


async def queue_document(services: Services) -> QueueDocument:
    """Return the queue at a glance."""
    counts = await services.controls.counts()
    return QueueDocument(
        name=services.queue_name,
        paused=counts.paused,
        waiting=counts.waiting,
        prioritized=counts.prioritized,
        active=counts.active,
        delayed=counts.delayed,
        waiting_children=counts.waiting_children,
        completed=counts.completed,
        failed=counts.failed,
        total=counts.total,
    )
