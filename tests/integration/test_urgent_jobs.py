"""An operator who waits for an edit, while all that is not reserved renders batches.

``python -m tests.integration.test_urgent_jobs 100`` tells how long so many edits wait; with
``patient`` behind the number, the other slot takes batches first.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.fakes.payloads import a_payload, a_request
from tests.jobs import LONG, SHORT
from tests.workers import WorkerUnderTest, a_worker

PICKED_UP_WITHIN_S = 0.1
BATCH, EDIT = 5, 1


def test_an_edit_is_begun_while_a_batch_is_rendered(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Within 100 ms. The best of some, because the machine may be busy with other things."""
    waits_s = waits(queue_settings, tmp_path, 4)

    assert min(waits_s) < PICKED_UP_WITHIN_S


def waits(
    settings: QueueSettings, data_dir: Path, edits: int, *, patient: bool = False
) -> list[float]:
    """Return how long each edit waited, in seconds, while another job kept the other slot busy."""
    with a_worker(
        settings,
        data_dir,
        PREVIEW_WORKER_CONCURRENCY="2",
        PREVIEW_RESERVED_SLOTS="1",
        PREVIEW_BATCH_SLOTS="1" if patient else "0",
        LOG_LEVEL="debug",
    ) as worker:
        return [_wait(settings, worker, number) for number in range(edits)]


def _wait(settings: QueueSettings, worker: WorkerUnderTest, number: int) -> float:
    """Begin a long render, add an edit, and return how long that waited."""
    batch, edit = f"batch-{number}", f"edit-{number}"
    asyncio.run(_add(settings, batch, LONG, BATCH))
    worker.wait_for("job.started", job_id=batch)
    asyncio.run(_add(settings, edit, SHORT, EDIT))
    leased = worker.wait_for("job.leased", job_id=edit)
    busy = [line for line in worker.lines if line.get("event") == "job.settled"]
    assert batch not in {line["job_id"] for line in busy}
    worker.wait_for("job.settled", job_id=batch)
    return float(leased["wait_s"])


async def _add(
    settings: QueueSettings, job_id: str, request: Mapping[str, object], priority: int
) -> None:
    payload = a_payload(jobId=job_id, previewRequest=a_request(**request))
    producer = BullProducer(settings)
    await producer.add(JobRequest(payload=payload, job_id=job_id, priority=priority))
    await producer.close()


def _report(edits: int, *, patient: bool) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder) / "redis", durable=False)
        redis.start()
        try:
            settings = QueueSettings(redis_url=redis.url, queue_name="edits")
            waits_s = sorted(waits(settings, Path(folder) / "data", edits, patient=patient))
        finally:
            redis.stop()
    p99_s = waits_s[round(0.99 * (len(waits_s) - 1))]
    return {
        "edits": edits,
        "wait_ms": {
            "median": round(statistics.median(waits_s) * 1000, 1),
            "p99": round(p99_s * 1000, 1),
            "longest": round(waits_s[-1] * 1000, 1),
        },
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_report(int(sys.argv[1]), patient="patient" in sys.argv)) + "\n")
