"""What the metrics read at a scrape: the queue, the disk of DATA_DIR, and the locks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from preview_worker.artifacts.disk import disk_room
from preview_worker.observability import HealthSettings, Snapshot, Sources
from preview_worker.queue.bullmq import BullQueue

if TYPE_CHECKING:
    from preview_worker.observability import StateCounts
    from preview_worker.queue.controller import BullControls
    from preview_worker.settings import Settings


def sources_of(
    settings: Settings,
    queue: BullQueue | BullControls,
    counts: Snapshot[StateCounts],
    patience: HealthSettings,
) -> Sources:
    """Return the sources; only a ``BullQueue`` holds locks."""
    data_dir = settings.artifacts.data_dir
    return Sources(
        queue=settings.preview_queue_name,
        counts=counts,
        tally=Snapshot(queue.tally, patience),
        disk=Snapshot(lambda: asyncio.to_thread(disk_room, data_dir), patience),
        lock_age_s=queue.lock_age_s if isinstance(queue, BullQueue) else float,
        max_jobs=settings.preview_queue_max,
    )
