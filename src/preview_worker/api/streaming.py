"""Routes that tell of changes as they happen, for programs."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from starlette.responses import StreamingResponse

from preview_worker.api.crier import Change
from preview_worker.api.description import Answers, answers
from preview_worker.api.documents import JobLine
from preview_worker.api.keys import Principal
from preview_worker.api.looking import JobId, find_job, seen
from preview_worker.api.problems import CROWDED, NOT_FOUND, QUEUE_AWAY
from preview_worker.api.services import Reader, Served, Services
from preview_worker.api.summaries import FINAL, JobSummary, summarise
from preview_worker.api.telling import (
    Audience,
    Wording,
    at_place,
    event_body,
    event_text,
    removal_text,
    stream_changes,
)

router = APIRouter(tags=["events"])

_NOTHING_MORE = 204
_LINES_KEPT = 512
_STREAM: Answers = {
    200: {"description": "Server-sent events", "content": {"text/event-stream": {}}},
    **answers(QUEUE_AWAY, CROWDED),
}
_STREAM_OF_ONE: Answers = {
    **_STREAM,
    _NOTHING_MORE: {"description": "The job has ended, and that was told before"},
    **answers(NOT_FOUND),
}

LastEventId = Annotated[
    str | None, Header(description="The id of the last event that arrived before a break")
]
After = Annotated[str | None, Query(max_length=40, description="The same, for new connections")]


@router.get("/events", response_class=StreamingResponse, responses=_STREAM)
async def stream_events(
    services: Served,
    principal: Reader,
    job: Annotated[list[str] | None, Query(max_length=50, description="These jobs only")] = None,
    last_event_id: LastEventId = None,
    after: After = None,
) -> Response:
    """Tell of every change: ``job`` with its line, ``removed``, ``queue``, and ``reset``.

    After ``reset`` everything may have changed.
    """
    jobs = None if job is None else frozenset(job)
    audience = Audience(_wording(services, principal), last_event_id or after, jobs)
    return stream_changes(services, audience)


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses=_STREAM_OF_ONE,
)
async def stream_job(
    job_id: JobId,
    services: Served,
    principal: Reader,
    last_event_id: LastEventId = None,
    after: After = None,
) -> Response:
    """Tell how a job is now and at every change, until it has ended."""
    job = summarise(await find_job(services, principal, job_id))
    if (last_event_id or after) is not None and job.state in FINAL:
        return Response(status_code=_NOTHING_MORE)  # has browsers stop asking
    await services.keeper.refresh([job_id])

    def is_over() -> bool:
        known = services.keeper.index.get(job_id)
        return known is None or known.state in FINAL

    wording = _wording(services, principal)

    def told(change: Change) -> bytes:
        """Tell of the job itself where everything may have changed: it is all there is to see."""
        again = Change(change.place, "job", job_id)
        return wording(again if change.topic == "reset" else change)

    now = Change(services.keeper.place, "job", job_id)
    audience = Audience(told, jobs=frozenset({job_id}), is_over=is_over)
    return stream_changes(services, audience, (now,))


def _wording(services: Services, principal: Principal) -> Wording:
    """Return how changes are told to ``principal``."""

    def told(change: Change) -> bytes:
        if change.topic in ("queue", "reset"):
            return event_text(change.place, change.topic, {})
        if change.topic == "removed":
            return removal_text(principal, change)
        job = seen(principal, services.keeper.index.get(change.job_id))
        return b"" if job is None else at_place(change.place, _line_of(job))

    return told


@lru_cache(_LINES_KEPT)
def _line_of(job: JobSummary) -> bytes:
    """Lay out the event of a job: once, however many listen."""
    return event_body("job", JobLine.of(job).model_dump(mode="json"))
