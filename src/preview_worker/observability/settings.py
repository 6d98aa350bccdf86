"""What an operator can choose about logs, health and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LEVELS = {
    "trace": 10,
    "debug": 10,
    "info": 20,
    "warn": 30,
    "warning": 30,
    "error": 40,
    "fatal": 50,
    "critical": 50,
}
"""Names of log levels, Node's and Python's, with Python's numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """How loud the log is and what its lines look like."""

    level: str = "info"
    shape: Literal["auto", "json", "text"] = "auto"
    """``auto`` writes text for people on a terminal and JSON everywhere else."""

    def __post_init__(self) -> None:
        """Refuse a level that nobody knows; raise ``ValueError`` with a sentence for people."""
        if self.level.lower() not in LEVELS:
            message = f"the log level {self.level!r} is not one of {', '.join(LEVELS)}"
            raise ValueError(message)

    @property
    def number(self) -> int:
        """The level as Python's ``logging`` counts."""
        return LEVELS[self.level.lower()]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """How patient health checks and scrapes are."""

    answer_within_s: float = 0.03
    """How long a probe waits for fresh facts before it answers with the last known ones."""
    ask_timeout_s: float = 2.0
    """How long the queue or the disk may take before it counts as silent."""
    fresh_for_s: float = 1.0
    """How long an answer of the queue or the disk is used again without asking."""
    silent_after_s: float = 5.0
    """Age at which the last good answer no longer proves anything."""
    stuck_after_s: float = 5.0
    """How long the event loop may stand still before the worker counts as dead."""

    def __post_init__(self) -> None:
        """Refuse times that cannot be meant; raise ``ValueError`` with a sentence for people."""
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                message = f"{name} must be more than 0, but is {getattr(self, name)}"
                raise ValueError(message)
