"""Counts what happens and tells it in Prometheus' words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import assert_never, get_args

import prometheus_client
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition

from preview_worker.contract import ErrorCode
from preview_worker.events import (
    AssetFetched,
    CancelRequested,
    ChildExited,
    ChildRestarted,
    ClockCompared,
    DefectFound,
    Event,
    IntakeResumed,
    IntakeStopped,
    JobLeased,
    JobPoisoned,
    JobProgressed,
    JobPutAside,
    JobSettled,
    JobsRecovered,
    JobStarted,
    JobSubmitted,
    LeaseLost,
    LeaseRegained,
    LetterDropped,
    LetterReplayed,
    LoginAttempted,
    PartFilmed,
    PhaseEnded,
    PreviewPublished,
    PreviewRetired,
    ProbesServing,
    QueueConnected,
    QueueSteered,
    QueueUnreachable,
    RenderSkipped,
    Result,
    ScenesShared,
    WallsInspected,
    WebhookAttempted,
    WorkerDraining,
    WorkerStarted,
    WorkerStopped,
)
from preview_worker.observability.audit.figures import AuditFigures
from preview_worker.observability.instruments import Instruments
from preview_worker.observability.readings import Readings, Sources
from preview_worker.observability.settings import HealthSettings
from preview_worker.observability.upstream_names import UpstreamNames

_CODES = frozenset(member.code for member in ErrorCode)
_WALLS = ("full", "partial", "none")
_EXIT_STATUS = re.compile(r"ok|error|signal:SIG[A-Z0-9]{2,8}|exit:-?[0-9]{1,3}")

Exemplar = dict[str, str]
"""What leads from a figure to an attempt that made it: its trace, if anybody records that."""
WorkerEvent = WorkerStarted | WorkerDraining | WorkerStopped
ReadinessEvent = IntakeStopped | IntakeResumed | WallsInspected | ClockCompared
CountedEvent = (
    JobsRecovered
    | JobPoisoned
    | LeaseLost
    | RenderSkipped
    | PreviewRetired
    | ChildRestarted
    | DefectFound
)
MeasuredEvent = JobLeased | PreviewPublished | PartFilmed | ChildExited | JobSettled
NeighbourlyEvent = AssetFetched | ScenesShared | JobPutAside
VisitorEvent = LoginAttempted | WebhookAttempted
SilentEvent = (
    CancelRequested
    | JobStarted
    | JobProgressed
    | JobSubmitted
    | LeaseRegained
    | LetterReplayed
    | LetterDropped
    | PhaseEnded
    | ProbesServing
    | QueueConnected
    | QueueSteered
    | QueueUnreachable
)


class MetricsObserver:
    """Keeps the worker's metrics; ``exposition`` answers a scrape."""

    def __init__(
        self,
        version: str,
        sources: Sources,
        settings: HealthSettings,
    ) -> None:
        """Start all counters at 0, so that a first error is a change that an alert can see."""
        without_ages = prometheus_client.disable_created_metrics
        without_ages()  # type: ignore[no-untyped-call]  # the library does not annotate it
        self._instruments = Instruments(version)
        self._instruments.registry.register(Readings(sources, settings))
        self._instruments.registry.register(UpstreamNames(self._instruments, sources))
        self._sources = sources
        self._held: dict[str, Exemplar | None] = {}
        self.audit: AuditFigures | None = None
        """The figures of the audit log, for those who keep one."""
        for outcome in get_args(Result):
            self._instruments.jobs.labels(outcome)
        for code in _CODES:
            self._instruments.errors.labels(code)
        for mode in _WALLS:
            self._instruments.sandbox_mode.labels(mode)

    @property
    def instruments(self) -> Instruments:
        """The instruments, for those who add figures of their own."""
        return self._instruments

    def observe(self, event: Event) -> None:
        """Count ``event``."""
        if isinstance(event, SilentEvent):
            return
        if isinstance(event, WorkerEvent):
            self._observe_worker(event)
        elif isinstance(event, ReadinessEvent):
            self._observe_readiness(event)
        elif isinstance(event, CountedEvent):
            self._count(event)
        elif isinstance(event, VisitorEvent):
            self._instruments.visits.observe(event)
        elif isinstance(event, NeighbourlyEvent):
            self._observe_neighbours(event)
        else:
            self._observe_job(event)

    async def close(self) -> None:
        """Stop asking. Safe to call twice."""
        await self._sources.close()

    async def exposition(self, *, openmetrics: bool = False) -> tuple[bytes, str]:
        """Return the metrics as text, and its content type. Never waits for long.

        The text is Prometheus', or OpenMetrics', which has exemplars.
        """
        await self._refresh()
        registry = self._instruments.registry
        if openmetrics:
            in_openmetrics: Callable[[CollectorRegistry], bytes] = exposition.generate_latest
            return in_openmetrics(registry), exposition.CONTENT_TYPE_LATEST
        return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4

    async def counters(self) -> dict[str, float]:
        """Return what has been counted, each by its name and over all its labels."""
        await self._refresh()
        counted: dict[str, float] = {}
        for metric in self._instruments.registry.collect():
            for sample in metric.samples if metric.type == "counter" else ():
                counted[sample.name] = counted.get(sample.name, 0) + sample.value
        return counted

    async def _refresh(self) -> None:
        await self._sources.refresh()
        if self.audit is not None:
            self._instruments.audit.tell(self.audit)

    def _observe_worker(self, event: WorkerEvent) -> None:
        match event:
            case WorkerStarted():
                self._instruments.concurrency.set(event.concurrency)
                self._instruments.draining.set(0)
            case WorkerDraining():
                self._instruments.draining.set(1)
            case WorkerStopped():
                self._held.clear()
                self._instruments.active.set(0)
            case _:
                assert_never(event)

    def _observe_readiness(self, event: ReadinessEvent) -> None:
        match event:
            case IntakeStopped():
                self._instruments.intake_stopped.set(1)
            case IntakeResumed():
                self._instruments.intake_stopped.set(0)
            case WallsInspected():
                for mode in _WALLS:
                    self._instruments.sandbox_mode.labels(mode).set(mode == event.mode)
            case ClockCompared():
                self._instruments.clock_skew.set(event.skew_s)
            case _:
                assert_never(event)

    def _count(self, event: CountedEvent) -> None:
        match event:
            case JobsRecovered():
                self._instruments.stalled.inc(len(event.job_ids))
            case JobPoisoned():
                self._instruments.poisoned.inc()
                self._note_error(event.code)
            case LeaseLost():
                self._instruments.fenced.inc()
            case RenderSkipped():
                self._instruments.reused.inc()
            case PreviewRetired():
                self._instruments.retired.labels(event.reason).inc()
                self._instruments.retired_bytes.inc(event.size_bytes)
            case ChildRestarted():
                self._instruments.child_restarts.labels(event.reason).inc()
            case DefectFound():
                self._instruments.defects.inc()
            case _:
                assert_never(event)

    def _observe_neighbours(self, event: NeighbourlyEvent) -> None:
        match event:
            case AssetFetched():
                self._instruments.assets.count(event)
            case ScenesShared():
                self._instruments.sharing.count(event)
            case JobPutAside():
                self._instruments.put_aside.inc()
            case _:
                assert_never(event)

    def _observe_job(self, event: MeasuredEvent) -> None:
        match event:
            case JobLeased():
                exemplar = {"trace_id": event.trace.trace_id} if event.trace.sampled else None
                self._held[event.job_id] = exemplar
                self._instruments.active.set(len(self._held))
                if event.wait_s is not None:
                    self._instruments.wait.observe(event.wait_s, exemplar)
            case PreviewPublished():
                self._publish(event)
            case PartFilmed():
                self._count_shots(event)
            case ChildExited():
                known = _EXIT_STATUS.fullmatch(event.status)
                self._instruments.child_exits.labels(event.status if known else "other").inc()
                self._instruments.child_cpu.inc(event.cpu_s)
                self._instruments.child_memory.observe(event.rss_kib * 1024)
            case JobSettled():
                self._settle(event)
            case _:
                assert_never(event)

    def _publish(self, event: PreviewPublished) -> None:
        self._instruments.published_bytes.inc(event.size_bytes)
        self._instruments.published_video.inc(event.duration_s)
        self._count_shots(event)
        exemplar = self._held.get(event.job_id)
        for phase, spent_s in event.phases_s.items():
            self._instruments.phases.labels(phase).observe(spent_s, exemplar)
        if event.duration_s:
            self._instruments.artifact_bytes.observe(event.size_bytes)
        if event.shots > event.reused_shots and event.render_s:
            self._instruments.realtime_ratio.observe(event.duration_s / event.render_s)

    def _count_shots(self, event: PreviewPublished | PartFilmed) -> None:
        self._instruments.scenes.labels("hit").inc(event.reused_shots)
        self._instruments.scenes.labels("miss").inc(event.shots - event.reused_shots)

    def _settle(self, event: JobSettled) -> None:
        exemplar = self._held.pop(event.job_id, None)
        self._instruments.active.set(len(self._held))
        self._instruments.jobs.labels(event.result).inc()
        self._instruments.duration.observe(event.duration_s, exemplar)
        if event.code is not None:
            self._note_error(event.code)
        if event.result == "completed" and event.dry_run:
            self._instruments.dry_runs.inc()
        if event.result == "handed_back":
            self._instruments.handed_back.inc()

    def _note_error(self, code: str) -> None:
        self._instruments.errors.labels(code if code in _CODES else "other").inc()
