"""What is behind the HTTP port: probes from the start, everything else once it is ready."""

from __future__ import annotations

import ipaddress
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from preview_worker.api import HealthSource, MetricsSource, create_app, create_probe_app
from preview_worker.api.probes import probe_routes
from preview_worker.bootstrap.serving import open_services
from preview_worker.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from preview_worker.events import Observer
    from preview_worker.settings import Settings

_LOCAL_NAME = "localhost"


class Front:
    """An ASGI application that grows: the server in front of it need not start again."""

    def __init__(self, health: HealthSource, metrics: MetricsSource) -> None:
        """Answer probes and requests for metrics, and nothing else yet."""
        self._health = health
        self._metrics = metrics
        self._probes = create_probe_app(health, metrics)
        self._app: ASGIApp = self._probes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def opened(self, settings: Settings, observer: Observer) -> AsyncIterator[None]:
        """Serve the HTTP interface and its pages beside the probes while the block runs."""
        async with open_services(settings, observer) as services:
            self._app = create_app(services, probe_routes(self._health, self._metrics))
            try:
                yield
            finally:
                self._app = self._probes
                services.crier.dismiss()


def check_openness(settings: Settings) -> None:
    """Raise ``SettingsError`` where the HTTP interface would be open to strangers.

    Without keys whoever reaches the port may do everything, so it has to be on loopback then.
    """
    host = settings.probes.host
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == _LOCAL_NAME
    if not local and not settings.api.keys:
        where = host or "any address"
        message = (
            f"PREVIEW_API_KEYS: keys are needed to serve the HTTP interface on {where}. "
            "Set some, or PREVIEW_HEALTH_HOST=127.0.0.1"
        )
        raise SettingsError(message)
