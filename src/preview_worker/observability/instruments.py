"""Every metric of the worker, with its name, type, labels and help. Rows in ``docs/metrics.md``."""

from __future__ import annotations

import platform

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from preview_worker.observability.assets import AssetInstruments
from preview_worker.observability.audit.instruments import AuditInstruments
from preview_worker.observability.requests import RequestInstruments
from preview_worker.observability.sharing import SharingInstruments
from preview_worker.observability.visits import VisitInstruments

_MIB = 1024 * 1024
_JOB_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 45, 60, 120, 300, 600)  # 45 is the objective
_WAIT_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600)
_PHASE_BUCKETS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_RATIO_BUCKETS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)
_ARTIFACT_BUCKETS = tuple(_MIB * size for size in (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256))
_MEMORY_BUCKETS = tuple(_MIB * size for size in (64, 128, 192, 256, 384, 512, 768, 1024, 2048))


class Instruments:
    """The instruments of one worker, in a registry of their own."""

    def __init__(self, version: str) -> None:
        """Make all instruments; ``version`` is the worker's."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._make_attempt_instruments(self.registry)
        self._make_state_instruments(self.registry)
        self._make_fault_instruments(self.registry)
        self._make_render_instruments(self.registry)
        self._make_child_instruments(self.registry)
        self._make_janitor_instruments(self.registry)
        self._make_queue_instruments(self.registry)
        self.audit = AuditInstruments(self.registry)
        self.visits = VisitInstruments(self.registry)
        self.requests = RequestInstruments(self.registry)
        self.sharing = SharingInstruments(self.registry)
        self.assets = AssetInstruments(self.registry)
        info = Gauge(
            "preview_worker_build_info",
            "Always 1; the labels tell what runs.",
            ["version", "python"],
            registry=self.registry,
        )
        info.labels(version, platform.python_version()).set(1)

    def _make_attempt_instruments(self, registry: CollectorRegistry) -> None:
        self.jobs = Counter(
            "preview_worker_jobs",
            "Attempts that ended, by what the queue was told.",
            ["outcome"],
            registry=registry,
        )
        self.dry_runs = Counter(
            "preview_worker_dry_runs", "Completed jobs that only planned.", registry=registry
        )
        self.reused = Counter(
            "preview_worker_reused_previews",
            "Jobs whose preview was already published.",
            registry=registry,
        )
        self.errors = Counter(
            "preview_worker_errors",
            "Attempts that ended with an error, by its code.",
            ["code"],
            registry=registry,
        )
        self.duration = Histogram(
            "preview_worker_job_duration_seconds",
            "Time from lease to settlement of an attempt.",
            buckets=_JOB_BUCKETS,
            registry=registry,
        )
        self.wait = Histogram(
            "preview_worker_queue_wait_seconds",
            "Time that a job had been ready when it was taken.",
            buckets=_WAIT_BUCKETS,
            registry=registry,
        )

    def _make_state_instruments(self, registry: CollectorRegistry) -> None:
        self.active = Gauge(
            "preview_worker_active_jobs", "Jobs that this worker holds.", registry=registry
        )
        self.concurrency = Gauge(
            "preview_worker_concurrency", "Jobs that this worker may hold.", registry=registry
        )
        self.draining = Gauge(
            "preview_worker_draining", "1 once the worker takes no more jobs.", registry=registry
        )
        self.intake_stopped = Gauge(
            "preview_worker_intake_stopped",
            "1 while the worker takes no jobs because a part of it could not do its work.",
            registry=registry,
        )

    def _make_fault_instruments(self, registry: CollectorRegistry) -> None:
        self.handed_back = Counter(
            "preview_worker_handed_back", "Jobs given back unfinished.", registry=registry
        )
        self.put_aside = Counter(
            "preview_worker_put_aside",
            "Jobs put aside because their project had as many running as it may.",
            registry=registry,
        )
        self.fenced = Counter(
            "preview_worker_fenced",
            "Running jobs whose lock was lost, so that nothing was published.",
            registry=registry,
        )
        self.stalled = Counter(
            "preview_worker_stalled", "Jobs taken from workers that fell silent.", registry=registry
        )
        self.poisoned = Counter(
            "preview_worker_poisoned", "Jobs failed without a run.", registry=registry
        )
        self.defects = Counter(
            "preview_worker_defects", "Errors that our own code did not expect.", registry=registry
        )

    def _make_render_instruments(self, registry: CollectorRegistry) -> None:
        self.phases = Histogram(
            "preview_worker_phase_duration_seconds",
            "Time spent in a step of rendering.",
            ["phase"],
            buckets=_PHASE_BUCKETS,
            registry=registry,
        )
        self.published_bytes = Counter(
            "preview_worker_published_bytes", "Bytes in published files.", registry=registry
        )
        self.published_video = Counter(
            "preview_worker_published_video_seconds",
            "Playing time of published previews.",
            registry=registry,
        )
        self.scenes = Counter(
            "preview_worker_scenes",
            "Shots of published previews: filmed before (hit), or for this one (miss).",
            ["cache"],
            registry=registry,
        )
        self.realtime_ratio = Histogram(
            "preview_worker_render_realtime_ratio",
            "Seconds of video per second of rendering, where anything had to be filmed.",
            buckets=_RATIO_BUCKETS,
            registry=registry,
        )
        self.artifact_bytes = Histogram(
            "preview_worker_artifact_bytes",
            "Size of a published preview with all its files.",
            buckets=_ARTIFACT_BUCKETS,
            registry=registry,
        )
        for cache in ("hit", "miss"):
            self.scenes.labels(cache)

    def _make_child_instruments(self, registry: CollectorRegistry) -> None:
        self.child_restarts = Counter(
            "preview_worker_child_restarts",
            "Second render processes after a crash, and zygotes started again.",
            ["reason"],
            registry=registry,
        )
        for reason in ("crash", "zygote"):
            self.child_restarts.labels(reason)
        self.child_exits = Counter(
            "preview_worker_child_exits",
            "Render processes that ended, by how.",
            ["status"],
            registry=registry,
        )
        self.child_cpu = Counter(
            "preview_worker_child_cpu_seconds",
            "Processor time of render processes.",
            registry=registry,
        )
        self.child_memory = Histogram(
            "preview_worker_child_peak_memory_bytes",
            "Most memory that a render process had resident.",
            buckets=_MEMORY_BUCKETS,
            registry=registry,
        )
        self.sandbox_mode = Gauge(
            "preview_worker_sandbox_mode",
            "1 for the walls that stand around renders: all, some or none.",
            ["mode"],
            registry=registry,
        )

    def _make_janitor_instruments(self, registry: CollectorRegistry) -> None:
        self.retired = Counter(
            "preview_worker_retired_previews",
            "Previews removed because they were too old, or all together too large.",
            ["reason"],
            registry=registry,
        )
        self.retired_bytes = Counter(
            "preview_worker_retired_bytes", "Bytes in removed previews.", registry=registry
        )
        for reason in ("age", "size"):
            self.retired.labels(reason)

    def _make_queue_instruments(self, registry: CollectorRegistry) -> None:
        self.clock_skew = Gauge(
            "preview_worker_clock_skew_seconds",
            "How far our clock is ahead of the queue server's.",
            registry=registry,
        )
