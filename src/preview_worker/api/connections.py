"""Keeps slow strangers from holding the port.

uvicorn puts no limit on how long a client may take to send its request, and answers 503 to
everybody once too many do. Here the head of a request has to arrive within seconds, and so has its
body; an answer that nobody reads is given up. When there are too many connections, the oldest whose
request is not there yet makes room, so that a probe always gets in. One that is being answered is
never cut for another: somebody watches a preview on it, or a stream of events.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol, RequestResponseCycle

from preview_worker.api.envelope import new_request_id
from preview_worker.api.problems import (
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    Problem,
    problem_response,
)

if TYPE_CHECKING:
    from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection may keep the server waiting, in seconds."""

    head_s: float
    """For the whole head of a request, its first as well as any later one."""
    body_s: float = 10.0
    """For its whole body, once the head is there."""
    stall_s: float = 30.0
    """For a client to take anything of an answer that is ready for it."""


class Visit:
    """One open connection and what it is being waited for."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Begin with waiting for nothing."""
        self.transport = transport
        self.busy = False
        """Whether a request is being answered."""
        self._in_body = False
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    def await_head(self, within_s: float) -> None:
        """Cut the connection unless the head of a request is there in time."""
        self.busy = self._in_body = False
        self._set_deadline(within_s)

    def await_body(self, within_s: float) -> None:
        """Cut the connection unless the rest of the request is there in time, all of it."""
        if not self._in_body:
            self._in_body = True
            self._set_deadline(within_s)

    def answer(self) -> None:
        """The request is there: its answer may take as long as it takes."""
        self.busy, self._in_body = True, False
        self._set_deadline(None)

    def stall(self, within_s: float) -> None:
        """Cut the connection unless the client takes something of its answer in time."""
        self.flow()
        loop = asyncio.get_running_loop()
        self._stall = loop.call_later(within_s, self.transport.abort)

    def flow(self) -> None:
        """The client takes its answer."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def end(self) -> None:
        """The connection is gone."""
        self._set_deadline(None)
        self.flow()

    def _set_deadline(self, within_s: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if within_s is not None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(within_s, self.transport.abort)


class Connections:
    """The open connections of one server, oldest first."""

    def __init__(self, limit: int, patience: Patience) -> None:
        """Allow ``limit`` connections at a time."""
        self._limit = limit
        self.patience = patience
        self._visits: dict[Visit, None] = {}

    def __len__(self) -> int:
        """Count the open connections."""
        return len(self._visits)

    def admit(self, transport: asyncio.Transport) -> Visit:
        """Let a connection in; if that is one too many, one that says nothing is cut for it."""
        visit = Visit(transport)
        self._visits[visit] = None
        visit.await_head(self.patience.head_s)
        if len(self._visits) > self._limit:
            # The newcomer itself waits as well: it goes when all others are being answered.
            waiting = next(one for one in self._visits if not one.busy)
            self.forget(waiting)
            waiting.transport.abort()
        return visit

    def forget(self, visit: Visit) -> None:
        """Strike out a connection that has ended."""
        visit.end()
        self._visits.pop(visit, None)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 for clients that may not be friends."""

    entered: ClassVar[Connections]
    """Where every connection is entered."""

    def connection_made(
        self,
        transport: asyncio.Transport,  # type: ignore[override]  # uvicorn narrows it too
    ) -> None:
        """Enter the connection."""
        super().connection_made(transport)
        self._visit = self.entered.admit(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Strike it out."""
        self.entered.forget(self._visit)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """See how far the request has come."""
        super().handle_events()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete or self._visit.busy:
            return
        if self.conn.their_state is h11.SEND_BODY:
            self._visit.await_body(self.entered.patience.body_s)
        else:
            self._visit.answer()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 -- uvicorn says the same to all
        """Refuse what is no HTTP, with a problem document like any other, and hang up."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()  # the answer to the request has begun; it cannot be taken back
            return
        refusal = _refusal_of(sys.exc_info()[1])
        status = refusal.status_code
        headers = [*refusal.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status]),
            h11.Data(data=bytes(refusal.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event))
        self.transport.close()

    def on_response_complete(self) -> None:
        """Wait for the next request, if there may be one."""
        if not self.transport.is_closing():
            self._visit.await_head(self.entered.patience.head_s)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client has enough to read."""
        self._visit.stall(self.entered.patience.stall_s)
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has read some of it."""
        self._visit.flow()
        super().resume_writing()


def _refusal_of(error: BaseException | None) -> Response:
    """Return the answer to bytes that h11 cannot read, for the reason that it gives."""
    if getattr(error, "error_status_hint", 0) == HEAD_TOO_LARGE.status:
        problem = Problem(HEAD_TOO_LARGE, "The head of a request is too long.")
    else:
        problem = Problem(BAD_REQUEST, "It is no request of HTTP/1.1.")
    return problem_response(problem, request_id=new_request_id())


def bounded_protocol(connections: Connections) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol with every connection entered in ``connections``."""
    return type("EnteredProtocol", (BoundedProtocol,), {"entered": connections})
