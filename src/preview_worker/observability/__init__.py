"""Logs, metrics and health, attached from outside as observers of events.

The observers load their libraries when they are asked for, not when this package is named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from preview_worker.observability.redaction import redact
from preview_worker.observability.settings import HealthSettings, LogSettings

if TYPE_CHECKING:
    from preview_worker.observability.health import Check, HealthMonitor, Verdict, Vitals
    from preview_worker.observability.log_observer import LogObserver
    from preview_worker.observability.logs import configure_logs
    from preview_worker.observability.metrics import MetricsObserver
    from preview_worker.observability.snapshot import Snapshot, StateCounts

__all__ = [
    "Check",
    "HealthMonitor",
    "HealthSettings",
    "LogObserver",
    "LogSettings",
    "MetricsObserver",
    "Snapshot",
    "StateCounts",
    "Verdict",
    "Vitals",
    "configure_logs",
    "redact",
]

_HOMES = {
    "Check": "health",
    "HealthMonitor": "health",
    "LogObserver": "log_observer",
    "MetricsObserver": "metrics",
    "Snapshot": "snapshot",
    "StateCounts": "snapshot",
    "Verdict": "health",
    "Vitals": "health",
    "configure_logs": "logs",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module the first time that it is asked for (PEP 562)."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
