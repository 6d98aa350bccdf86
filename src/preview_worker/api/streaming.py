"""Routes that tell of changes as they happen, as server-sent events.

An event's id is its place in the queue's own stream of events, so that a browser whose connection
broke goes on where it was, at whichever server it arrives. What is told is always the state that
things are in by now: an event may stand for several, and never has to be added up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from starlette.responses import StreamingResponse

from preview_worker.api.crier import Change, Listener, TooSlowError
from preview_worker.api.documents import JobLine
from preview_worker.api.keys import Principal
from preview_worker.api.looking import JobId, find_job, seen
from preview_worker.api.problems import BAD_REQUEST, Problem
from preview_worker.api.services import Reader, Served, Services
from preview_worker.api.summaries import JobSummary, summarise
from preview_worker.queue import JobState, StreamGapError

router = APIRouter(tags=["events"])

_HEARTBEAT_S = 15.0
_CAUGHT_UP = 1000
"""Events that are looked through for one who comes back; beyond that, everything is told anew."""
_FINAL = {JobState.COMPLETED, JobState.FAILED}
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_NOTHING_MORE = 204
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events", "content": {"text/event-stream": {}}}
}

LastEventId = Annotated[
    str | None, Header(description="The id of the last event that arrived before a break")
]


@router.get("/events", response_class=StreamingResponse, responses=_STREAM)
async def stream_events(
    services: Served,
    principal: Reader,
    job: Annotated[list[str] | None, Query(max_length=50, description="These jobs only")] = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Tell of every change: ``job`` with its line, ``removed``, ``queue``, and ``reset``.

    After ``reset`` everything may have changed.
    """
    wanted = None if job is None else frozenset(job)
    return await _stream(services, _Teller(services, principal, wanted), last_event_id)


@router.get(
    "/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={**_STREAM, 204: {"description": "The job has ended, and that was told before"}},
)
async def stream_job(
    job_id: JobId, services: Served, principal: Reader, last_event_id: LastEventId = None
) -> Response:
    """Tell how a job is now and at every change, until it has ended."""
    record = await find_job(services, principal, job_id)
    job = summarise(record)
    if last_event_id is not None and job.state in _FINAL:
        return Response(status_code=_NOTHING_MORE)  # has browsers stop asking
    if job_id not in services.keeper.index:
        await services.keeper.refresh([job_id])
    return await _stream(services, _Teller(services, principal, frozenset({job_id}), job), None)


async def _stream(services: Services, teller: _Teller, last: str | None) -> StreamingResponse:
    missed: tuple[Change, ...] = ()
    if last is not None:
        try:
            missed = await _missed(services, last)
        except ValueError as error:
            raise Problem(BAD_REQUEST, f"Last-Event-ID: {error}.") from None
    return StreamingResponse(
        teller.tell(missed), media_type="text/event-stream", headers=dict(_HEADERS)
    )


async def _missed(services: Services, last: str) -> tuple[Change, ...]:
    """Return what changed after ``last``: each job once, or ``reset`` when that cannot be told."""
    try:
        events = await services.feed.after(last, _CAUGHT_UP)
    except StreamGapError:
        events = None
    if events is None or len(events) == _CAUGHT_UP:
        return (Change(services.keeper.place, "reset"),)
    latest = {event.job_id: event.place for event in events if event.job_id}
    return tuple(Change(place, "job", job_id) for job_id, place in latest.items())


class _Teller:
    """Tells one listener of changes, as text."""

    def __init__(
        self,
        services: Services,
        principal: Principal,
        wanted: frozenset[str] | None,
        first: JobSummary | None = None,
    ) -> None:
        """Tell of the ``wanted`` jobs, or of all. ``first`` is told at once; its end is the end."""
        self._services = services
        self._principal = principal
        self._wanted = wanted
        self._first = first

    async def tell(self, missed: tuple[Change, ...]) -> AsyncIterator[str]:
        """Yield events until the listener goes, or there is nothing more to tell."""
        with self._services.crier.listening() as listener:
            yield "retry: 1000\n\n"
            if self._first is not None:
                yield _event(self._services.keeper.place, "job", _line(self._first))
            for change in missed:
                yield self._told(change)
            async for text in self._heard(listener):
                yield text

    async def _heard(self, listener: Listener) -> AsyncIterator[str]:
        while not self._is_over():
            try:
                async with asyncio.timeout(_HEARTBEAT_S):
                    change = await listener.hear()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            except TooSlowError:
                return  # it comes back with the last id that it has seen
            if change is None:
                return
            if text := self._told(change):
                yield text

    def _is_over(self) -> bool:
        if self._first is None:
            return False
        job = self._services.keeper.index.get(self._first.id)
        return job is None or job.state in _FINAL

    def _told(self, change: Change) -> str:
        """Return a change as an event; empty when it is none of the listener's business."""
        if change.topic in ("queue", "reset"):
            return _event(change.place, change.topic, {})
        if self._wanted is not None and change.job_id not in self._wanted:
            return ""
        if change.topic == "removed":
            return _event(change.place, "removed", {"id": change.job_id})
        job = seen(self._principal, self._services.keeper.index.get(change.job_id))
        return _event(change.place, "job", _line(job)) if job else ""


def _line(job: JobSummary) -> dict[str, object]:
    return JobLine.of(job).model_dump(mode="json")


def _event(place: str, name: str, data: object) -> str:
    text = json.dumps(data, separators=(",", ":"))
    return f"id: {place}\nevent: {name}\ndata: {text}\n\n"
