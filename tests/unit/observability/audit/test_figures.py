"""What the log counts of itself is told to Prometheus."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry

from preview_worker.observability import AuditLog
from preview_worker.observability.audit.figures import AuditFigures
from preview_worker.observability.audit.instruments import AuditInstruments
from tests.fakes.ledgers import ACTOR, deeds, settings_in


def told(registry: CollectorRegistry, name: str) -> float | None:
    """Return the value of a metric of the log."""
    return registry.get_sample_value(f"preview_worker_audit_{name}")


def test_a_log_tells_how_far_it_is_written_and_sealed(tmp_path: Path) -> None:
    """Its own first record counts in the numbers, and not among those that it was given."""
    registry = CollectorRegistry()
    instruments = AuditInstruments(registry)
    log = AuditLog(settings_in(tmp_path), ACTOR)
    log.start()
    for deed in deeds("one", "two"):
        log.record(deed)
    log.flush(10)
    log.stop()

    instruments.tell(log.figures)

    names = ("last_seq", "sealed_seq", "records_total", "held_records", "failures_total")
    assert [told(registry, name) for name in names] == [3, 3, 2, 0, 0]


def test_counters_grow_by_what_came_since() -> None:
    """However often somebody scrapes."""
    registry = CollectorRegistry()
    instruments = AuditInstruments(registry)
    figures = AuditFigures(failures=2, held=5)

    instruments.tell(figures)
    instruments.tell(figures)
    figures.failures, figures.held = 3, 0
    instruments.tell(figures)

    assert told(registry, "failures_total") == 3
    assert told(registry, "held_records") == 0
