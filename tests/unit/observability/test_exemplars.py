"""OpenMetrics tells the same figures, and with them whose trace to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from preview_worker import events
from preview_worker.events import TraceContext
from tests.unit.observability.happenings import EVENTS, TRACE, published
from tests.unit.observability.scraper import Scraper

if TYPE_CHECKING:
    from prometheus_client import Metric

pytestmark = pytest.mark.anyio


@pytest.fixture
def scraper() -> Scraper:
    """Return a scraper that saw nothing yet."""
    return Scraper()


async def families(scraper: Scraper) -> Iterable[Metric]:
    """Scrape as OpenMetrics, which the parser is strict about."""
    text, content_type = await scraper.observer.exposition(openmetrics=True)
    assert content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    parse: Callable[[str], Iterable[Metric]] = text_string_to_metric_families
    return parse(text.decode())


async def exemplars(scraper: Scraper) -> dict[str, set[str]]:
    """Scrape as OpenMetrics, and return the trace ids that each metric leads to."""
    found: dict[str, set[str]] = {}
    for family in await families(scraper):
        for sample in family.samples:
            if sample.exemplar is not None:
                found.setdefault(family.name, set()).add(sample.exemplar.labels["trace_id"])
    return found


async def test_times_lead_to_the_trace_of_the_job_that_took_them(scraper: Scraper) -> None:
    """Each job to its own, also when two run at once."""
    traces = {f"job-{n}": TraceContext(f"{n:032x}", "1" * 16) for n in (1, 2)}
    for (job_id, trace), wait_s in zip(traces.items(), (0.2, 20), strict=True):
        scraper.observer.observe(
            events.JobLeased(job_id=job_id, attempt=1, wait_s=wait_s, trace=trace)
        )
    scraper.observer.observe(replace(published(), job_id="job-2", phases_s={"paint": 0.5}))
    scraper.observer.observe(
        events.JobSettled(job_id="job-1", result="failed", duration_s=3, dry_run=False)
    )

    assert await exemplars(scraper) == {
        "preview_worker_queue_wait_seconds": {f"{1:032x}", f"{2:032x}"},
        "preview_worker_phase_duration_seconds": {f"{2:032x}"},
        "preview_worker_job_duration_seconds": {f"{1:032x}"},
    }


async def test_a_trace_that_nobody_records_is_no_exemplar(scraper: Scraper) -> None:
    """It would lead nowhere."""
    trace = TraceContext("a" * 32, "b" * 16, sampled=False)
    scraper.observer.observe(events.JobLeased(job_id="j", attempt=1, wait_s=1, trace=trace))
    scraper.observer.observe(
        events.JobSettled(job_id="j", result="completed", duration_s=2, dry_run=False)
    )

    assert await exemplars(scraper) == {}


async def test_the_trace_of_a_settled_job_is_forgotten(scraper: Scraper) -> None:
    """A worker that runs for months does not remember every job."""
    scraper.observer.observe(events.JobLeased(job_id="j", attempt=1, wait_s=1, trace=TRACE))
    for _ in range(2):
        scraper.observer.observe(
            events.JobSettled(job_id="j", result="completed", duration_s=2, dry_run=False)
        )
        scraper.observer.observe(replace(published(), phases_s={"paint": 0.5}))

    assert "preview_worker_phase_duration_seconds" not in await exemplars(scraper)


async def test_both_formats_tell_the_same(scraper: Scraper) -> None:
    """Whichever Prometheus asks for."""
    for event in EVENTS:
        scraper.observer.observe(event)
    figures = {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in await families(scraper)
        for sample in family.samples
    }

    assert figures == set(await scraper.figures())
