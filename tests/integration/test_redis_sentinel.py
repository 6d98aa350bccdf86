"""A primary that fails under the eyes of Sentinels: the worker goes on at its successor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest

from preview_worker.queue import Completed, JobRequest, JobState, QueueUnavailableError
from preview_worker.queue.address import Node
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.settings import QueueSettings
from tests.redis_programs import HOST, RedisProgram, running
from tests.redis_server import leased, quick_settings

pytestmark = pytest.mark.anyio
GROUP = "previews"
PASSWORD = "asked of Sentinels"
REQUEST = JobRequest(payload={"a": 1})


@dataclass
class Group:
    """A primary, its replica, and the Sentinels that watch over them."""

    primary: RedisProgram
    replica: RedisProgram
    sentinels: tuple[RedisProgram, ...]

    @cached_property
    def settings(self) -> QueueSettings:
        """Settings that know the Sentinels alone; the first of them does not exist."""
        nodes = (Node(HOST, 1), *(Node(HOST, sentinel.port) for sentinel in self.sentinels))
        connection = ConnectionSettings(
            sentinels=nodes, sentinel_name=GROUP, sentinel_password=PASSWORD
        )
        settings = quick_settings("redis://ignored.invalid")
        return replace(settings, connection=connection, lock_s=8.0)


@pytest.fixture
async def group(tmp_path: Path) -> AsyncIterator[Group]:
    """A group in which every member is up and knows the others."""
    primary = RedisProgram(tmp_path / "primary")
    replica = RedisProgram(tmp_path / "replica", replicaof=f"{HOST} {primary.port}")
    sentinels = []
    for number in range(3):
        sentinel = RedisProgram(tmp_path / f"sentinel-{number}", sentinel=True)
        sentinel.configure(
            f'requirepass "{PASSWORD}"',
            f'sentinel sentinel-pass "{PASSWORD}"',
            f"sentinel monitor {GROUP} {HOST} {primary.port} 2",
            f"sentinel down-after-milliseconds {GROUP} 500",
            f"sentinel failover-timeout {GROUP} 3000",
        )
        sentinels.append(sentinel)
    with running(primary, replica):
        await replica.wait_until("INFO", "replication", holds=b"master_link_status:up")
        with running(*sentinels):
            for sentinel in sentinels:
                await _wait_until_it_knows_all(sentinel)
            yield Group(primary, replica, tuple(sentinels))


async def _wait_until_it_knows_all(sentinel: RedisProgram) -> None:
    async with asyncio.timeout(20):
        while True:
            told = await sentinel.call("INFO", "sentinel", password=PASSWORD)
            if b"slaves=1,sentinels=3" in (told if isinstance(told, bytes) else b""):
                return


async def test_a_failover_costs_no_job_and_no_restart(group: Group) -> None:
    """The job that runs when the primary dies is completed at its successor, as the next one is."""
    queue, producer = BullQueue(group.settings), BullProducer(group.settings)
    await queue.open()
    first = await producer.add(REQUEST)
    job = await leased(queue)
    await group.primary.call("WAIT", 1, 5000)
    group.primary.kill()
    settlement = await asyncio.wait_for(queue.settle(job, Completed({"ok": True})), 20)
    assert settlement.state is JobState.COMPLETED
    status = await producer.status(first.id)
    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    second = await producer.add(REQUEST)
    assert (await leased(queue)).id == second.id
    await queue.close()
    await producer.close()


async def test_a_name_that_no_sentinel_knows_is_told(group: Group) -> None:
    """So is a Sentinel that does not answer."""
    unknown = replace(group.settings.connection, sentinel_name="another")
    queue = BullQueue(replace(group.settings, connection=unknown))
    with pytest.raises(QueueUnavailableError) as caught:
        await queue.ping()
    await queue.close()
    assert "knows no primary named another" in str(caught.value)
    assert "127.0.0.1:1:" in str(caught.value)


async def test_a_server_that_is_no_primary_any_more_is_not_used(group: Group) -> None:
    """A Sentinel that has not heard of the change yet is not believed."""
    await group.replica.call("REPLICAOF", "NO", "ONE")
    await group.primary.call("REPLICAOF", HOST, group.replica.port)
    await group.primary.wait_until("ROLE", holds=b"slave")
    queue = BullQueue(group.settings)
    with pytest.raises(QueueUnavailableError, match="read-only replica"):
        await queue.ping()
    await queue.close()
