"""What is read at the moment of a scrape: the queue, the disk, and the locks that are held.

What nobody has answered yet is left out: an unknown disk is not a full one, and a queue that nobody
saw is not an empty one. Rows in ``docs/metrics.md``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    UntypedMetricFamily,
)

from preview_worker.observability.settings import HealthSettings
from preview_worker.observability.snapshot import Snapshot, StateCounts

if TYPE_CHECKING:
    from prometheus_client import Metric

_STATE_LABELS = ("queue", "state")


class Tally(Protocol):
    """What became of a queue's jobs since it exists, as the queue room reads it."""

    @property
    def completed(self) -> int:
        """Jobs that were completed, by whatever worker."""

    @property
    def failed(self) -> int:
        """Jobs that failed for good, by whatever worker."""

    @property
    def dead_letters(self) -> int:
        """Dead letters that are there now."""


class Room(Protocol):
    """How much room a disk has, as the artifacts room measures it."""

    @property
    def size_bytes(self) -> int:
        """All of it."""

    @property
    def free_bytes(self) -> int:
        """What is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the figures come from."""

    queue: str
    counts: Snapshot[StateCounts]
    tally: Snapshot[Tally] | None = None
    disk: Snapshot[Room] | None = None
    lock_age_s: Callable[[], float] = float
    """How long ago the lock was renewed that was renewed least recently; 0 where none is held."""
    max_jobs: int = 0
    """So many jobs may wait before more are refused; 0 without a limit."""

    async def refresh(self) -> None:
        """Ask all of them together, each of which answers soon."""
        await asyncio.gather(*(each.refresh() for each in self._snapshots()))

    async def close(self) -> None:
        """Stop asking. Safe to call twice."""
        await asyncio.gather(*(each.close() for each in self._snapshots()))

    def _snapshots(self) -> list[Snapshot[StateCounts] | Snapshot[Tally] | Snapshot[Room]]:
        asked = (self.counts, self.tally, self.disk)
        return [each for each in asked if each is not None]


class Readings:
    """A collector of what the sources said last."""

    def __init__(self, sources: Sources, settings: HealthSettings) -> None:
        """Read ``sources``; how old an answer may be is in ``settings``."""
        self._sources = sources
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        """Yield every family, some of them without a sample."""
        yield from self._queue_families()
        yield from self._state_families()
        yield from self._tally_families()
        yield from self._disk_families()
        yield GaugeMetricFamily(
            "preview_worker_lock_age_seconds",
            "Time since the least recently renewed lock was renewed; 0 without locks.",
            self._sources.lock_age_s(),
        )

    def _queue_families(self) -> Iterator[Metric]:
        counts = self._sources.counts
        up = counts.error is None and counts.age_s < self._settings.silent_after_s
        paused = counts.value is not None and counts.value.paused
        for name, meaning, value in (
            ("queue_up", "1 while the queue answers.", up),
            ("queue_paused", "1 while somebody paused the queue.", paused),
            (
                "queue_counts_age_seconds",
                "Age of the counts by state; infinite before the first.",
                counts.age_s,
            ),
            (
                "queue_max_jobs",
                "Jobs that may wait before more are refused; 0 without a limit.",
                self._sources.max_jobs,
            ),
        ):
            yield GaugeMetricFamily(f"preview_worker_{name}", meaning, value)

    def _state_families(self) -> Iterator[Metric]:
        size = GaugeMetricFamily(
            "preview_worker_queue_size", "Jobs in the queue by state.", labels=_STATE_LABELS
        )
        count = UntypedMetricFamily(
            "bullmq_job_count", "The same under BullMQ's own name.", labels=_STATE_LABELS
        )
        counts = self._sources.counts.value
        for state, jobs in by_state(counts).items() if counts is not None else ():
            size.add_metric((self._sources.queue, state), jobs)
            count.add_metric((self._sources.queue, state), jobs)
        yield size
        yield count

    def _tally_families(self) -> Iterator[Metric]:
        completed = CounterMetricFamily(
            "bullmq_job_completed", "Jobs of the queue that were completed.", labels=["queue"]
        )
        failed = CounterMetricFamily(
            "bullmq_job_failed", "Jobs of the queue that failed for good.", labels=["queue"]
        )
        dead = GaugeMetricFamily("preview_worker_dead_letters", "Dead letters of the queue.")
        if (tally := _last(self._sources.tally)) is not None:
            completed.add_metric((self._sources.queue,), tally.completed)
            failed.add_metric((self._sources.queue,), tally.failed)
            dead.add_metric((), tally.dead_letters)
        yield from (completed, failed, dead)

    def _disk_families(self) -> Iterator[Metric]:
        size = GaugeMetricFamily("preview_worker_disk_size_bytes", "Size of the disk of DATA_DIR.")
        free = GaugeMetricFamily("preview_worker_disk_free_bytes", "What is free of it for us.")
        if (room := _last(self._sources.disk)) is not None:
            size.add_metric((), room.size_bytes)
            free.add_metric((), room.free_bytes)
        yield from (size, free)


T = TypeVar("T")


def _last(snapshot: Snapshot[T] | None) -> T | None:
    return None if snapshot is None else snapshot.value


def by_state(counts: StateCounts) -> dict[str, int]:
    """Name the states as BullMQ does."""
    return {
        "waiting": counts.waiting,
        "prioritized": counts.prioritized,
        "active": counts.active,
        "delayed": counts.delayed,
        "completed": counts.completed,
        "failed": counts.failed,
        "waiting-children": counts.waiting_children,
    }
