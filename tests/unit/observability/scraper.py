"""A metrics observer with a queue of its own, and a way to read its figures."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from preview_worker.observability import HealthSettings, MetricsObserver, Snapshot, Sources
from tests.unit.observability.happenings import Clock, FakeQueue, room, snapshot_of


class Scraper:
    """A metrics observer with a queue of its own, and a way to read its figures."""

    def __init__(self) -> None:
        """Start with a queue that answers."""
        self.queue = FakeQueue()
        self.clock = Clock()
        self.counts = snapshot_of(self.queue, self.clock)
        self.lock_age_s = 0.0
        sources = Sources(
            queue="preview-jobs",
            counts=self.counts,
            tally=Snapshot(self.queue.tally, HealthSettings(), self.clock),
            disk=Snapshot(room, HealthSettings(), self.clock),
            lock_age_s=lambda: self.lock_age_s,
            max_jobs=20,
        )
        self.observer = MetricsObserver("0.1.0", sources, HealthSettings())

    async def figures(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """Scrape, and return every sample by name and labels."""
        text, _ = await self.observer.exposition()
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text.decode())
            for sample in family.samples
        }

    async def figure(self, name: str, **labels: str) -> float | None:
        """Scrape one figure; None when there is no such series."""
        return (await self.figures()).get((name, tuple(sorted(labels.items()))))
