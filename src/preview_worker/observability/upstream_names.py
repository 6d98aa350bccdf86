"""Our figures under the names that alerts, dashboards and scripts of before look for.

Nothing is counted here: each family is one of ours, told a second time. Where a name breaks the
conventions of its type, it is told without a type, which no query notices. ``docs/metrics.md`` has
a table of what is what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    UntypedMetricFamily,
)

from preview_worker.contract import ErrorCode

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram, Metric

    from preview_worker.observability.instruments import Instruments
    from preview_worker.observability.readings import Sources

_TIMEOUTS = frozenset({ErrorCode.TIMEOUT.code, ErrorCode.STARVED.code})


class UpstreamNames:
    """A collector of what ``instruments`` and ``sources`` hold, by the names of before."""

    def __init__(self, instruments: Instruments, sources: Sources) -> None:
        """Tell of ``instruments`` and ``sources`` whenever a scrape comes."""
        self._instruments = instruments
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """Yield every family, some of them without a sample."""
        began = _observed(self._instruments.wait)
        jobs = _by_label(self._instruments.jobs, "outcome")
        dry_runs = _by_label(self._instruments.dry_runs, None)[""]
        yield from _worker_families(jobs, dry_runs)
        yield from self._job_families(began, jobs, dry_runs)
        yield from self._render_families(began, jobs)
        yield from self._backlog_families()

    def _job_families(
        self, began: float, jobs: Mapping[str, float], dry_runs: float
    ) -> Iterator[Metric]:
        errors = _by_label(self._instruments.errors, "code")
        invalid = sum(errors[code] for code in errors if code.startswith("invalid."))
        for name, meaning, value in (
            ("started", "Attempts that were begun.", began),
            ("completed", "Jobs that were completed.", jobs["completed"]),
            ("failed", "Jobs that failed.", jobs["failed"]),
            ("invalid", "Jobs whose payload was refused.", invalid),
            ("dryrun", "Completed jobs that only planned.", dry_runs),
        ):
            yield UntypedMetricFamily(f"preview_job_{name}", meaning, value)

    def _render_families(self, began: float, jobs: Mapping[str, float]) -> Iterator[Metric]:
        yield CounterMetricFamily("mobius_render_started", "Attempts that were begun.", began)
        yield CounterMetricFamily(
            "mobius_render_completed", "Jobs that were completed.", jobs["completed"]
        )
        failed = CounterMetricFamily(
            "mobius_render_failed", "Errors but for timeouts, by code.", labels=["reason"]
        )
        timeout = CounterMetricFamily("mobius_render_timeout", "Timeouts.", labels=["reason"])
        for code, count in _by_label(self._instruments.errors, "code").items():
            (timeout if code in _TIMEOUTS else failed).add_metric((code,), count)
        yield from (failed, timeout)
        yield _renamed(
            self._instruments.duration, "mobius_render_duration_seconds", {"mode": "preview"}
        )
        yield _renamed(self._instruments.realtime_ratio, "mobius_ffmpeg_speed_ratio", {})

    def _backlog_families(self) -> Iterator[Metric]:
        length = GaugeMetricFamily("preview_queue_length", "Jobs that wait for a worker.")
        waiting = UntypedMetricFamily(
            "bullmq_queue_jobs_waiting_total", "Jobs that wait for a worker.", labels=["queue"]
        )
        if (counts := self._sources.counts.value) is not None:
            backlog = counts.waiting + counts.prioritized
            length.add_metric((), backlog)
            waiting.add_metric((self._sources.queue,), backlog)
        yield from (length, waiting)


def _worker_families(jobs: Mapping[str, float], dry_runs: float) -> Iterator[Metric]:
    outcomes = CounterMetricFamily(
        "preview_worker_job_outcomes", "Attempts that ended, by outcome.", labels=["outcome"]
    )
    outcomes.add_metric(["success"], jobs["completed"] - dry_runs)
    outcomes.add_metric(["dryrun"], dry_runs)
    outcomes.add_metric(["failure"], jobs["failed"])
    outcomes.add_metric(["retry"], jobs["retry"])
    yield outcomes
    yield CounterMetricFamily("preview_worker_jobs_failed", "Jobs that failed.", jobs["failed"])
    yield CounterMetricFamily("preview_jobs_dryrun", "Completed jobs that only planned.", dry_runs)


def _by_label(counter: Counter, label: str | None) -> dict[str, float]:
    """Read a counter by the one label that it has, or by an empty word if it has none."""
    return {
        "" if label is None else sample.labels[label]: sample.value
        for family in counter.collect()
        for sample in family.samples
    }


def _observed(histogram: Histogram) -> float:
    """Tell how many values a histogram without labels has seen."""
    (family,) = histogram.collect()
    return next(s.value for s in family.samples if s.name == f"{family.name}_count")


def _renamed(histogram: Histogram, name: str, labels: Mapping[str, str]) -> Metric:
    """Tell a histogram under another name, with labels that it does not have."""
    (family,) = histogram.collect()
    renamed = HistogramMetricFamily(name, family.documentation, labels=tuple(labels))
    for sample in family.samples:
        suffix = sample.name.removeprefix(family.name)
        renamed.add_sample(f"{name}{suffix}", {**labels, **sample.labels}, sample.value)
    return renamed
