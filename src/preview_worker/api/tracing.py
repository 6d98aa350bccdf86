"""Follows the trace of each request: the client's, or one that begins here.

Whatever a request leads to, such as a job that is added, finds the trace as the current one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.datastructures import Headers

from preview_worker.api.metering import route_of, streams_events
from preview_worker.api.probes import PROBES
from preview_worker.events import TraceContext, within_trace

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TRACE = "trace"


class RequestSpan(Protocol):
    """The span of one request."""

    @property
    def context(self) -> TraceContext:
        """Where it is in its trace."""

    def end(self, route: str, status: int | None) -> None:
        """End it, once; ``status`` is None where no answer was begun."""


class RequestTracer(Protocol):
    """Somebody who records requests."""

    def begin(self, method: str, path: str, parent: TraceContext | None) -> RequestSpan:
        """Begin a span below the client's, if that one has one."""


class Traced:
    """An ASGI application whose requests are traced, probes excepted."""

    def __init__(self, app: ASGIApp, tracer: RequestTracer | None) -> None:
        """Have ``tracer`` record requests for ``app``; without one, clients' traces go on."""
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        theirs = TraceContext.read(Headers(scope=scope))
        if self._tracer is None:
            await self._follow(theirs, scope, receive, send)
            return
        span = self._tracer.begin(scope["method"], scope["path"], theirs)
        status: int | None = None
        ended = False

        def end() -> None:
            nonlocal ended
            if not ended:
                ended = True
                span.end(route_of(scope), status)

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if streams_events(message):  # they end when the client leaves
                    end()
            await send(message)

        try:
            await self._follow(span.context, scope, receive, send_traced)
        finally:
            end()

    async def _follow(
        self, trace: TraceContext | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        scope.setdefault("state", {})[_TRACE] = trace
        with within_trace(trace):
            await self._app(scope, receive, send)


def trace_id_of(scope: Scope) -> str | None:
    """Return the id of the trace that the request is part of, if of any."""
    state = scope.get("state", {})
    trace = state[_TRACE] if _TRACE in state else TraceContext.read(Headers(scope=scope))
    return None if trace is None else trace.trace_id
