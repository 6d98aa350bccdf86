"""How the audit log of a process is doing, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class AuditFigures:
    """What the log counts of itself; read by metrics, written by the log alone."""

    last_seq: int = 0
    """The newest record that this process wrote or knows of."""
    sealed_seq: int = 0
    """The newest record that it saw sealed."""
    records: int = 0
    """Written by this process."""
    failures: int = 0
    """Writes and checkpoints that did not succeed."""
    held: int = 0
    """Deeds that wait for the disk."""
    dropped: int = 0
    """Deeds that were told on the standard error stream alone."""
