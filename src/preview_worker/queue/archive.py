"""What is told of backups and of putting them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class BackupFileError(Exception):
    """The file is no backup, or not whole, or of a version that is not known; nothing was done."""


class QueueNotEmptyError(Exception):
    """There are jobs in the queue already; nothing was done."""


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """What a backup holds. ``sha256`` tells it from every other."""

    queue: str
    created_at_ms: int
    sha256: str
    counts: Mapping[str, int] = field(default_factory=dict)
    """Records by kind: the states of jobs, ``dead`` for letters, ``scheduler``, ``meta``."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """What was put back, this time and before."""

    backup: BackupSummary
    restored: int
    skipped: int
    """Jobs and schedulers whose id was there already; they were left as they were."""
    resumed: bool
