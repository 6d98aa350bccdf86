"""Any event, and the protocol of those who watch."""

from __future__ import annotations

from typing import Protocol

from preview_worker.events.jobs import (
    JobLeased,
    JobPoisoned,
    JobProgressed,
    JobSettled,
    JobsRecovered,
    JobStarted,
    LeaseLost,
    LeaseRegained,
    PreviewPublished,
    PreviewRetired,
    RenderSkipped,
)
from preview_worker.events.people import (
    CancelRequested,
    JobSubmitted,
    LetterDropped,
    LetterReplayed,
    QueueSteered,
)
from preview_worker.events.processes import ChildExited, DefectFound, WallsInspected
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

_OfTheWorker = WorkerStarted | ProbesServing | WorkerDraining | WorkerStopped
_OfItsSurroundings = (
    QueueConnected | QueueUnreachable | IntakeStopped | IntakeResumed | ClockCompared
)
_OfAJob = JobLeased | JobStarted | JobProgressed | RenderSkipped | PreviewPublished | JobSettled
_OfALock = LeaseLost | LeaseRegained | PreviewRetired | JobsRecovered | JobPoisoned
_OfPeople = LetterReplayed | LetterDropped | CancelRequested | JobSubmitted | QueueSteered
_OfVisitors = LoginAttempted | WebhookAttempted
_OfProcesses = ChildExited | WallsInspected | DefectFound
_OfOthers = _OfPeople | _OfVisitors | _OfProcesses
Event = _OfTheWorker | _OfItsSurroundings | _OfAJob | _OfALock | _OfOthers


class Observer(Protocol):
    """Somebody who is told of events. It must return quickly and never raise."""

    def observe(self, event: Event) -> None:
        """Take note of ``event``."""
