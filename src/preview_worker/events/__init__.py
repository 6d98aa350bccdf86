"""What happened, as frozen values, and the protocol of those who watch.

The worker and the renderer emit events and know nobody who listens; bootstrap attaches observers.
Times are seconds, instants are POSIX seconds. Every class has a row in ``docs/events.md``.
"""

from __future__ import annotations

from preview_worker.events.event import Event, Observer
from preview_worker.events.jobs import (
    AssetFetched,
    JobLeased,
    JobPoisoned,
    JobProgressed,
    JobPutAside,
    JobSettled,
    JobsRecovered,
    JobStarted,
    LeaseLost,
    LeaseRegained,
    PartFilmed,
    PhaseEnded,
    PreviewPublished,
    PreviewRetired,
    RenderSkipped,
    Result,
    ScenesShared,
    WorkerPhase,
)
from preview_worker.events.people import (
    CancelRequested,
    JobSubmitted,
    LetterDropped,
    LetterReplayed,
    QueueSteered,
    Steering,
    SteeringResult,
)
from preview_worker.events.processes import (
    ChildExited,
    ChildRestarted,
    DefectFound,
    WallsInspected,
)
from preview_worker.events.trace import TraceContext, current_trace, within_trace
from preview_worker.events.visits import LoginAttempted, WebhookAttempted
from preview_worker.events.workers import (
    ClockCompared,
    IntakeResumed,
    IntakeStopped,
    ProbesServing,
    QueueConnected,
    QueueUnreachable,
    WorkerDraining,
    WorkerStarted,
    WorkerStopped,
)

__all__ = [
    "AssetFetched",
    "CancelRequested",
    "ChildExited",
    "ChildRestarted",
    "ClockCompared",
    "DefectFound",
    "Event",
    "IntakeResumed",
    "IntakeStopped",
    "JobLeased",
    "JobPoisoned",
    "JobProgressed",
    "JobPutAside",
    "JobSettled",
    "JobStarted",
    "JobSubmitted",
    "JobsRecovered",
    "LeaseLost",
    "LeaseRegained",
    "LetterDropped",
    "LetterReplayed",
    "LoginAttempted",
    "Observer",
    "PartFilmed",
    "PhaseEnded",
    "PreviewPublished",
    "PreviewRetired",
    "ProbesServing",
    "QueueConnected",
    "QueueSteered",
    "QueueUnreachable",
    "RenderSkipped",
    "Result",
    "ScenesShared",
    "Steering",
    "SteeringResult",
    "TraceContext",
    "WallsInspected",
    "WebhookAttempted",
    "WorkerDraining",
    "WorkerPhase",
    "WorkerStarted",
    "WorkerStopped",
    "current_trace",
    "within_trace",
]
