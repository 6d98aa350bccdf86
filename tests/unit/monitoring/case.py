"""What an alert is tried with: figures that it has to fire for, and some that are nearly as bad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Figures = Mapping[str, str]
"""Values over time by series, in promtool's shorthand: ``0+6x30`` is 0, 6, 12 … thirty times on."""

SERVICE = {"job": "preview-worker"}
HERE = {**SERVICE, "instance": "worker-1:3000"}
QUEUE = {"queue": "preview-jobs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An alert, tried both ways. ``at`` is when it is looked at, after that many figures."""

    fires: Figures
    quiet: Figures
    summary: str
    """What people are told, figures filled in."""
    labels: Mapping[str, str] = field(default_factory=lambda: SERVICE)
    at: str = "30m"
    every: str = "1m"


def series(name: str, **labels: str) -> str:
    """Return a series of the worker that Prometheus scrapes in these cases."""
    pairs = ",".join(f'{key}="{value}"' for key, value in {**HERE, **labels}.items())
    return f"{name}{{{pairs}}}"


def jobs(*, completed: str, failed: str, invalid: str = "0x9999") -> Figures:
    """Return how jobs end: so many attempts completed and failed, and failed as invalid."""
    return {
        series("preview_worker_jobs_total", outcome="completed"): completed,
        series("preview_worker_jobs_total", outcome="failed"): failed,
        series("preview_worker_errors_total", code="invalid.option"): invalid,
        series("preview_worker_errors_total", code="permanent.worker_killer"): "0x9999",
    }


def backlog(waiting: str, active: str = "0x9999", paused: str = "0x9999") -> Figures:
    """Return the counts of a queue, as two processes tell them."""
    told = {
        series("preview_worker_queue_size", state="prioritized", **QUEUE): waiting,
        series("preview_worker_queue_size", state="waiting", **QUEUE): "0x9999",
        series("preview_worker_queue_size", state="active", **QUEUE): active,
        series("preview_worker_queue_paused"): paused,
    }
    second = {name.replace("worker-1:", "worker-2:"): values for name, values in told.items()}
    return {**told, **second}


def histogram(name: str, counts: Mapping[str, str], total: str, **labels: str) -> Figures:
    """Return buckets by their upper bound, the last of which holds everything, and the sum."""
    buckets = {series(f"{name}_bucket", le=le, **labels): many for le, many in counts.items()}
    everything = list(counts.values())[-1]
    return {
        **buckets,
        series(f"{name}_count", **labels): everything,
        series(f"{name}_sum", **labels): total,
    }
