"""What an operator can choose about the audit log."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """Where the log is, when a file of it is full, and how long files are kept."""

    folder: Path = Path("data/audit")
    key: bytes | None = field(default=None, repr=False)
    """Seals the checkpoints; without it anybody who can write them can forge them."""
    file_max_bytes: int = 16 * 1024 * 1024
    """A file that is as large as this is followed by a new one."""
    file_max_age_s: float = 86_400
    """So is a file that was begun so long ago."""
    keep_files: int = 400
    keep_s: float = 31_536_000
    """Files beyond that number, or whose last record is older than that, are removed; the newest
    never is."""
    checkpoint_s: float = 30.0
    """How often the head is sealed while there is something new."""
    retry_s: float = 1.0
    """Pause before a disk that refused is tried again."""
    lock_timeout_s: float = 2.0
    """How long another process may hold the log before this counts as a refusal."""
    max_held: int = 10_000
    """Records that are held in memory for a disk that refuses; what comes beyond them is told on
    the standard error stream alone."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant; raise ``ValueError`` with a sentence for people."""
        for name in ("file_max_bytes", "keep_files", "max_held"):
            if getattr(self, name) < 1:
                message = f"{name} must be at least 1, but is {getattr(self, name)}"
                raise ValueError(message)
        for name in ("file_max_age_s", "keep_s", "checkpoint_s", "retry_s", "lock_timeout_s"):
            if getattr(self, name) <= 0:
                message = f"{name} must be more than 0, but is {getattr(self, name)}"
                raise ValueError(message)
