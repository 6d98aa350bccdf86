"""What the worker room may be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How many jobs run at once and how long things may take."""

    concurrency: int = 2
    """Renders at a time; 0 leases nothing, for taking a worker out of service."""
    render_timeout_s: float = 300.0
    """Wall time that one render may take before its process is killed."""
    busy_share: float = 0.5
    """A render stopped by its time limit that used less than this share of it in CPU was starved by
    its neighbours, and may do better later; one that used more is stuck."""
    grace_s: float = 25.0
    """How long running jobs may go on after a stop signal. Kubernetes kills after 30 s unless told
    otherwise, and handing back takes well under the remaining five."""
    kill_after_s: float = 2.0
    """How long a render process has to end after SIGTERM before SIGKILL."""
