"""Answers to those who look after the worker: orchestrators, dashboards, Prometheus."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from preview_worker.api.envelope import request_id_of
from preview_worker.api.negotiation import MediaType, chosen
from preview_worker.observability import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

# One request per connection: a probe comes every few seconds, and an idle one only takes up room.
_HEADERS = {
    "cache-control": "no-store",
    "connection": "close",
    "x-content-type-options": "nosniff",
}
_PROMETHEUS = MediaType("text/plain", {"version": "0.0.4"})
_OPENMETRICS = MediaType("application/openmetrics-text", {"version": "1.0.0"})
_COUNTERS = MediaType("application/json")
PROBES = {
    "/livez": "livez",
    "/readyz": "readyz",
    "/healthz": "readyz",
    "/startupz": "startupz",
    "/health": "health",
    "/api/preview/worker/health": "worker_health",
    "/metrics": "metrics",
}
"""What those ask for, and which answer each of it gets."""
_MS_PER_S = 1000
_OK = 200
_UNAVAILABLE = 503


class HealthSource(Protocol):
    """Knows how the worker is doing, and answers without waiting for anything."""

    def live(self) -> Verdict:
        """Tell whether the worker lives."""

    def started(self) -> Verdict:
        """Tell whether it has begun to work."""

    async def ready(self) -> Verdict:
        """Tell whether it can take a job now."""

    async def report(self) -> tuple[bool, dict[str, object]]:
        """Return whether worker and queue are well, and a document that says how."""


class MetricsSource(Protocol):
    """Knows the worker's figures."""

    async def exposition(self, *, openmetrics: bool = False) -> tuple[bytes, str]:
        """Return them as text in Prometheus' form or in OpenMetrics', and the content type."""

    async def counters(self) -> Mapping[str, float]:
        """Return those that only grow, by name."""


def probe_routes(health: HealthSource, metrics: MetricsSource) -> list[BaseRoute]:
    """Return the routes of probes and metrics."""
    answers = _Answers(health, metrics)
    return [Route(path, getattr(answers, name)) for path, name in PROBES.items()]


def create_probe_app(health: HealthSource, metrics: MetricsSource) -> Starlette:
    """Build the application that serves probes and metrics, and nothing else."""
    app = Starlette(
        routes=probe_routes(health, metrics),
        exception_handlers={HTTPException: _refuse, Exception: _fail},
    )
    app.router.redirect_slashes = False
    return app


class _Answers:
    def __init__(self, health: HealthSource, metrics: MetricsSource) -> None:
        self._health = health
        self._metrics = metrics

    async def livez(self, request: Request) -> Response:
        return _verdict(request, self._health.live())

    async def readyz(self, request: Request) -> Response:
        return _verdict(request, await self._health.ready())

    async def startupz(self, request: Request) -> Response:
        return _verdict(request, self._health.started())

    async def health(self, request: Request) -> Response:
        """Answer as the upstream API did: that this process lives, and which one it is."""
        verdict = self._health.live()
        document: dict[str, object] = {
            "status": "ok" if verdict.ok else "unavailable",
            "time": _now(),
            "requestId": request_id_of(request.scope),
            "hostname": socket.gethostname(),
            "pid": os.getpid(),
        }
        return _json(_OK if verdict.ok else _UNAVAILABLE, document)

    async def worker_health(self, _: Request) -> Response:
        healthy, document = await self._health.report()
        return _json(_OK if healthy else _UNAVAILABLE, document)

    async def metrics(self, request: Request) -> Response:
        """Answer in the form that is liked best: Prometheus' text, OpenMetrics or JSON."""
        accept = ",".join(request.headers.getlist("accept"))
        form = chosen(accept, (_PROMETHEUS, _OPENMETRICS, _COUNTERS))
        if form is _COUNTERS:
            counters = await self._metrics.counters()
            return _json(_OK, {"counters": {**counters}, "time": _now()})
        text, content_type = await self._metrics.exposition(openmetrics=form is _OPENMETRICS)
        return Response(text, headers={**_HEADERS, "content-type": content_type})


def _verdict(request: Request, verdict: Verdict) -> Response:
    """Answer in one word, with every check when it failed or when ``?verbose`` asks for them."""
    document: dict[str, object] = {"status": "ok" if verdict.ok else "unavailable"}
    if not verdict.ok:
        document["reason"] = verdict.reason
    if not verdict.ok or "verbose" in request.query_params:
        document["checks"] = [_told(check) for check in verdict.checks]
    return _json(_OK if verdict.ok else _UNAVAILABLE, document)


def _told(check: Check) -> dict[str, object]:
    told: dict[str, object] = {"name": check.name, "ok": check.ok, "detail": check.detail}
    for name, seconds in (("took_ms", check.took_s), ("age_ms", check.age_s)):
        if seconds is not None:
            told[name] = round(seconds * _MS_PER_S, 1)
    return told


async def _refuse(_: Request, error: Exception) -> Response:
    """Say in JSON that there is no such page or method."""
    refusal = cast("HTTPException", error)
    response = _json(refusal.status_code, {"error": refusal.detail})
    response.headers.update(refusal.headers or {})
    return response


async def _fail(_: Request, __: Exception) -> Response:
    """Say that an answer could not be given; the log tells why."""
    return _json(500, {"error": "The worker could not answer. Its log says why."})


def _json(status: int, document: dict[str, object]) -> Response:
    return JSONResponse(document, status, headers=_HEADERS)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
