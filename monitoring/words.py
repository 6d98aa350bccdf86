"""The metrics that queries may speak of, taken from the worker's own registry and its document.

A query that names a metric, a label or a value which does not exist is refused when the files are
written, and not found out by somebody who wonders why a panel is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from preview_worker.observability import (
    HealthSettings,
    MetricsObserver,
    Snapshot,
    Sources,
    StateCounts,
)

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "metrics.md"
TARGET_LABELS = frozenset({"namespace", "pod", "job", "instance"})
"""What a scrape adds. Where a label is missing, as ``namespace`` is outside of Kubernetes, it
counts as empty, and queries that group by it work all the same."""

Kind = Literal["counter", "gauge", "histogram", "untyped"]
_ROW = re.compile(r"^\| `(\w+)` \| (counter|gauge|histogram|untyped) \|([^|]*)\|", re.MULTILINE)


class UnknownWordError(ValueError):
    """A query speaks of something that the worker does not expose."""


@dataclass(frozen=True, slots=True)
class Series:
    """What one name of a series means: ``values`` holds those labels whose values are closed."""

    name: str
    kind: Kind
    labels: frozenset[str]
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


_ABOUT_US = (
    Series("up", "gauge", frozenset()),
    Series("ALERTS", "gauge", frozenset({"alertname", "alertstate", "severity"})),
)
"""What Prometheus itself tells of a target and of rules."""

_KUBERNETES = (
    Series("container_memory_working_set_bytes", "gauge", frozenset({"container"})),
    Series("container_cpu_usage_seconds_total", "counter", frozenset({"container"})),
    Series("kube_pod_container_resource_limits", "gauge", frozenset({"container", "resource"})),
)
"""What a cluster's own exporters tell; absent elsewhere, and then no alert comes of it."""


class Vocabulary:
    """All names that queries may use."""

    def __init__(self, series: Iterable[Series]) -> None:
        """Begin with ``series``."""
        self._series = {one.name: one for one in series}

    def __contains__(self, name: str) -> bool:
        """Tell whether there is such a series."""
        return name in self._series

    def __getitem__(self, name: str) -> Series:
        """Return a series; raise ``UnknownWordError`` for one that there is not."""
        if name not in self._series:
            message = f"there is no series {name}"
            raise UnknownWordError(message)
        return self._series[name]

    def learn(self, name: str, labels: Iterable[str]) -> None:
        """Add a series that a recording rule makes."""
        self._series[name] = Series(name, "gauge", frozenset(labels))

    def is_ours(self, name: str) -> bool:
        """Tell whether the worker itself exposes a series, so that it has an ``instance``."""
        elsewhere = {one.name for one in (*_ABOUT_US, *_KUBERNETES)}
        return name not in elsewhere and ":" not in name


def vocabulary() -> Vocabulary:
    """Return what a worker exposes, and the little that comes from elsewhere.

    Raise ``UnknownWordError`` when registry and document disagree.
    """
    rows = {
        name: (cast("Kind", kind), frozenset(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in _ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    }
    values = dict(_values())
    # What is read from /proc is there on Linux only; the files are the same everywhere.
    odd = sorted(name for name in rows.keys() ^ values.keys() if not name.startswith("process_"))
    if odd:
        message = f"docs/metrics.md and the registry do not agree on {', '.join(odd)}"
        raise UnknownWordError(message)
    ours = [
        one
        for name, (kind, labels) in rows.items()
        for one in _expanded(Series(name, kind, labels, values.get(name, {})))
    ]
    return Vocabulary([*ours, *_ABOUT_US, *_KUBERNETES])


def fresh_metrics() -> MetricsObserver:
    """Return the metrics of a worker that has not done anything yet and sees no queue."""

    async def nobody() -> StateCounts:
        raise NotImplementedError

    patience = HealthSettings()
    sources = Sources(queue="preview-jobs", counts=Snapshot(nobody, patience))
    return MetricsObserver("1.0", sources, patience)


def _values() -> Iterator[tuple[str, Mapping[str, frozenset[str]]]]:
    """Yield each metric with the values that its labels have from the start."""
    for family in fresh_metrics().instruments.registry.collect():
        known: dict[str, set[str]] = {}
        for sample in family.samples:
            for label, value in sample.labels.items():
                known.setdefault(label, set()).add(value)
        name = f"{family.name}_total" if family.type == "counter" else family.name
        closed = {"outcome", "code", "mode", "reason", "cache"} & known.keys()
        yield name, {label: frozenset(known[label]) for label in closed}


def _expanded(series: Series) -> Iterator[Series]:
    """Yield the series of a metric: those of a histogram are three."""
    if series.kind != "histogram":
        yield series
        return
    for end in ("bucket", "sum", "count"):
        labels = series.labels | ({"le"} if end == "bucket" else frozenset())
        yield Series(f"{series.name}_{end}", "counter", labels, series.values)
