"""Every metric is documented, and every documented metric exists."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from preview_worker.observability import HealthSettings, MetricsObserver, Snapshot, Sources
from tests.unit.observability.happenings import FakeQueue

DOCUMENT = Path(__file__).parents[3] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(\w+)` \| (counter|gauge|histogram|untyped) \|([^|]*)\|", re.MULTILINE)


def documented() -> set[tuple[str, str, tuple[str, ...]]]:
    """Read name, type and labels of each row."""
    return {
        (name, kind, tuple(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    }


def observer() -> MetricsObserver:
    """Return an observer that nobody has answered yet."""
    patience = HealthSettings()
    sources = Sources(queue="preview-jobs", counts=Snapshot(FakeQueue().counts, patience))
    return MetricsObserver("0.1.0", sources, patience)


def exposed() -> set[tuple[str, str, tuple[str, ...]]]:
    """Tell name, type and labels of each instrument."""
    instruments = observer().instruments
    labels = {
        metric._name: tuple(metric._labelnames)  # noqa: SLF001 -- the library tells it nowhere else
        for part in (
            instruments,
            instruments.visits,
            instruments.requests,
            instruments.sharing,
            instruments.assets,
        )
        for metric in vars(part).values()
        if hasattr(metric, "_labelnames")
    } | {"preview_worker_build_info": ("version", "python")}
    return {
        (
            f"{family.name}_total" if family.type == "counter" else family.name,
            "untyped" if family.type == "unknown" else family.type,
            labels.get(family.name) or tuple(getattr(family, "_labelnames", ())),
        )
        for family in instruments.registry.collect()
    }


@pytest.mark.skipif(sys.platform != "linux", reason="process metrics come from /proc")
def test_the_document_and_the_registry_agree() -> None:
    """A row and an instrument have the same name, type and labels."""
    assert documented() == exposed()


def test_every_instrument_has_a_sentence_of_help() -> None:
    """A dashboard shows it."""
    for family in observer().instruments.registry.collect():
        assert family.documentation.endswith((".", "s"))
