"""Workers of either kind that fall silent, poison in the queue, and what dashboards make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.queue import Completed, Failed, Outcome, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from tests.interop.node import DATA, NodeClient, leased, until
from tests.redis_server import command
from tests.redis_server import leased as leased_in_time

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

QUICK = {"lockDuration": 500, "stalledInterval": 200}


async def test_node_takes_over_what_we_dropped(
    node: NodeClient, queue_settings: QueueSettings
) -> None:
    """The lock runs out, Node's stall check finds the job, and the attempt is not counted."""
    await node("listen")
    await node("add", name="x", data=DATA, opts={"jobId": "dropped"})
    silent = BullQueue(queue_settings)
    await leased(silent)
    await silent.close()
    await node("work", processor="echo", concurrency=1, options=QUICK)
    told = await until(lambda: node("job", id="dropped"), lambda told: told["state"] == "completed")
    assert (told["job"]["attemptsMade"], told["job"]["attemptsStarted"]) == (1, 2)
    assert "stalled" in {event["event"] for event in await node("heard")}


async def test_we_take_over_what_node_dropped(node: NodeClient, queue: BullQueue) -> None:
    """A Node worker that is closed by force leaves its job active."""
    await node("add", name="x", data=DATA, opts={"jobId": "dropped"})
    await node("abandon", options=QUICK)
    job = await leased_in_time(queue, within_s=8)
    assert (job.id, job.stalled_count, job.attempts_made) == ("dropped", 1, 0)
    await queue.settle(job, Completed({}))
    assert (await node("job", id="dropped"))["state"] == "completed"


@pytest.mark.parametrize("checker", ["node", "us"])
async def test_whoever_checks_applies_his_own_stall_limit(
    node: NodeClient, queue_settings: QueueSettings, checker: str
) -> None:
    """A job that outlived more workers than that is failed with the words that Node uses."""
    await node("add", name="x", data=DATA, opts={"jobId": "killer", "attempts": 5})
    silent = BullQueue(queue_settings)
    await leased(silent)
    await silent.close()
    ours = BullQueue(replace(queue_settings, max_stalled=0))
    if checker == "us":
        await ours.open()
        while await ours.lease() is None and not (await node("counts"))["failed"]:
            pass
    else:
        options = {**QUICK, "maxStalledCount": 0}
        await node("work", processor="echo", concurrency=1, options=options)
    told = await until(lambda: node("job", id="killer"), lambda told: told["state"] == "failed")
    assert told["job"]["failedReason"] == "job stalled more than allowable limit"
    await ours.close()


@pytest.mark.parametrize(
    ("field", "value"), [("opts", "[]"), ("opts", "{"), ("timestamp", "soon"), ("atm", "x")]
)
async def test_poison_ends_among_the_failed_and_holds_nobody_up(
    node: NodeClient, queue: BullQueue, queue_settings: QueueSettings, field: str, value: str
) -> None:
    """Node counts it there, and the job behind it is run."""
    await node("add", name="x", data={}, opts={"jobId": "poison"})
    await node("add", name="x", data={}, opts={"jobId": "sound"})
    key = f"{queue_settings.prefix}:{queue_settings.queue_name}:poison"
    await command(queue_settings, "HSET", key, field, value)
    job = await leased(queue)
    assert job.id == "sound"
    await queue.settle(job, Completed({}))
    counts = await node("counts")
    assert (counts["failed"], counts["completed"], counts["active"]) == (1, 1, 0)


async def test_scripts_that_are_flushed_between_node_and_us_are_loaded_again(
    node: NodeClient, queue: BullQueue, queue_settings: QueueSettings
) -> None:
    """Each side brings its own, which are the same."""
    for number in range(3):
        await node("add", name="x", data={}, opts={"jobId": f"job{number}"})
        await command(queue_settings, "SCRIPT", "FLUSH")
        job = await leased(queue)
        await command(queue_settings, "SCRIPT", "FLUSH")
        await queue.settle(job, Completed({}))
    assert (await node("counts"))["completed"] == 3


async def test_bull_board_lists_our_jobs(node: NodeClient, queue: BullQueue) -> None:
    """Counts by state, and of each job what a person wants to see."""
    outcomes: dict[str, Outcome] = {
        "good": Completed({"n": 1}),
        "bad": Failed("permanent.x", "no"),
    }
    for name, outcome in outcomes.items():
        await node("add", name="render-preview", data=DATA, opts={"jobId": name})
        job = await leased(queue)
        await queue.progress(job, 40)
        await queue.settle(job, outcome)
    board = await node("board", status="completed")
    assert (board["counts"]["completed"], board["counts"]["failed"]) == (1, 1)
    (good,) = board["jobs"]
    assert (good["id"], good["name"], good["progress"]) == ("good", "render-preview", 40)
    assert (good["returnValue"], good["isFailed"]) == ({"n": 1}, False)
    assert (good["data"], good["processedBy"]) == (DATA, "preview-worker")
    (bad,) = (await node("board", status="failed"))["jobs"]
    assert (bad["failedReason"], bad["isFailed"]) == ("no", True)
    assert bad["stacktrace"] == ["permanent.x: no"]
