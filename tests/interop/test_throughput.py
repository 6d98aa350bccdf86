"""BullMQ's own counts of jobs that ended, which Node and our workers keep together."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

import pytest
from prometheus_client.parser import text_string_to_metric_families

from preview_worker.queue import Completed, Failed, JobRequest, Outcome, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.controller import BullControls
from preview_worker.queue.producer import BullProducer
from tests.interop.node import DATA, NodeClient, leased, until

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

MINUTE_MS = 60_000
FAILED = Failed("permanent.render", "it cannot be rendered")


async def settle(queue: BullQueue, producer: BullProducer, *outcomes: Outcome) -> None:
    """Run a job for each outcome."""
    for outcome in outcomes:
        await producer.add(JobRequest(DATA))
        await queue.settle(await leased(queue), outcome)


async def test_node_reads_what_our_jobs_came_to(
    node: NodeClient, queue: BullQueue, producer: BullProducer
) -> None:
    """``getMetrics`` counts each job once, by how it ended."""
    done = Completed({})
    await settle(queue, producer, done, FAILED, done)

    completed, failed = [await node("metrics", target=end) for end in ("completed", "failed")]

    assert (completed["meta"]["count"], failed["meta"]["count"]) == (2, 1)


async def test_node_reads_a_data_point_for_each_minute(
    node: NodeClient, queue: BullQueue, producer: BullProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest comes first, and a minute without jobs is 0."""
    for minute, jobs in ((100, 3), (102, 2), (103, 1)):
        clock = Mock(return_value=minute * MINUTE_MS)
        monkeypatch.setattr("preview_worker.queue.settler.now_ms", clock)
        await settle(queue, producer, *[Completed({})] * jobs)

    told = await node("metrics", target="completed")

    assert told["meta"] == {"count": 6, "prevTS": 103 * MINUTE_MS, "prevCount": 5}
    assert [int(point) for point in told["data"]] == [2, 0, 3]


async def test_workers_of_both_kinds_add_to_one_count(
    node: NodeClient, queue: BullQueue, producer: BullProducer, queue_settings: QueueSettings
) -> None:
    """Each worker finds what the others counted, and what was counted outlives them."""
    await settle(queue, producer, Completed({}), FAILED)
    await queue.close()
    options = {"metrics": {"maxDataPoints": 60}}
    await node("work", processor="echo", concurrency=1, options=options)
    added = await producer.add(JobRequest(DATA))
    async with asyncio.timeout(8):
        [_ async for _ in producer.watch(added.id)]
    await node("rest")

    controls = BullControls(queue_settings)
    tally = await controls.tally()
    await controls.close()
    assert (tally.completed, tally.failed) == (2, 1)


async def test_the_names_are_those_that_node_exports(
    node: NodeClient, queue: BullQueue, producer: BullProducer
) -> None:
    """Dashboards for the one read the other; version 5 exports the states alone."""
    await settle(queue, producer, Completed({}), FAILED, FAILED)

    text = await until(lambda: node("exported"), lambda text: 'state="active"} 0' in text)
    exported = {
        (sample.name, sample.labels["queue"]): sample.value
        for family in text_string_to_metric_families(f"{text}\n")
        for sample in family.samples
        if "state" not in sample.labels
    }

    name = node.queue_name
    counted = {("bullmq_job_completed_total", name): 1, ("bullmq_job_failed_total", name): 2}
    assert exported in (counted, {})
    assert "bullmq_job_count{" in text
