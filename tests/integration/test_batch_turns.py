"""A project that adds batch after batch, and another one that adds a single batch behind them.

``python -m tests.integration.test_batch_turns 10 64`` tells how long the single one takes with and
without turns. The workers and the queue are real; what stands for a part is a nap of 50 ms.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.bootstrap.submission import flow_of
from preview_worker.contract import BatchPlan
from preview_worker.queue import FlowRequest, JobRequest, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.fakes.payloads import a_payload
from tests.integration.test_project_places import (
    NAP_S,
    SLOTS,
    WORKERS,
    Chronicle,
    Napper,
    at_work,
)

pytestmark = pytest.mark.anyio

GREEDY, MODEST = "greedy", "modest"


def a_batch(project: str, number: int, parts: int, *, turns: bool) -> FlowRequest:
    """Return a batch as our producer adds it, or as it would be without turns."""
    payload = a_payload(jobId=f"{project}-{number}", projectId=project)
    request = JobRequest(payload, job_id=f"{project}-{number}", priority=2)
    flow = flow_of(request, BatchPlan(parts=parts))
    return flow if turns else replace(flow, turn_of=None)


async def crowded(
    settings: QueueSettings, batches: int, parts: int, *, turns: bool, nap_s: float = NAP_S
) -> dict[str, float]:
    """Return what became of one batch that was added behind so many others."""
    producer = BullProducer(settings)
    for number in range(batches):
        await producer.add_flow(a_batch(GREEDY, number, parts, turns=turns))
    await producer.add_flow(a_batch(MODEST, 0, parts, turns=turns))
    await producer.close()
    chronicle = Chronicle()
    began_s = time.monotonic()
    async with at_work(settings, chronicle, Napper(nap_s)):
        await chronicle.settled(MODEST, parts + 1)
        done_s = time.monotonic() - began_s
        ended = len(chronicle.settled_s)
        await chronicle.settled(GREEDY, batches * (parts + 1))
        all_done_s = time.monotonic() - began_s
    begun_s = min(at_s for each, at_s in chronicle.started_s.items() if each.startswith(MODEST))
    return {
        "begun_after_s": round(begun_s - began_s, 2),
        "done_after_s": round(done_s, 2),
        "jobs_left_then": (batches + 1) * (parts + 1) - ended,
        "all_done_after_s": round(all_done_s, 2),
    }


async def test_one_batch_does_not_wait_for_all_of_another_project(
    queue_settings: QueueSettings,
) -> None:
    """It is published while many parts of the others wait still."""
    told = await asyncio.wait_for(crowded(queue_settings, 5, 8, turns=True), timeout=60)

    assert told["jobs_left_then"] > WORKERS * SLOTS


async def _report(batches: int, parts: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder), durable=False)
        redis.start()
        try:
            return {
                name: await crowded(
                    QueueSettings(redis_url=redis.url, queue_name=name), batches, parts, turns=turns
                )
                for name, turns in (("without", False), ("with", True))
            }
        finally:
            redis.stop()


if __name__ == "__main__":
    figures = asyncio.run(_report(int(sys.argv[1]), int(sys.argv[2])))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
