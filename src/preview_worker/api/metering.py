"""Measures requests as OpenTelemetry's conventions for HTTP say.

Labels have few values whatever strangers send: a route is told as its template, an address that is
no route as none, and a method that nobody has heard of as ``_OTHER``.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from fastapi.routing import APIRoute
from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
_OTHER = "_OTHER"
_STREAM = "text/event-stream"


class RequestMeter(Protocol):
    """Somebody who counts requests."""

    def began(self, method: str) -> None:
        """Count a request whose head has come."""

    def ended(self, method: str) -> None:
        """Count a request that is done with, whatever came of it."""

    def answered(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count an answer; ``status`` is empty for one that was not begun."""

    def listening(self, clients: int) -> None:
        """Count so many more clients who listen to events, or fewer."""


class Metered:
    """An ASGI application that is measured.

    The answer to one who listens to events ends when that one leaves, which says nothing of how
    fast we are; so what counts there is the time until it begins.
    """

    def __init__(self, app: ASGIApp, meter: RequestMeter) -> None:
        """Tell ``meter`` of all requests that ``app`` answers."""
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        begun_s, status, streams = time.perf_counter(), "", False

        def answered() -> None:
            self._meter.answered(method, route_of(scope), status, time.perf_counter() - begun_s)

        async def send_measured(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = str(message["status"])
                if streams_events(message):
                    streams = True
                    answered()
                    self._meter.listening(1)
            await send(message)

        self._meter.began(method)
        try:
            await self._app(scope, receive, send_measured)
        finally:
            self._meter.ended(method)
            if streams:
                self._meter.listening(-1)
            else:
                answered()


def streams_events(head: Message) -> bool:
    """Tell whether an answer goes on until the client leaves, by its head."""
    return Headers(raw=head["headers"]).get("content-type", "").startswith(_STREAM)


def route_of(scope: Scope) -> str:
    """Return the template of the route that was found; empty where none was.

    A route knows its template without the prefix under which it was included. That is what the
    address has in front of the template once it is filled in.
    """
    route, path, values = scope.get("route"), scope["path"], scope.get("path_params") or {}
    if isinstance(route, APIRoute):
        filled = route.path_format.format(**values)
        prefix = path.removesuffix(filled)
        return f"{prefix if prefix != path else ''}{route.path}"
    return str(path) if "endpoint" in scope and not values else ""
