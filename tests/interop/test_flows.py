"""Flows whose children fail: what becomes of the parent, whoever runs which of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Literal

import pytest

from preview_worker.queue import Completed, Failed, FlowRequest, JobRequest, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.controller import BullControls
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from tests.interop.node import UPSTREAM, NodeClient, leased, until

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


def our_flow(on_failure: Literal["fail", "ignore"] = "ignore") -> FlowRequest:
    """Return a parent with two children, as ``their_flow`` is."""
    children = tuple(
        JobRequest({"n": n}, name="part", job_id=f"part-{n}-of-ours", priority=2) for n in (1, 2)
    )
    parent = JobRequest({"whole": True}, name="whole", job_id="ours", priority=2)
    return FlowRequest(parent, children, on_failure)


def their_flow(queue_name: str, flag: str) -> dict[str, object]:
    """Return that flow as Node's ``FlowProducer`` takes it."""
    common = {**UPSTREAM, "priority": 2}
    children = [
        {
            "name": "part",
            "queueName": queue_name,
            "data": {"n": n},
            "opts": {**common, "jobId": f"part-{n}-of-theirs", flag: True},
        }
        for n in (1, 2)
    ]
    parent = {"name": "whole", "queueName": queue_name, "data": {"whole": True}}
    return {**parent, "opts": {**common, "jobId": "theirs"}, "children": children}


async def _stored(settings: QueueSettings, job_id: str) -> dict[str, object]:
    """Return what Redis holds of a job, with its JSON read and whose it is left out."""
    link = RedisLink(settings, client_name="test")
    keys = QueueKeys(settings.prefix, settings.queue_name)
    reply: Any = await link.call("HGETALL", keys.job(job_id))
    waits: Any = await link.call("SMEMBERS", keys.dependencies(job_id))
    score = await link.call("ZSCORE", keys.prioritized, job_id)
    await link.close()
    fields = dict(zip(reply[::2], reply[1::2], strict=True))
    told: dict[str, object] = {
        name.decode(): json.loads(text) if text.startswith(b"{") else text.decode()
        for name, text in fields.items()
        if name != b"timestamp"
    }
    told["dependencies"] = sorted(key.decode() for key in waits)
    told["in line"] = score is not None
    return dict(json.loads(json.dumps(told).replace("ours", "theirs")))


@pytest.mark.parametrize(
    ("on_failure", "flag"),
    [("fail", "failParentOnFailure"), ("ignore", "ignoreDependencyOnFailure")],
)
async def test_our_flow_is_stored_as_nodes_is(
    node: NodeClient,
    producer: BullProducer,
    queue_settings: QueueSettings,
    on_failure: Literal["fail", "ignore"],
    flag: str,
) -> None:
    """Every field of every job, options and links and all."""
    await producer.add_flow(our_flow(on_failure))
    await node("addFlow", flow=their_flow(node.queue_name, flag))
    for ours, theirs in (("ours", "theirs"), ("part-2-of-ours", "part-2-of-theirs")):
        stored = await _stored(queue_settings, theirs)
        assert await _stored(queue_settings, ours) == stored
        assert (await node("job", id=ours))["state"] == (await node("job", id=theirs))["state"]


async def test_node_sees_a_family_that_is_retried_as_one_that_was_just_added(
    node: NodeClient, queue: BullQueue, queue_settings: QueueSettings
) -> None:
    """The parent waits for the child that failed it, and Node's worker runs both to their end."""
    await node("addFlow", flow=their_flow(node.queue_name, "failParentOnFailure"))
    first, second = await leased(queue), await leased(queue)
    await queue.settle(second, Completed({"done": True}))
    await queue.settle(first, Failed("permanent.x", "no"))
    assert await queue.lease() is None
    assert (await node("job", id="theirs"))["state"] == "failed"
    controls = BullControls(queue_settings)
    await controls.retry("theirs")
    await controls.close()

    assert (await node("job", id="theirs"))["state"] == "waiting-children"
    assert (await node("job", id=first.id))["state"] == "prioritized"
    await node("work", processor="echo", concurrency=1)
    await state_of(node, "theirs", "completed")
    assert [told["id"] for told in await node("worked")] == [first.id, "theirs"]
    assert len(await node("childrenValues", id="theirs")) == 2


async def test_our_flow_runs_with_node(node: NodeClient, producer: BullProducer) -> None:
    """Its worker runs the parent last, with the children's results at hand."""
    await producer.add_flow(our_flow())
    await node("listen")
    await node("work", processor="echo", concurrency=1)
    await state_of(node, "ours", "completed")
    worked = [told["id"] for told in await node("worked")]
    assert worked == ["part-1-of-ours", "part-2-of-ours", "ours"]
    values = await node("childrenValues", id="ours")
    assert list(values.values()) == [{"echoed": {"n": 1}}, {"echoed": {"n": 2}}]
    heard = await until(lambda: node("heard"), lambda told: any(e["jobId"] == "ours" for e in told))
    assert {event["jobId"] for event in heard} >= {"part-1-of-ours", "part-2-of-ours"}
