"""Leasing, renewing and settling jobs that BullMQ producers add."""

from __future__ import annotations

from preview_worker.queue.archive import (
    BackupFileError,
    BackupSummary,
    QueueNotEmptyError,
    Restoration,
)
from preview_worker.queue.catalogue import JobCatalogue, JobRecord
from preview_worker.queue.claims import CLAIM_MS, Claims, ClaimState, MemoryClaims
from preview_worker.queue.controls import (
    DEFAULT_CANCEL_REASON,
    CancelAnswer,
    CleanableState,
    ControlRefusedError,
    QueueControls,
    QueueLimits,
    RateLimit,
)
from preview_worker.queue.dead import DeadLetter, DeadLetters, LetterFilter, Replay
from preview_worker.queue.feed import (
    EventFeed,
    QueueEvent,
    StreamGapError,
    is_place,
    order_of,
)
from preview_worker.queue.jobs import (
    ChildCounts,
    FailedChild,
    JobState,
    JobStatus,
    LeasedJob,
    ParentJob,
    QueueCounts,
)
from preview_worker.queue.letter_clerk import Fate, LetterChoice, LetterClerk
from preview_worker.queue.outbox import Delivery, Outbox, Parcel, Takings
from preview_worker.queue.outcome import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    Outcome,
    Retry,
    Settlement,
)
from preview_worker.queue.port import (
    AddedJob,
    FlowRequest,
    JobProducer,
    JobQueue,
    JobRefusedError,
    JobRequest,
    LeaseLostError,
    QueueFullError,
    QueueUnavailableError,
)
from preview_worker.queue.settings import QueueSettings

__all__ = [
    "CLAIM_MS",
    "DEFAULT_CANCEL_REASON",
    "AddedJob",
    "BackupFileError",
    "BackupSummary",
    "CancelAnswer",
    "Cancelled",
    "ChildCounts",
    "ClaimState",
    "Claims",
    "CleanableState",
    "Completed",
    "ControlRefusedError",
    "DeadLetter",
    "DeadLetters",
    "Delivery",
    "EventFeed",
    "Failed",
    "FailedChild",
    "Fate",
    "FlowRequest",
    "HandedBack",
    "JobCatalogue",
    "JobProducer",
    "JobQueue",
    "JobRecord",
    "JobRefusedError",
    "JobRequest",
    "JobState",
    "JobStatus",
    "LeaseLostError",
    "LeasedJob",
    "LetterChoice",
    "LetterClerk",
    "LetterFilter",
    "MemoryClaims",
    "Outbox",
    "Outcome",
    "Parcel",
    "ParentJob",
    "QueueControls",
    "QueueCounts",
    "QueueEvent",
    "QueueFullError",
    "QueueLimits",
    "QueueNotEmptyError",
    "QueueSettings",
    "QueueUnavailableError",
    "RateLimit",
    "Replay",
    "Restoration",
    "Retry",
    "Settlement",
    "StreamGapError",
    "Takings",
    "is_place",
    "order_of",
]
