"""A queue that Node filled, backed up and restored by us, and worked off by Node."""

from __future__ import annotations

import pytest

from tests.interop.node import DATA, NodeClient, until
from tests.vault import Vault, vault

__all__ = ["vault"]

pytestmark = [pytest.mark.anyio, pytest.mark.interop]


async def test_node_works_off_a_restored_queue(node: NodeClient, vault: Vault) -> None:
    """Waiting, prioritised and delayed jobs and a flow, each once and in order."""
    for number in range(3):
        await node("add", name="plain", data=DATA, opts={"jobId": f"plain-{number}"})
    for number, priority in enumerate((5, 2, 2)):
        opts = {"jobId": f"prio-{number}", "priority": priority}
        await node("add", name="prio", data=DATA, opts=opts)
    await node("add", name="later", data=DATA, opts={"jobId": "later", "delay": 500})
    child = {"name": "child", "queueName": node.queue_name, "data": {}, "opts": {"jobId": "child"}}
    flow = {"name": "parent", "queueName": node.queue_name, "data": {}, "children": [child]}
    await node("addFlow", flow={**flow, "opts": {"jobId": "parent"}})
    before = await node("counts")
    await vault.save()
    await vault.wipe()
    restored, skipped, _ = await vault.restore()
    assert (restored, skipped) == (9, 0)
    assert await node("counts") == before

    await node("work", processor="echo", concurrency=1)
    done = await until(lambda: node("worked"), lambda worked: len(worked) == 9)
    order = [job["id"] for job in done]
    assert [job_id for job_id in order if job_id != "later"] == [
        *("plain-0", "plain-1", "plain-2", "child"),
        *("parent", "prio-1", "prio-2", "prio-0"),
    ]
    assert {job["result"] for job in done} == {"completed"}
    told = (await node("job", id="plain-1"))["job"]
    assert (told["data"], told["returnvalue"]) == (DATA, {"echoed": DATA})
    values = await node("childrenValues", id="parent")
    assert list(values.values()) == [{"echoed": {}}]


async def test_a_paused_queue_comes_back_paused(node: NodeClient, vault: Vault) -> None:
    """Node resumes it and finds the jobs where its version looks for them."""
    await node("add", name="plain", data=DATA, opts={"jobId": "a"})
    await node("pause")
    await node("add", name="plain", data=DATA, opts={"jobId": "b"})
    await vault.save()
    await vault.wipe()
    await vault.restore()
    assert await node("isPaused")
    await node("work", processor="echo", concurrency=1)
    await node("resume")
    done = await until(lambda: node("worked"), lambda worked: len(worked) == 2)
    assert [job["id"] for job in done] == ["a", "b"]
