"""How a job will be settled is on record before the queue is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.bootstrap.announcement import AnnouncingQueue
from preview_worker.bootstrap.auditing import Auditor
from preview_worker.observability import read_log
from preview_worker.queue import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    JobRequest,
    LeasedJob,
    Outcome,
    Retry,
    Settlement,
)
from preview_worker.queue.memory import MemoryQueue
from preview_worker.queue.memory_producer import MemoryProducer
from preview_worker.queue.store import MemoryStore
from preview_worker.settings import load_settings
from tests.fakes.parts import QUICK
from tests.fakes.payloads import a_payload

pytestmark = pytest.mark.anyio


class WatchedQueue(MemoryQueue):
    """Looks into the log at the moment at which it is told."""

    folder = Path()
    on_record: tuple[str, ...] = ()

    async def settle(
        self, job: LeasedJob, outcome: Outcome, *, lease_next: bool = False
    ) -> Settlement:
        """Remember what the log says by now."""
        records = read_log(self.folder) if self.folder.is_dir() else ()
        self.on_record = tuple(
            f"{each.document['subject']['job']} {each.document['outcome']}"
            for each in records
            if each.action == "job.settling"
        )
        return await super().settle(job, outcome, lease_next=lease_next)


@pytest.mark.parametrize(
    ("outcome", "on_record"),
    [
        (Completed({}), ("job-1 completed",)),
        (Failed("permanent.internal", "why"), ("job-1 failed",)),
        (Retry("transient.disk", "why"), ("job-1 failed",)),
        (Cancelled("why"), ("job-1 cancelled",)),
        (HandedBack(), ()),
    ],
    ids=["completed", "failed", "retry", "cancelled", "handed_back"],
)
async def test_the_log_knows_first(
    tmp_path: Path, outcome: Outcome, on_record: tuple[str, ...]
) -> None:
    """I5: a worker that is killed as it tells the queue leaves the announcement."""
    auditor = Auditor(load_settings(data_dir=tmp_path, redis_url="redis://127.0.0.1:1"), "worker")
    store = MemoryStore()
    inner = WatchedQueue(store, QUICK)
    inner.folder = tmp_path / "audit"
    queue = AnnouncingQueue(inner, auditor.announce)
    auditor.start()
    await queue.open()
    await MemoryProducer(store).add(JobRequest(payload=a_payload(), job_id="job-1"))
    job = await queue.lease()
    assert job is not None

    await queue.settle(job, outcome)
    await queue.close()
    await auditor.close()

    assert inner.on_record == on_record
