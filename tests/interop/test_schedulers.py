"""Job schedulers that Node sets up, moved on by Node and by us in turn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from preview_worker.queue import Completed, HandedBack, LeasedJob
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.cron import next_fire_ms
from tests.interop.node import DATA, NodeClient, leased, until

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

HOUR_MS = 3_600_000


async def delayed(node: NodeClient) -> list[dict[str, Any]]:
    """Return the jobs that wait for their time."""
    jobs: list[dict[str, Any]] = await node("jobs", states=["delayed"])
    return jobs


async def take_next(node: NodeClient, queue: BullQueue) -> LeasedJob:
    """Have the scheduler's waiting job come at once, and take it."""
    (job,) = await delayed(node)
    await node("promote", id=job["id"])
    return await leased(queue)


async def test_the_job_after_ours_is_put_in_line_when_ours_is_taken(
    node: NodeClient, queue: BullQueue
) -> None:
    """One step ahead, with the options and data that the scheduler holds."""
    opts = {"attempts": 3, "removeOnComplete": True}
    repeat = {"every": HOUR_MS}
    first = await node("schedule", id="hourly", repeat=repeat, name="x", data=DATA, opts=opts)
    job = await leased(queue)
    assert job.id == first
    (following,) = await delayed(node)
    assert following["id"] == f"repeat:hourly:{int(first.rpartition(':')[2]) + HOUR_MS}"
    assert (following["data"], following["opts"]["attempts"]) == (DATA, 3)
    assert following["opts"]["repeat"]["count"] == 2
    await queue.settle(job, Completed({}))
    assert (await node("scheduler", id="hourly"))["iterationCount"] == 2


async def test_a_job_that_is_taken_twice_moves_its_scheduler_on_once(
    node: NodeClient, queue: BullQueue
) -> None:
    """A hand-back, a retry or a stall adds no iteration."""
    await node("schedule", id="hourly", repeat={"every": HOUR_MS}, name="x", data={})
    await queue.settle(await leased(queue), HandedBack())
    await queue.settle(await leased(queue), Completed({}))
    assert len(await delayed(node)) == 1


@pytest.mark.parametrize(
    "repeat",
    [
        {"every": HOUR_MS},
        {"pattern": "0 30 4 * * *"},
        {"pattern": "*/5 * * * *"},
        {"pattern": "30 2 * * *", "tz": "Europe/Berlin"},
    ],
    ids=str,
)
async def test_node_and_we_move_a_scheduler_on_in_turn(
    node: NodeClient, queue: BullQueue, repeat: dict[str, object]
) -> None:
    """Whoever takes a job makes the next, and each finds what the other made."""
    await node("schedule", id="s", repeat=repeat, name="x", data=DATA)
    for taken in range(1, 5):
        waiting = await delayed(node)
        if waiting:
            await node("promote", id=waiting[0]["id"])
        if taken % 2:
            await queue.settle(await leased(queue), Completed({}))
        else:
            await node("work", processor="echo", concurrency=1)
            await until(lambda: node("worked"), bool)
            await node("rest")
        (following,) = await until(lambda: delayed(node), lambda jobs: len(jobs) == 1)
        assert following["opts"]["repeat"]["count"] == taken + 1
    counts = await node("counts")
    assert (counts["completed"], counts["failed"], counts["delayed"]) == (4, 0, 1)


async def test_a_limit_ends_a_schedule(node: NodeClient, queue: BullQueue) -> None:
    """After so many jobs there is no further one."""
    await node("schedule", id="s", repeat={"every": HOUR_MS, "limit": 2}, name="x", data={})
    await queue.settle(await leased(queue), Completed({}))
    await queue.settle(await take_next(node, queue), Completed({}))
    assert await delayed(node) == []


async def test_a_schedule_that_was_removed_ends(node: NodeClient, queue: BullQueue) -> None:
    """The job that was made before runs as any other, and none follows."""
    await node("schedule", id="s", repeat={"every": HOUR_MS}, name="x", data={})
    job = await leased(queue)
    await node("unschedule", id="s")
    await queue.settle(job, HandedBack())
    await queue.settle(await leased(queue), Completed({}))
    assert await delayed(node) == []


PATTERNS: list[dict[str, str]] = [
    {"pattern": pattern, "tz": zone}
    for pattern in (
        "* * * * *",
        "*/7 * * * *",
        "15 3 * * *",
        "30 2 * * *",
        "0 0 1 * *",
        "0 9 * * 1-5",
        "0 12 * * 0",
        "0 12 * * 7",
        "0 0 29 2 *",
        "5,10 0-6/2 * 3,10 *",
        "*/10 * * * * *",
        "30 15 2 * * *",
        "0 0 31 * *",
        "0 0 L * *",
        "@daily",
        "0 8 * * MON",
    )
    for zone in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
]
INSTANTS = [
    datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 8, 6, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 6, 15, 12, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 10, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 20, tzinfo=UTC),
]


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
async def test_patterns_fire_when_node_says_they_do(node: NodeClient, instant: datetime) -> None:
    """Five and six fields, in several zones, around changes of the clock too."""
    after_ms = round(instant.timestamp() * 1000)
    theirs = await node("nextMillis", millis=after_ms, repeats=PATTERNS)
    ours = [next_fire_ms(each["pattern"], after_ms, each["tz"]) for each in PATTERNS]
    wrong = [
        (each, (mine - node_says) / 60_000)
        for each, mine, node_says in zip(PATTERNS, ours, theirs, strict=True)
        if mine != node_says
    ]
    assert wrong == []
