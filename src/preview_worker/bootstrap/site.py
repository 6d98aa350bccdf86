"""The HTTP interface as a process of its own, for where no worker shall be seen from outside."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from preview_worker import __version__
from preview_worker.api import Front, ProbeServer
from preview_worker.bootstrap.auditing import Auditor
from preview_worker.bootstrap.front import check_openness, open_front
from preview_worker.bootstrap.observers import Observers
from preview_worker.bootstrap.sources import sources_of
from preview_worker.bootstrap.tracing import attach_tracing
from preview_worker.bootstrap.webhooks import open_webhooks
from preview_worker.events import ProbesServing
from preview_worker.observability import (
    HealthMonitor,
    HealthSettings,
    LogObserver,
    MetricsObserver,
    Snapshot,
    Vitals,
)
from preview_worker.queue.controller import BullControls
from preview_worker.worker import stop_signals

if TYPE_CHECKING:
    from preview_worker.settings import Settings


class SiteProcess:
    """Serves until a stop signal comes; it takes no jobs."""

    def __init__(self, settings: Settings) -> None:
        """Put the parts together; raise ``SettingsError`` where strangers would be let in."""
        check_openness(settings)
        self._settings = settings
        self._observers = Observers(LogObserver())
        self._controls = BullControls(settings.queue)
        self._auditor = Auditor(settings, "api") if settings.preview_audit else None
        health_settings = HealthSettings()
        counts = Snapshot(self._controls.counts, health_settings)
        sources = sources_of(settings, self._controls, counts, health_settings)
        self._metrics = metrics = MetricsObserver(__version__, sources, health_settings)
        self._health = HealthMonitor(
            Vitals(
                queue=settings.preview_queue_name,
                redis_url=settings.queue.redis_url,
                counts=counts,
                alive=lambda: True,
                begun=True,
            ),
            health_settings,
        )
        self._tracing = attach_tracing(settings, self._observers)
        requests = metrics.instruments.requests
        self._front = Front(self._health, metrics, requests, self._tracing.requests)
        self.server = ProbeServer(self._front, settings.probes)
        for observer in (metrics, self._health, self._auditor):
            if observer is not None:
                self._observers.attach(observer)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        stopping = asyncio.Event()
        async with AsyncExitStack() as stack:
            stack.enter_context(stop_signals(stopping.set))
            stack.push_async_callback(self._tracing.close)
            stack.push_async_callback(self._controls.close)
            if self._auditor is not None:
                self._auditor.start()
                stack.push_async_callback(self._auditor.close)
            await self._health.start()
            stack.push_async_callback(self._health.stop)
            stack.push_async_callback(self._metrics.close)
            await self.server.start()
            stack.push_async_callback(self.server.stop)
            await stack.enter_async_context(
                open_front(self._front, self._settings, self._observers)
            )
            webhooks = open_webhooks(self._settings.queue, self._settings.webhooks, self._observers)
            await stack.enter_async_context(webhooks)
            self._observers.observe(
                ProbesServing(host=self._settings.probes.host, port=self.server.port)
            )
            await stopping.wait()
