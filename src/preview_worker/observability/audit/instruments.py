"""How the audit log is doing, in Prometheus' words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge

from preview_worker.observability.audit.figures import AuditFigures

if TYPE_CHECKING:
    from collections.abc import Mapping


class AuditInstruments:
    """The instruments of one log. All stay at 0 where none is kept."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make them in ``registry``."""
        self._told = AuditFigures()
        self.last_seq = Gauge(
            "preview_worker_audit_last_seq",
            "The newest record that this worker wrote or knows of.",
            registry=registry,
        )
        self.sealed_seq = Gauge(
            "preview_worker_audit_sealed_seq",
            "The newest record that this worker saw sealed.",
            registry=registry,
        )
        self.held = Gauge(
            "preview_worker_audit_held_records",
            "Records that wait for the disk.",
            registry=registry,
        )
        self._counters: Mapping[str, Counter] = {
            name: Counter(f"preview_worker_audit_{name}", meaning, registry=registry)
            for name, meaning in (
                ("records", "Records that this worker wrote."),
                ("failures", "Writes and checkpoints of the audit log that did not succeed."),
                ("dropped", "Records that were told on the standard error stream alone."),
            )
        }

    def tell(self, figures: AuditFigures) -> None:
        """Take the figures over; what is counted grows by what came since the last time."""
        now, self._told, before = figures, replace(figures), self._told
        self.last_seq.set(now.last_seq)
        self.sealed_seq.set(now.sealed_seq)
        self.held.set(now.held)
        for name, counter in self._counters.items():
            counter.inc(getattr(self._told, name) - getattr(before, name))
