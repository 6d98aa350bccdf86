"""Tells listeners of changes as server-sent events: without a gap, and never for nothing.

An event's id is a place in the queue's own stream of events: whoever has heard of it knows all that
happened up to there. So a browser whose connection broke goes on where it was, at whichever server
it arrives. What is told is always the state that things are in by now: an event may stand for
several, and never has to be added up.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from preview_worker.api.crier import Change
from preview_worker.api.problems import BAD_REQUEST, CROWDED, Problem
from preview_worker.queue import (
    QueueEvent,
    QueueUnavailableError,
    StreamGapError,
    is_place,
    order_of,
)

if TYPE_CHECKING:
    from preview_worker.api.keys import Principal
    from preview_worker.api.services import Services

Wording = Callable[[Change], bytes]
"""Puts a change into words for one listener; empty when it is none of their business."""

_HEARTBEAT_S = 15.0
_CAUGHT_UP = 1000
"""Events that are looked through for one who comes back; beyond that, everything is told anew."""
_CROWDED_S = 5
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


@dataclass(frozen=True, slots=True)
class Audience:
    """What somebody wants to hear of, and from where on."""

    wording: Wording
    last: str | None = None
    """The id of the last event that was heard before a break."""
    jobs: frozenset[str] | None = None
    """The only jobs that matter; None for all."""
    is_over: Callable[[], bool] = lambda: False
    """Whether there is no more to hear, once everything was told."""

    def __post_init__(self) -> None:
        """Raise ``Problem`` for a text that is no place in a stream."""
        if self.last is not None and not is_place(self.last):
            detail = f"The id of the last event: {self.last[:40]!r} is no place in a stream."
            raise Problem(BAD_REQUEST, detail)


def stream_changes(
    services: Services, audience: Audience, beginning: Iterable[Change] = ()
) -> StreamingResponse:
    """Answer with ``beginning``, what was missed, and then every change until it is over.

    Raises ``Problem`` where so many listen that no connection were left for anybody else.
    """
    if len(services.crier) >= services.max_listeners:
        detail = f"{services.max_listeners} streams are open at this server."
        raise Problem(CROWDED, detail, headers={"retry-after": str(_CROWDED_S)})
    told = _tell(services, audience, beginning)
    return StreamingResponse(told, media_type="text/event-stream", headers=dict(_HEADERS))


def event_text(place: str, name: str, data: object) -> bytes:
    """Lay out one event."""
    return at_place(place, event_body(name, data))


def event_body(name: str, data: object) -> bytes:
    """Lay out an event without its id, which is all that differs between those who hear it."""
    text = json.dumps(data, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()


def at_place(place: str, body: bytes) -> bytes:
    """Give an event its id."""
    return b"id: %s\n%s" % (place.encode(), body)


def removal_text(principal: Principal, change: Change) -> bytes:
    """Tell ``principal`` that a job was removed, if it is any of their business."""
    if change.project_id is None and principal.projects:
        return event_text(change.place, "reset", {})  # it was theirs, or it was not: let them look
    if change.project_id is not None and not principal.sees(change.project_id):
        return b""
    return event_text(change.place, "removed", {"id": change.job_id})


async def _tell(
    services: Services, audience: Audience, beginning: Iterable[Change]
) -> AsyncIterator[bytes]:
    # Listening begins before it is looked up what was missed: nothing falls between the two.
    with services.crier.listening(audience.jobs) as listener:
        missed = () if audience.last is None else await _missed_since(services, audience.last)
        yield b"retry: 1000\n\n" + b"".join(map(audience.wording, (*beginning, *missed)))
        while not (audience.is_over() and listener.is_waiting):
            try:
                async with asyncio.timeout(_HEARTBEAT_S):
                    changes = await listener.hear()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if changes is None:
                return
            if text := b"".join(map(audience.wording, changes)):
                yield text


async def _missed_since(services: Services, last: str) -> tuple[Change, ...]:
    """Return what changed after ``last``: each job once, or ``reset`` when that cannot be told.

    No id may promise more than the index knows: what it has not read yet, it tells when it has.
    """
    reset = (Change(services.keeper.place, "reset"),)
    try:
        events = await services.feed.after(last, _CAUGHT_UP)
    except (StreamGapError, QueueUnavailableError):
        return reset
    if len(events) == _CAUGHT_UP:
        return reset
    latest = {event.job_id: event for event in events}
    return tuple(
        _change_by(event, services.keeper.place)
        for event in sorted(latest.values(), key=lambda event: order_of(event.place))
    )


def _change_by(event: QueueEvent, known: str) -> Change:
    place = min(event.place, known, key=order_of)
    if not event.job_id:
        return Change(place, "queue")
    return Change(place, "removed" if event.name == "removed" else "job", event.job_id)
