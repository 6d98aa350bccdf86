"""A batch behind a flood of urgent jobs that does not end before the batch does.

``python -m tests.integration.test_batch_floor 64`` tells how long the parts of such a batch wait,
without and with a slot in each worker that takes batches first. The workers and the queue are real;
what stands for a job is a nap of 50 ms.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pytest

from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.integration.test_batch_turns import a_batch
from tests.integration.test_project_places import NAP_S, Chronicle, Napper, at_work

pytestmark = pytest.mark.anyio

EDIT, BATCH, PART = "edit", "batch", "batch-0-part"
URGENT = 1


async def beside_a_flood(
    settings: QueueSettings, edits: int, parts: int, *, patient: int
) -> dict[str, object]:
    """Return when the parts of a batch were begun that was added behind so many edits."""
    producer = BullProducer(settings)
    for number in range(edits):
        payload = {"jobId": f"{EDIT}-{number}", "projectId": EDIT}
        await producer.add(JobRequest(payload, job_id=f"{EDIT}-{number}", priority=URGENT))
    await producer.add_flow(a_batch(BATCH, 0, parts, turns=True))
    await producer.close()
    chronicle = Chronicle()
    began_s = time.monotonic()
    async with at_work(settings, chronicle, Napper(), patient=patient):
        await chronicle.settled(PART, parts)
        begun = {job_id: at_s - began_s for job_id, at_s in chronicle.started_s.items()}
    waits_s = sorted(at_s for job_id, at_s in begun.items() if job_id.startswith(PART))
    return {
        "first_after_s": round(waits_s[0], 2),
        "median_s": round(statistics.median(waits_s), 2),
        "last_after_s": round(waits_s[-1], 2),
        "edits_that_waited_then": edits - sum(job_id.startswith(EDIT) for job_id in begun),
    }


@pytest.mark.parametrize("patient", [0, 1])
async def test_a_batch_is_filmed_beside_a_flood_of_edits(
    queue_settings: QueueSettings, patient: int
) -> None:
    """By the slots that take it first. Without those no part is begun while an edit waits."""
    flooded = beside_a_flood(queue_settings, 160, 8, patient=patient)
    told = await asyncio.wait_for(flooded, timeout=60)

    assert (told["edits_that_waited_then"] != 0) is bool(patient)


async def _report(parts: int) -> dict[str, object]:
    told: dict[str, object] = {"nap_s": NAP_S}
    with tempfile.TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder), durable=False)
        redis.start()
        try:
            for patient in (0, 1):
                name = f"slots-{patient}"
                settings = QueueSettings(redis_url=redis.url, queue_name=name)
                told[name] = await beside_a_flood(settings, 1000, parts, patient=patient)
        finally:
            redis.stop()
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_report(int(sys.argv[1]))), indent=1) + "\n")
