"""What the verification of a running worker finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    WARNING = "warning"
    """It works as it is, but somebody should look at it."""
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    """It failed because the worker or Redis does not answer."""
    LATE = "late"
    """It failed because it was not done in time."""
    SKIPPED = "skipped"
    """It was not tried, because what it needs failed before."""

    @property
    def failed(self) -> bool:
        """Whether a deployment with such a finding is not well."""
        return self in {Standing.FAILED, Standing.UNREACHABLE, Standing.LATE}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried; ``detail`` says what was found, or what to do."""

    name: str
    standing: Standing
    detail: str
