"""What is behind the port: probes from the start, everything else once it is ready."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from preview_worker.api.application import create_app
from preview_worker.api.metering import Metered, RequestMeter
from preview_worker.api.probes import HealthSource, MetricsSource, create_probe_app, probe_routes
from preview_worker.api.tracing import RequestTracer, Traced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from preview_worker.api.services import Services


class Front:
    """An ASGI application that grows: the server in front of it need not start again."""

    def __init__(
        self,
        health: HealthSource,
        metrics: MetricsSource,
        meter: RequestMeter,
        tracer: RequestTracer | None = None,
    ) -> None:
        """Answer probes and requests for metrics, and nothing else yet.

        ``meter`` counts all requests, ``tracer`` records those that are no probes.
        """
        self._health = health
        self._metrics = metrics
        self._probes = create_probe_app(health, metrics)
        self._app: ASGIApp = self._probes
        self._measured = Metered(Traced(self._pass_on, tracer), meter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._measured(scope, receive, send)

    @contextmanager
    def open_to(self, services: Services) -> Iterator[None]:
        """Serve the HTTP interface and its pages beside the probes while the block runs."""
        self._app = create_app(services, probe_routes(self._health, self._metrics))
        try:
            yield
        finally:
            self._app = self._probes
            services.crier.dismiss()

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
