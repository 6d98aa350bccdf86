"""The worker process, put together: queue, renderer, store, observers and probes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Literal

from preview_worker import __version__
from preview_worker.api import Front, ProbeServer
from preview_worker.artifacts.janitor import Janitor
from preview_worker.bootstrap.announcement import AnnouncingQueue
from preview_worker.bootstrap.auditing import Auditor
from preview_worker.bootstrap.fetching import open_fetcher
from preview_worker.bootstrap.front import check_openness, open_front
from preview_worker.bootstrap.observers import Observers
from preview_worker.bootstrap.sources import sources_of
from preview_worker.bootstrap.storage import open_lookout, open_sharing, open_store
from preview_worker.bootstrap.threads import started_threads
from preview_worker.bootstrap.tracing import attach_tracing
from preview_worker.bootstrap.webhooks import open_webhooks
from preview_worker.events import ProbesServing
from preview_worker.observability import (
    HealthMonitor,
    HealthSettings,
    LogObserver,
    LogSettings,
    MetricsObserver,
    Snapshot,
    Vitals,
    configure_logs,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.worker import (
    Breaker,
    Executor,
    FrugalRenderer,
    Intake,
    Runner,
    Watchdog,
    stop_signals,
)
from preview_worker.worker.inspection import WallInspector
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.rendering import ChildRenderer

if TYPE_CHECKING:
    from preview_worker.assets import AssetFetcher
    from preview_worker.events import Observer
    from preview_worker.queue import JobQueue
    from preview_worker.settings import Settings


def start_logging(settings: Settings) -> None:
    """Send log lines to the standard error stream in the shape that fits it."""
    shape: Literal["json", "auto"] = "json" if settings.production else "auto"
    configure_logs(LogSettings(level=settings.log_level, shape=shape))


class WorkerProcess:
    """A whole worker. ``run`` works until a stop signal, or until ``runner.stop`` is called."""

    def __init__(
        self,
        settings: Settings,
        observers: Observers,
        fetcher: AssetFetcher | None = None,
        *,
        pages: bool = False,
    ) -> None:
        """Put the parts together; nothing is started or connected yet.

        Assets at other hosts come by ``fetcher``, if not by the one that the settings ask for.
        With ``pages`` the HTTP interface is served beside the probes.
        """
        if pages:
            check_openness(settings)
        self._pages = pages
        self.observers = observers
        self._settings = settings
        self._tracing = attach_tracing(settings, observers)
        self._auditor = Auditor(settings, "worker") if settings.preview_audit else None
        self._queue = self._attach_queue(settings)
        self._store = open_store(settings)
        self._janitor = Janitor(self._store, observers, settings.artifacts.sweep_every_s)
        nursery = Nursery(observer=observers)
        sharing = open_sharing(settings, observers)
        self._renderer = ChildRenderer(
            nursery, observers, settings.render, settings.worker, sharing
        )
        self._walls = WallInspector(nursery, observers, settings.worker)
        breaker = Breaker()
        observers.attach(breaker)
        self._refusals = {
            "storage" if settings.bucket.url else "disk": self._store.refusal,
            "sandbox": self._walls.refusal,
            "supply": self._renderer.supply.refusal,
            "breaker": breaker.refusal,
        }
        if (lookout := open_lookout(settings)) is not None:
            self._refusals["assets"] = lookout.refusal
        self.runner = Runner(
            settings.preview_queue_name,
            self._queue,
            self._make_executor(fetcher or open_fetcher(settings)),
            observers,
            settings.worker,
            Intake(self._refusals, observers),
        )
        self._running = True
        self._health = self._attach_health(settings)
        requests = self._metrics.instruments.requests
        self._front = Front(self._health, self._metrics, requests, self._tracing.requests)
        self.probes = ProbeServer(self._front, settings.probes)

    async def run(self, *, signals: bool = True) -> None:
        """Serve probes and work on jobs; return when every job is settled or handed back.

        With ``signals`` the process is the worker's own: it listens to stop signals, and it ends
        when its event loop stands still or when it takes too long to end.
        """
        threads = started_threads(self._settings.worker.concurrency)
        asyncio.get_running_loop().set_default_executor(threads)
        watchdog = Watchdog(self.observers)
        if signals:
            watchdog.start()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._tracing.close)
            if self._auditor is not None:
                self._auditor.start()
                stack.push_async_callback(self._auditor.close)
            await self._health.start()
            stack.push_async_callback(self._health.stop)
            stack.push_async_callback(self._metrics.close)
            await self.probes.start()
            self.observers.observe(
                ProbesServing(host=self._settings.probes.host, port=self.probes.port)
            )
            stack.push_async_callback(self.probes.stop)
            webhooks = open_webhooks(self._settings.queue, self._settings.webhooks, self.observers)
            await stack.enter_async_context(webhooks)
            stack.push_async_callback(self._store.close)
            stack.push_async_callback(self._renderer.close)
            if self._pages:
                await stack.enter_async_context(
                    open_front(self._front, self._settings, self.observers, self._renderer)
                )
            if signals:
                stack.enter_context(stop_signals(self.runner.stop))
            await self._renderer.start()
            self._janitor.start()
            stack.push_async_callback(self._janitor.stop)
            inspection = asyncio.create_task(self._walls.inspect_until_they_hold(self._store))
            stack.push_async_callback(_ended, inspection)
            try:
                await self.runner.run()
            finally:
                self._running = False
                watchdog.expect_end()

    def _make_executor(self, fetcher: AssetFetcher) -> Executor:
        return Executor(
            self._queue,
            FrugalRenderer(self._renderer, self._settings.worker.render_timeout_s),
            self._store,
            self.observers,
            self._settings.payload_limits,
            fetcher=fetcher,
        )

    def _attach_queue(self, settings: Settings) -> JobQueue:
        queue = BullQueue(settings.queue, self.observers)
        self._bull = queue
        if self._auditor is None:
            return queue
        self.observers.attach(self._auditor)
        return AnnouncingQueue(queue, self._auditor.announce)

    def _attach_health(self, settings: Settings) -> HealthMonitor:
        health_settings = HealthSettings()
        counts = Snapshot(self._queue.counts, health_settings)
        sources = sources_of(settings, self._bull, counts, health_settings)
        self._metrics = MetricsObserver(__version__, sources, health_settings)
        if self._auditor is not None:
            self._metrics.audit = self._auditor.figures
        vitals = Vitals(
            queue=settings.preview_queue_name,
            redis_url=settings.queue.redis_url,
            counts=counts,
            alive=lambda: self._running and self._bull.trouble() is None,
            refusals={**self._refusals, "renderer": self._renderer.refusal},
        )
        health = HealthMonitor(vitals, health_settings)
        self.observers.attach(self._metrics)
        self.observers.attach(health)
        return health


async def _ended(task: asyncio.Task[None]) -> None:
    """End a task, and return when it has cleaned up."""
    task.cancel()
    await asyncio.wait({task})


def log_observer() -> Observer:
    """Return an observer that writes a log line for every event."""
    return LogObserver()


def build_worker(settings: Settings) -> WorkerProcess:
    """Return a worker that logs what happens."""
    return WorkerProcess(settings, Observers(log_observer()))
