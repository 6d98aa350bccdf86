"""A primary becomes a replica while clients are blocked on it: they wait for one, and go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import cast

import pytest

from preview_worker.queue import (
    Completed,
    JobRequest,
    JobState,
    LeasedJob,
    Outcome,
    QueueSettings,
    QueueUnavailableError,
)
from preview_worker.queue.bull_feed import BullFeed
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.worker.executor import Executor
from preview_worker.worker.runner import Runner
from preview_worker.worker.settings import WorkerSettings
from tests.conformance.yard import Notes
from tests.redis_server import MortalRedis, leased, quick_settings, wait_until_blocked

pytestmark = pytest.mark.anyio

DEADLINE_S = 30
REQUEST = JobRequest(payload={"a": 1}, job_id="a")


@dataclass
class Primary:
    """A server that can be made a replica of nobody, and a primary again."""

    settings: QueueSettings
    link: RedisLink

    async def demote(self) -> None:
        """Make a replica of it, whose blocked clients are told so."""
        await self.link.call("REPLICAOF", "127.0.0.1", 1)

    async def promote(self) -> None:
        """Make a primary of it again."""
        await self.link.call("REPLICAOF", "NO", "ONE")


@pytest.fixture
async def primary(mortal_server: MortalRedis) -> AsyncIterator[Primary]:
    """A primary on which clients wait for a minute, so that nothing but its change ends that."""
    settings = replace(quick_settings(mortal_server.url), block_s=60)
    link = RedisLink(settings, client_name="test")
    yield Primary(settings, link)
    await link.close()


async def test_a_lease_that_waits_is_told_and_the_next_one_has_a_job(primary: Primary) -> None:
    """R6: Redis ends the wait with a word of its own; it is an outage as any other."""
    queue, producer = BullQueue(primary.settings), BullProducer(primary.settings)
    leasing = asyncio.create_task(queue.lease())
    await wait_until_blocked(primary.link, "bzpopmin")

    await primary.demote()

    with pytest.raises(QueueUnavailableError, match="no primary any more"):
        await asyncio.wait_for(leasing, DEADLINE_S)
    await primary.promote()
    await producer.add(REQUEST)
    assert (await leased(queue, within_s=DEADLINE_S)).id == "a"
    await queue.close()
    await producer.close()


async def test_events_are_followed_on(primary: Primary) -> None:
    """What happens after there is a primary again is told."""
    feed, producer = BullFeed(primary.settings), BullProducer(primary.settings)

    async def follow() -> str:
        async for event in feed.follow("0-0"):
            return event.job_id
        return "nothing"

    following = asyncio.create_task(follow())
    await wait_until_blocked(primary.link, "xread")

    await primary.demote()
    await primary.promote()

    await producer.add(REQUEST)
    assert await asyncio.wait_for(following, DEADLINE_S) == "a"
    await feed.close()
    await producer.close()


async def test_a_job_is_watched_on_to_its_end(primary: Primary) -> None:
    """Whoever waits for a job hears of its end."""
    queue, producer = BullQueue(primary.settings), BullProducer(primary.settings)
    await producer.add(REQUEST)

    async def watch() -> list[JobState]:
        return [status.state async for status in producer.watch("a")]

    watching = asyncio.create_task(watch())
    await wait_until_blocked(primary.link, "xread")

    await primary.demote()
    await primary.promote()

    await queue.settle(await leased(queue, within_s=DEADLINE_S), Completed({}))
    assert (await asyncio.wait_for(watching, DEADLINE_S))[-1] is JobState.COMPLETED
    await queue.close()
    await producer.close()


async def test_an_idle_worker_lives_on_and_takes_a_job(primary: Primary) -> None:
    """R6: all idle workers are told at the same instant, and none of them ends of it."""
    done = asyncio.Event()

    class Quick:
        async def execute(self, _job: LeasedJob, _trace: object) -> Outcome:
            done.set()
            return Completed({})

    queue, producer = BullQueue(primary.settings), BullProducer(primary.settings)
    executor, notes = cast("Executor", Quick()), Notes()
    runner = Runner("q", queue, executor, notes, WorkerSettings(concurrency=1))
    running = asyncio.create_task(runner.run())
    await wait_until_blocked(primary.link, "bzpopmin")

    await primary.demote()
    await primary.promote()

    await producer.add(REQUEST)
    doing = asyncio.create_task(done.wait())
    await asyncio.wait({running, doing}, timeout=DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
    assert (done.is_set(), running.done()) == (True, False), notes.events
    runner.stop()
    await asyncio.wait_for(running, DEADLINE_S)
    await producer.close()
