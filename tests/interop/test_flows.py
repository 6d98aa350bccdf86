"""Flows whose children fail: what becomes of the parent, whoever runs which of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from preview_worker.queue import Completed, Failed, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from tests.interop.node import NodeClient, leased, until

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

ENDINGS = [
    (None, "waiting-children"),
    ("failParentOnFailure", "failed"),
    ("continueParentOnFailure", "completed"),
    ("ignoreDependencyOnFailure", "completed"),
    ("removeDependencyOnFailure", "completed"),
]
"""An option of the child, and how the parent stands when the child failed."""


@pytest.fixture
async def nursery(queue_settings: QueueSettings) -> AsyncIterator[BullQueue]:
    """Our side of the queue in which the children stand."""
    name = f"{queue_settings.queue_name}-children"
    queue = BullQueue(replace(queue_settings, queue_name=name))
    await queue.open()
    yield queue
    await queue.close()


async def add_flow(node: NodeClient, flag: str | None) -> str:
    """Add a parent with one child in a queue of its own; return the parent's id."""
    child = {
        "name": "child",
        "queueName": f"{node.queue_name}-children",
        "data": {},
        "opts": {flag: True} if flag else {},
    }
    parent = {"name": "parent", "queueName": node.queue_name, "data": {}, "children": [child]}
    added = await node("addFlow", flow=parent)
    return str(added["id"])


async def state_of(node: NodeClient, job_id: str, state: str) -> Any:
    """Return what Node tells of a job as soon as it is in a state."""
    return await until(lambda: node("job", id=job_id), lambda told: told["state"] == state)


@pytest.mark.parametrize(("flag", "state"), ENDINGS)
async def test_a_child_that_fails_with_us_settles_a_parent_with_node(
    node: NodeClient, nursery: BullQueue, flag: str | None, state: str
) -> None:
    """Node's worker runs the parent, or fails it, as the child's option says."""
    parent_id = await add_flow(node, flag)
    await node("work", processor="echo", concurrency=1)
    await nursery.settle(await leased(nursery), Failed("permanent.x", "no"))
    await state_of(node, parent_id, state)


@pytest.mark.parametrize(("flag", "state"), ENDINGS)
async def test_a_child_that_fails_with_node_settles_a_parent_with_us(
    node: NodeClient, queue: BullQueue, flag: str | None, state: str
) -> None:
    """We run the parent, or fail it, as the child's option says."""
    parent_id = await add_flow(node, flag)
    name = f"{node.queue_name}-children"
    await node("work", processor="refuse", concurrency=1, name=name)
    await until(lambda: node("worked"), bool)
    if state == "completed":
        job = await leased(queue)
        assert job.id == parent_id
        await queue.settle(job, Completed({}))
    else:
        assert await queue.lease() is None
    await state_of(node, parent_id, state)


@pytest.mark.parametrize("runner", ["node", "us"])
async def test_a_childs_result_reaches_its_parent(
    node: NodeClient, queue: BullQueue, nursery: BullQueue, runner: str
) -> None:
    """Whoever ran the child, and whoever runs the parent then."""
    parent_id = await add_flow(node, None)
    if runner == "us":
        await nursery.settle(await leased(nursery), Completed({"n": 7}))
        await node("work", processor="echo", concurrency=1)
    else:
        await nursery.close()
        name = f"{node.queue_name}-children"
        await node("work", processor="echo", concurrency=1, name=name)
        await queue.settle(await leased(queue), Completed({}))
    await state_of(node, parent_id, "completed")
    values = await node("childrenValues", id=parent_id)
    expected: dict[str, object] = {"n": 7} if runner == "us" else {"echoed": {}}
    assert list(values.values()) == [expected]


async def test_a_parent_that_still_has_children_is_not_completed(
    node: NodeClient, queue: BullQueue
) -> None:
    """It waits for them."""
    parent_id = await add_flow(node, None)
    assert await queue.lease() is None
    assert (await node("job", id=parent_id))["state"] == "waiting-children"
