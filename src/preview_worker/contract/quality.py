"""How good a preview is: findings counted, and the Elite standard's rules with their points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RuleStatus = Literal["passed", "failed", "not_measured"]
RuleSeverity = Literal["HARD_FAIL", "SOFT_WARN"]


@dataclass(frozen=True, slots=True)
class EliteRule:
    """One rule of the standard, by its upstream id, and what became of it.

    ``points`` were earned out of ``max``. ``measured`` is in the unit that ``threshold`` names, and
    None where nothing could be measured; ``missing`` says what to do, unless the rule is passed.
    """

    id: str
    points: int
    max: int
    severity: RuleSeverity
    status: RuleStatus
    measured: bool | float | str | None
    threshold: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class EliteScore:
    """What a preview reaches of the 1000 points of the Elite standard."""

    standard: str
    """The version of the standard that the rules are from."""
    score: int
    max: int
    unmeasured: int
    """Points of the rules that were not measured; they are not in ``score``."""
    rules: tuple[EliteRule, ...]
    script_hash: str = ""
    """SHA-256 of what the scenes were read from."""
    confirmation_hash: str | None = None
    """What an operator confirmed the script with, as the request says."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The findings of a preview, counted by severity, and its Elite score."""

    errors: int
    warnings: int
    notes: int
    elite: EliteScore
