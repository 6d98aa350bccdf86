"""A queue that is steered from either side: both see the effect, and both act on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from preview_worker.queue import (
    CancelAnswer,
    Cancelled,
    Completed,
    Failed,
    JobRequest,
    JobState,
    QueueLimits,
    QueueSettings,
    RateLimit,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.controller import BullControls
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from tests.interop.node import DATA, NodeClient, leased, until
from tests.tries import tries

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

REASON = "The rulebook was withdrawn"


@pytest.fixture
async def controls(queue_settings: QueueSettings) -> AsyncIterator[BullControls]:
    """Our controls of the test's queue."""
    controls = BullControls(queue_settings)
    yield controls
    await controls.close()


async def add(node: NodeClient, **opts: object) -> str:
    """Have Node add a job; return its id."""
    added = await node("add", name="render-preview", data=DATA, opts=opts)
    job_id: str = added["id"]
    return job_id


async def fail(node: NodeClient, queue: BullQueue, **opts: object) -> str:
    """Have Node add a job that we fail; return its id."""
    job_id = await add(node, **opts)
    await queue.settle(await leased(queue), Failed("permanent.test", "it broke"))
    return job_id


async def cancel_by_node(node: NodeClient, job_id: str) -> None:
    """Cancel as the documentation tells Node services to."""
    await node("cancel", id=job_id, reason=REASON)


async def completed_by_node(node: NodeClient, job_id: str) -> None:
    """Return when Node tells that the job is completed."""
    await until(lambda: node("job", id=job_id), lambda told: told["state"] == "completed")


async def requests_of(settings: QueueSettings) -> object:
    """Return how many requests to cancel are open."""
    keys = QueueKeys(settings.prefix, settings.queue_name)
    link = RedisLink(settings, client_name="test")
    count = await link.call("XLEN", keys.cancel_requests)
    await link.close()
    return count


async def test_our_pause_and_resume_are_nodes(node: NodeClient, controls: BullControls) -> None:
    """Node says so, its workers keep still, and they go on at once: their wait is longer."""
    await node("work", processor="echo", concurrency=1, options={"drainDelay": 60})
    await controls.pause()
    assert await node("isPaused")
    job_id = await add(node)
    assert (await controls.counts()).ready == 1
    assert (await node("job", id=job_id))["state"] in {"waiting", "paused"}
    await controls.resume()
    assert not await node("isPaused")
    await until(lambda: node("job", id=job_id), lambda told: told["state"] == "completed", 20)


async def test_nodes_pause_and_resume_are_ours(
    node: NodeClient, queue: BullQueue, controls: BullControls
) -> None:
    """Jobs that wait are counted wherever that version of Node keeps them meanwhile."""
    before = await add(node)
    await node("pause")
    counts = await controls.counts()
    assert (counts.paused, counts.ready) == (True, 1)
    assert await queue.lease() is None
    await node("resume")
    assert (await leased(queue)).id == before


async def test_what_was_added_while_node_had_paused_is_there_after_our_resume(
    node: NodeClient, queue: BullQueue, producer: BullProducer, controls: BullControls
) -> None:
    """Node 5 keeps such jobs in another list than Node 6 and we do; none is lost."""
    job_ids = {await add(node)}
    await node("pause")
    job_ids |= {await add(node), (await producer.add(JobRequest(DATA))).id}
    await controls.resume()
    assert (await controls.counts()).ready == 3
    assert {(await leased(queue)).id for _ in range(3)} == job_ids


async def test_both_count_the_same(
    node: NodeClient, queue: BullQueue, controls: BullControls
) -> None:
    """State by state, prioritised jobs among them."""
    await fail(node, queue)
    await add(node)
    await leased(queue)
    for opts in ({}, {"priority": 1}, {"priority": 2}, {"delay": 60_000}):
        await add(node, **opts)
    ours, theirs = await controls.counts(), await node("counts")
    assert ours.prioritized == theirs["prioritized"] == 2
    assert (ours.waiting, ours.active, ours.delayed, ours.completed, ours.failed) == (
        theirs["waiting"],
        theirs["active"],
        theirs["delayed"],
        theirs["completed"],
        theirs["failed"],
    )


async def test_node_runs_what_we_retry_and_promote(
    node: NodeClient, queue: BullQueue, controls: BullControls
) -> None:
    """A prioritised job keeps its priority, which BullMQ's own retry of many forgets."""
    failed = await fail(node, queue, priority=5)
    delayed = await add(node, delay=60_000)
    assert (await controls.retry_all(), await controls.promote_all()) == (1, 1)
    assert (await node("job", id=failed))["state"] == "prioritized"
    assert (await node("job", id=delayed))["state"] == "waiting"
    await node("work", processor="echo", concurrency=1)
    for job_id in (failed, delayed):
        await completed_by_node(node, job_id)


async def test_we_run_what_node_retries_and_promotes(node: NodeClient, queue: BullQueue) -> None:
    """Whichever way Node moves them back."""
    failed = await fail(node, queue)
    delayed = await add(node, delay=60_000)
    await node("retryJobs")
    await node("promoteJobs")
    assert {(await leased(queue)).id for _ in range(2)} == {failed, delayed}


async def test_what_we_drain_clean_and_obliterate_is_gone_for_node(
    node: NodeClient, queue: BullQueue, controls: BullControls
) -> None:
    """Nothing is left of the jobs, nor in the end of the queue."""
    failed = await fail(node, queue)
    waiting = await add(node)
    delayed = await add(node, delay=60_000)
    assert await controls.drain() == 1
    assert "job" not in await node("job", id=waiting)
    assert await controls.clean("failed") == (failed,)
    assert "job" not in await node("job", id=failed)
    assert (await node("job", id=delayed))["state"] == "delayed"
    await controls.obliterate()
    assert sum((await node("counts")).values()) == 0


async def test_limits_are_read_by_both(node: NodeClient, controls: BullControls) -> None:
    """Whoever set them."""
    await controls.limit_concurrency(3)
    await controls.limit_rate(RateLimit(5, 1000))
    assert await node("limits") == {"concurrency": 3, "rate": ["5", "1000"]}
    await controls.limit_concurrency(None)
    await controls.limit_rate(None)
    assert await node("limits") == {"concurrency": None, "rate": [None, None]}
    await node("concurrency", limit=2)
    await node("rateLimit", max=7, duration=500)
    assert await controls.limits() == QueueLimits(2, RateLimit(7, 500))


@pytest.mark.parametrize("opts", [{}, {"priority": 3}, {"delay": 60_000}])
async def test_node_cancels_a_job_that_waits(
    node: NodeClient, queue: BullQueue, queue_settings: QueueSettings, opts: dict[str, int]
) -> None:
    """One command: a worker of ours fails the job with the reason, and the request is closed."""
    await node("listen")
    await node("pause")
    job_id = await add(node, **opts)
    await cancel_by_node(node, job_id)
    told = await until(
        lambda: node("job", id=job_id), lambda told: "failedReason" in told["job"], 20
    )
    assert told["job"]["failedReason"] == REASON
    heard: list[dict[str, Any]] = await until(
        lambda: node("heard"), lambda heard: heard and heard[-1]["event"] == "failed"
    )
    assert heard[-1]["failedReason"] == REASON
    await until(lambda: requests_of(queue_settings), lambda count: count == 0)
    await node("resume")
    assert await queue.lease() is None


async def test_node_cancels_a_job_that_we_run(
    node: NodeClient, queue: BullQueue, queue_settings: QueueSettings
) -> None:
    """The worker hears within a second, and Node sees the job failed with attempts left."""
    for attempt in tries():
        job_id = await add(node, attempts=5)
        job = await leased(queue)
        began_s = time.monotonic()
        await cancel_by_node(node, job_id)
        reason = await asyncio.wait_for(queue.cancelled(job), 20)
        took_s = time.monotonic() - began_s
        await queue.settle(job, Cancelled(reason))
        told = await node("job", id=job_id)
        assert (told["state"], told["job"]["failedReason"]) == ("failed", REASON)
        assert await requests_of(queue_settings) == 0
        with attempt:
            assert took_s < 1


async def test_a_request_that_nobody_heard_is_kept(
    node: NodeClient, queue_settings: QueueSettings
) -> None:
    """A worker that starts later acts on it."""
    job_id = await add(node)
    await cancel_by_node(node, job_id)
    assert (await node("job", id=job_id))["state"] == "waiting"
    late = BullQueue(queue_settings)
    await late.open()
    told = await until(lambda: node("job", id=job_id), lambda told: "failedReason" in told["job"])
    await late.close()
    assert told["job"]["failedReason"] == REASON


async def test_a_request_does_not_meet_a_later_job_of_the_same_id(
    node: NodeClient, queue: BullQueue, queue_settings: QueueSettings
) -> None:
    """The request for one that is gone is closed, and its id is free to be used again."""
    await cancel_by_node(node, "again")
    await until(lambda: requests_of(queue_settings), lambda count: count == 0)
    await add(node, jobId="again")
    job = await leased(queue)
    told = asyncio.create_task(queue.cancelled(job))
    done, _ = await asyncio.wait({told}, timeout=0.3)
    told.cancel()
    assert not done
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED


async def test_our_cancelling_reaches_a_job_that_node_will_run(
    node: NodeClient, controls: BullControls
) -> None:
    """A job that waits is failed by whoever cancels: no worker has to know of it."""
    job_id = await add(node)
    assert await controls.cancel(job_id, REASON) is CancelAnswer.CANCELLED
    await node("work", processor="echo", concurrency=1)
    other = await add(node)
    await completed_by_node(node, other)
    told = await node("job", id=job_id)
    assert (told["state"], told["job"]["failedReason"]) == ("failed", REASON)
