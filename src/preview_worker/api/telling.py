"""Tells listeners of changes as server-sent events: without a gap, and never for nothing.

An event's id is its place in the queue's own stream of events, so that a browser whose connection
broke goes on where it was, at whichever server it arrives. What is told is always the state that
things are in by now: an event may stand for several, and never has to be added up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from preview_worker.api.crier import Change, Listener, TooSlowError
from preview_worker.api.problems import BAD_REQUEST, Problem
from preview_worker.queue import StreamGapError

if TYPE_CHECKING:
    from preview_worker.api.services import Services

Wording = Callable[[Change], str]
"""Puts a change into words for one listener; empty when it is none of their business."""

_HEARTBEAT_S = 15.0
_CAUGHT_UP = 1000
"""Events that are looked through for one who comes back; beyond that, everything is told anew."""
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


async def missed_since(services: Services, last: str | None) -> tuple[Change, ...]:
    """Return what changed after ``last``: each job once, or ``reset`` when that cannot be told.

    Raises ``Problem`` for a text that is no place in the stream.
    """
    if last is None:
        return ()
    try:
        events = await services.feed.after(last, _CAUGHT_UP)
    except ValueError as error:
        raise Problem(BAD_REQUEST, f"The id of the last event: {error}.") from None
    except StreamGapError:
        return (Change(services.keeper.place, "reset"),)
    if len(events) == _CAUGHT_UP:
        return (Change(services.keeper.place, "reset"),)
    latest = {event.job_id: event.place for event in events if event.job_id}
    return tuple(Change(place, "job", job_id) for job_id, place in latest.items())


def stream_changes(
    services: Services,
    beginning: Sequence[Change],
    wording: Wording,
    is_over: Callable[[], bool] = lambda: False,
) -> StreamingResponse:
    """Answer with ``beginning`` and then every change, until the listener goes or it is over."""
    told = _tell(services, beginning, wording, is_over)
    return StreamingResponse(told, media_type="text/event-stream", headers=dict(_HEADERS))


def event_text(place: str, name: str, data: object) -> str:
    """Lay out one event."""
    text = json.dumps(data, separators=(",", ":"))
    return f"id: {place}\nevent: {name}\ndata: {text}\n\n"


async def _tell(
    services: Services,
    beginning: Sequence[Change],
    wording: Wording,
    is_over: Callable[[], bool],
) -> AsyncIterator[str]:
    with services.crier.listening() as listener:
        yield "retry: 1000\n\n"
        for change in beginning:
            if text := wording(change):
                yield text
        while not is_over():
            try:
                change_heard = await _hear(listener)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if change_heard is None:
                return
            if text := wording(change_heard):
                yield text


async def _hear(listener: Listener) -> Change | None:
    """Return the next change; None when there is none to come, or the listener is too slow.

    One that is too slow comes back with the last id that it has seen.
    """
    async with asyncio.timeout(_HEARTBEAT_S):
        try:
            return await listener.hear()
        except TooSlowError:
            return None
