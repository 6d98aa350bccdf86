"""Dead letters as Node sees them, and replayed jobs as Node runs them."""

from __future__ import annotations

import pytest

from preview_worker import __version__
from preview_worker.queue import Failed, QueueSettings, Replay, Retry
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.dead_queue import BullDeadLetters
from preview_worker.queue.keys import QueueKeys
from tests.interop.node import DATA, NodeClient, NodeProcess, leased, until
from tests.redis_server import command

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

OPTIONS = {"jobId": "job-1", "attempts": 2, "backoff": 0, "removeOnFail": True}


async def test_node_finds_the_letter_in_the_dead_queue(
    node: NodeClient, node_process: NodeProcess, queue: BullQueue, queue_settings: QueueSettings
) -> None:
    """It is a waiting job with payload, code, reason, history and version in its data."""
    await node("add", name="render", data=DATA, opts=OPTIONS)
    await queue.settle(await leased(queue), Retry("transient.disk", "full"))
    await queue.settle(await leased(queue), Retry("transient.disk", "still full"))
    assert (await node("job", id="job-1")).get("job") is None
    dead = NodeClient(node_process, queue_settings.dead_queue_name)
    assert (await dead("counts"))["waiting"] == 1
    [letter] = await dead("jobs", states=["waiting"])
    told = letter["data"]
    assert (letter["id"], letter["name"], told["payload"]) == ("job-1", "render", DATA)
    assert (told["code"], told["reason"]) == ("transient.disk", "still full")
    assert told["history"] == ["transient.disk: full", "transient.disk: still full"]
    assert (told["attemptsMade"], told["attemptsStarted"], told["maxAttempts"]) == (2, 2, 2)
    assert told["workerVersion"] == __version__
    assert (letter["failedReason"], letter["stacktrace"]) == ("still full", told["history"])
    assert (await dead("job", id="job-1"))["state"] == "waiting"
    (shown,) = (await dead("board", status="waiting"))["jobs"]
    assert (shown["id"], shown["data"], shown["failedReason"]) == ("job-1", told, "still full")


async def test_node_can_list_the_letter_of_a_poisoned_job(
    node_process: NodeProcess, queue: BullQueue, queue_settings: QueueSettings
) -> None:
    """A job whose options and data break every tool does not break the list of the dead."""
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    words = ("name", "render", "data", "{broken", "opts", "{broken", "timestamp", 5)
    await command(queue_settings, "HSET", str(keys.job("job-1")), *words)
    await command(queue_settings, "LPUSH", keys.wait, "job-1")
    assert await queue.lease() is None
    dead = NodeClient(node_process, queue_settings.dead_queue_name)
    [letter] = await dead("jobs", states=["waiting"])
    assert (letter["id"], letter["data"]["code"]) == ("job-1", "invalid.job")
    assert letter["data"]["reason"] == "The job's options are not readable JSON"


@pytest.mark.parametrize("keep", [True, False])
async def test_node_runs_a_replayed_job(
    node: NodeClient, queue: BullQueue, queue_settings: QueueSettings, *, keep: bool
) -> None:
    """Under its id and with its options, whether or not the failed job was kept."""
    await node("add", name="render", data=DATA, opts={**OPTIONS, "removeOnFail": not keep})
    await queue.settle(await leased(queue), Failed("permanent.render_crash", "no"))
    letters = BullDeadLetters(queue_settings)
    await queue.close()
    await node("work", processor="echo", concurrency=1)
    assert await letters.replay("job-1") is Replay.REPLAYED
    done = await until(lambda: node("worked"), lambda worked: len(worked) == 1)
    assert done == [{"id": "job-1", "result": "completed"}]
    told = (await node("job", id="job-1"))["job"]
    assert (told["data"], told["attemptsMade"], told["opts"]["attempts"]) == (DATA, 1, 2)
    assert "failedReason" not in told
    assert await letters.replay("job-1") is Replay.ABSENT
    await letters.close()


async def test_node_moves_a_letter_on_without_us(
    node: NodeClient, node_process: NodeProcess, queue: BullQueue, queue_settings: QueueSettings
) -> None:
    """A Node worker on the dead queue takes a letter like any job."""
    await node("add", name="render", data=DATA, opts=OPTIONS)
    await queue.settle(await leased(queue), Failed("permanent.render_crash", "no"))
    dead = NodeClient(node_process, queue_settings.dead_queue_name)
    await dead("work", processor="echo", concurrency=1)
    done = await until(lambda: dead("worked"), lambda worked: len(worked) == 1)
    assert done == [{"id": "job-1", "result": "completed"}]
    assert (await dead("job", id="job-1"))["job"]["returnvalue"]["echoed"]["payload"] == DATA
