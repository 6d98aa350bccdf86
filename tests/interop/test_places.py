"""Jobs of a Node producer whose project has as many running as it may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from preview_worker.queue import Completed, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from tests.interop.node import DATA, UPSTREAM, NodeClient, leased, until

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

PROJECT = str(DATA["projectId"])


async def add(node: NodeClient, *job_ids: str, priority: int) -> None:
    """Have Node add jobs as the upstream client does."""
    for job_id in job_ids:
        opts = {**UPSTREAM, "jobId": job_id, "priority": priority}
        await node("add", name="render-preview", data=DATA, opts=opts)


@pytest.mark.parametrize("priority", [0, 2])
async def test_node_sees_the_truth_of_a_job_that_was_put_aside(
    node: NodeClient, queue_settings: QueueSettings, priority: int
) -> None:
    """Delayed, waiting again, active, completed, and none of its attempts spent on the way."""
    # An urgent job finds one place more, and one without a priority is urgent.
    most = 2 if priority else 1
    queue = BullQueue(replace(queue_settings, project_max_active=most))
    await queue.open()
    await node("listen")
    await add(node, "a", "b", "c", priority=priority)
    running = [await leased(queue) for _ in range(2)]
    assert [await queue.claim(job, PROJECT) for job in running] == [None, None]
    assert await queue.claim(await leased(queue), PROJECT) is not None
    told = await node("job", id="c")
    assert (told["state"], told["job"]["attemptsMade"]) == ("delayed", 0)

    await queue.settle(running[0], Completed({}))
    told = await node("job", id="c")
    assert told["state"] == ("prioritized" if priority else "waiting")
    last = await leased(queue)
    assert (last.id, await queue.claim(last, PROJECT)) == ("c", None)
    for job in (running[1], last):
        await queue.settle(job, Completed({}))
    assert await _states(node, "a", "b", "c") == ["completed"] * 3
    heard = await until(
        lambda: _heard_of(node, "c"), lambda heard: heard and heard[-1] == "completed", 20
    )
    assert heard == ["active", "delayed", "active", "completed"]
    await queue.close()


async def test_node_may_promote_what_was_put_aside(
    node: NodeClient, queue_settings: QueueSettings
) -> None:
    """In vain, while no place is free; the place in its line is the one that it had."""
    queue = BullQueue(replace(queue_settings, project_max_active=1))
    await queue.open()
    await add(node, "a", "b", "c", priority=2)
    job = await leased(queue)
    assert await queue.claim(job, PROJECT) is None
    for _ in range(2):
        assert await queue.claim(await leased(queue), PROJECT) is not None
    await node("promote", id="c")
    assert await queue.claim(await leased(queue), PROJECT) is not None
    assert await _states(node, "b", "c") == ["delayed", "delayed"]
    await queue.settle(job, Completed({}))
    last = await leased(queue)
    assert (last.id, await queue.claim(last, PROJECT)) == ("b", None)
    await queue.close()


async def test_what_a_removed_queue_leaves_holds_nobody_up(
    node: NodeClient, queue_settings: QueueSettings
) -> None:
    """Node knows nothing of places; those that it leaves behind are nobody's."""
    queue = BullQueue(replace(queue_settings, project_max_active=1))
    await queue.open()
    await add(node, "a", "b", priority=2)
    assert await queue.claim(await leased(queue), PROJECT) is None
    assert await queue.claim(await leased(queue), PROJECT) is not None
    await node("obliterate")
    await add(node, "c", priority=2)
    last = await leased(queue)
    assert (last.id, await queue.claim(last, PROJECT)) == ("c", None)
    await queue.close()


async def _heard_of(node: NodeClient, job_id: str) -> list[Any]:
    return [each["event"] for each in await node("heard") if each["jobId"] == job_id]


async def _states(node: NodeClient, *job_ids: str) -> list[Any]:
    return [(await node("job", id=job_id))["state"] for job_id in job_ids]
