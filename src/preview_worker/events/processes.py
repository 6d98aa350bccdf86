"""What happens to render processes, to the walls around them, and to our own code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildExited:
    """A render process ended: ``status`` as ``ok``, ``error``, ``signal:NAME`` or ``exit:N``."""

    job_id: str
    status: str
    wall_s: float
    cpu_s: float
    rss_kib: int
    """The most memory that the process had resident, in KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRestarted:
    """A second process renders what the first crashed on, or the zygote was started again."""

    job_id: str | None
    """None when the zygote was started again, which may have had several jobs, or none."""
    reason: Literal["crash", "zygote"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WallsInspected:
    """The walls around renders were tried: ``mode`` says which stand, ``ways_out`` what is open."""

    mode: Literal["full", "partial", "none"]
    landlock: int
    tried: int
    ways_out: tuple[str, ...]
    refusal: str | None
    """Why no job is rendered; None when jobs are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectFound:
    """Our own code met a case that it does not handle; ``trace`` is the traceback as text."""

    job_id: str | None
    """None when no job met it: the worker itself, which ends of it, or a request over HTTP."""
    trace: str
    request: str | None = None
    """The id of that request."""


ProcessEvent = ChildExited | ChildRestarted | WallsInspected | DefectFound
