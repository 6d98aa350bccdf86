"""Logs, metrics, health and the audit log, attached from outside as observers of events.

The observers load their libraries when they are asked for, not when this package is named.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from preview_worker.observability.audit.settings import AuditSettings
from preview_worker.observability.redaction import redact
from preview_worker.observability.settings import HealthSettings, LogSettings
from preview_worker.observability.traces.settings import TraceSettings

if TYPE_CHECKING:
    from preview_worker.observability.audit.accounts import (
        Ending,
        Selection,
        endings,
        read_log,
        unaccounted,
    )
    from preview_worker.observability.audit.acting import acting_for
    from preview_worker.observability.audit.checkpoint import Checkpoint, CheckpointError
    from preview_worker.observability.audit.log import AuditLog, tell_on_stderr
    from preview_worker.observability.audit.looking_back import AuditPage, look_back
    from preview_worker.observability.audit.observer import AuditObserver
    from preview_worker.observability.audit.record import Actor, Deed, Record
    from preview_worker.observability.audit.verification import LogVerdict, verify_log
    from preview_worker.observability.audit.walk import Fault
    from preview_worker.observability.health import Check, HealthMonitor, Verdict, Vitals
    from preview_worker.observability.log_observer import LogObserver
    from preview_worker.observability.logs import configure_logs
    from preview_worker.observability.metrics import MetricsObserver
    from preview_worker.observability.readings import Sources
    from preview_worker.observability.snapshot import Snapshot, StateCounts
    from preview_worker.observability.traces.observer import TraceObserver
    from preview_worker.observability.traces.requests import RequestSpans
    from preview_worker.observability.traces.tracing import Tracing

__all__ = [
    "Actor",
    "AuditLog",
    "AuditObserver",
    "AuditPage",
    "AuditSettings",
    "Check",
    "Checkpoint",
    "CheckpointError",
    "Deed",
    "Ending",
    "Fault",
    "HealthMonitor",
    "HealthSettings",
    "LogObserver",
    "LogSettings",
    "LogVerdict",
    "MetricsObserver",
    "Record",
    "RequestSpans",
    "Selection",
    "Snapshot",
    "Sources",
    "StateCounts",
    "TraceObserver",
    "TraceSettings",
    "Tracing",
    "Verdict",
    "Vitals",
    "acting_for",
    "configure_logs",
    "endings",
    "look_back",
    "read_log",
    "redact",
    "tell_on_stderr",
    "unaccounted",
    "verify_log",
]

_HOMES = {
    "Actor": "audit.record",
    "AuditLog": "audit.log",
    "AuditObserver": "audit.observer",
    "AuditPage": "audit.looking_back",
    "Check": "health",
    "Checkpoint": "audit.checkpoint",
    "CheckpointError": "audit.checkpoint",
    "Deed": "audit.record",
    "Ending": "audit.accounts",
    "Fault": "audit.walk",
    "HealthMonitor": "health",
    "LogObserver": "log_observer",
    "LogVerdict": "audit.verification",
    "MetricsObserver": "metrics",
    "Record": "audit.record",
    "RequestSpans": "traces.requests",
    "Selection": "audit.accounts",
    "Snapshot": "snapshot",
    "Sources": "readings",
    "StateCounts": "snapshot",
    "TraceObserver": "traces.observer",
    "Tracing": "traces.tracing",
    "Verdict": "health",
    "Vitals": "health",
    "acting_for": "audit.acting",
    "configure_logs": "logs",
    "endings": "audit.accounts",
    "look_back": "audit.looking_back",
    "read_log": "audit.accounts",
    "tell_on_stderr": "audit.log",
    "unaccounted": "audit.accounts",
    "verify_log": "audit.verification",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module the first time that it is asked for (PEP 562)."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
