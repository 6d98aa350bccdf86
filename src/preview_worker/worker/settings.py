"""What the worker room may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How many jobs run at once and how long things may take."""

    concurrency: int = 2
    """Renders at a time; 0 leases nothing, for taking a worker out of service."""
    reserved: int = 0
    """How many of these take urgent jobs only, so that one finds a place when all others are busy;
    below ``concurrency``."""
    patient: int = 0
    """How many of the rest take jobs that are not urgent first, so that those go on however many
    urgent ones come."""
    bounded_projects: bool = False
    """Whether the queue bounds how many jobs of one project run at once."""
    render_timeout_s: float = 300.0
    """Wall time that one render may take before its process is killed."""
    silence_max_s: float = 10.0
    """How long a render process may show no sign of life, of which it should one each second."""
    busy_share: float = 0.5
    """A render stopped by its time limit that used less than this share of it in CPU was starved by
    its neighbours, and may do better later; one that used more is stuck."""
    grace_s: float = 25.0
    """How long running jobs may go on after a stop signal. Kubernetes kills after 30 s unless told
    otherwise, and handing back takes well under the remaining five."""
    kill_after_s: float = 2.0
    """How long a render process has to end after SIGTERM before SIGKILL."""
    let_go_after_s: float = 5.0
    """How long after SIGKILL a render process may still be there before nobody waits for it."""
    sandbox: Literal["required", "degraded"] = "required"
    """Whether a worker that cannot put up every wall around its renders takes no jobs, or renders
    behind those that there are."""
    memory_max_bytes: int = 1536 * 1024**2
    """Memory that one process of a render may take, beyond what it had when it was forked."""
    cpu_max_s: int | None = None
    """Processor time that one process of a render may use; None is as much as it may take."""
    output_max_bytes: int = 2 * 1024**3
    """Bytes that one render may write, in one file and in all together."""
