"""Spans of requests over HTTP, as OpenTelemetry's conventions for servers say."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from preview_worker.events import TraceContext
from preview_worker.observability.traces.tracing import Outline, Tracing, place_of, sendable

_METHODS = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
_OTHER = "_OTHER"
_UNNAMED = "HTTP"
_SERVER_ERROR = 500


class RequestSpans:
    """Begins a span for each request."""

    def __init__(self, tracing: Tracing, clock: Callable[[], float] = time.time) -> None:
        """Begin spans by ``tracing``; ``clock`` tells POSIX seconds."""
        self._tracing = tracing
        self._clock = clock

    def begin(self, method: str, path: str, parent: TraceContext | None) -> OpenRequest:
        """Begin the span of a request. Its query is left out, which may hold what is secret."""
        known = method if method in _METHODS else _OTHER
        own = TraceContext.derived(os.urandom(24).hex())
        outline = Outline(
            known if known != _OTHER else _UNNAMED,
            own if parent is None else parent.child(own.span_id),
            self._clock(),
            parent,
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": known,
                "url.path": sendable(path),
                "url.scheme": "http",
            },
        )
        return OpenRequest(self._tracing.begin(outline), outline.name)


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """The span of a request that is being answered."""

    span: Span
    method: str

    @property
    def context(self) -> TraceContext:
        """Where it is in its trace."""
        return place_of(self.span)

    def end(self, route: str, status: int | None) -> None:
        """End it: named after the route's template, failed where we did not do our part."""
        if route:
            self.span.update_name(f"{self.method} {route}")
            self.span.set_attribute("http.route", route)
        if status is not None:
            self.span.set_attribute("http.response.status_code", status)
        if status is None or status >= _SERVER_ERROR:
            self.span.set_attribute("error.type", "aborted" if status is None else str(status))
            self.span.set_status(Status(StatusCode.ERROR))
        self.span.end()
