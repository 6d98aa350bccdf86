"""Checkpoints of audit logs in Redis, where several processes put those of one chain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from preview_worker.queue import QueueSettings
from preview_worker.queue.anchors import CheckpointAnchors
from preview_worker.queue.keys import QueueKeys
from tests.redis_server import command

pytestmark = pytest.mark.anyio


@pytest.fixture
async def two(queue_settings: QueueSettings) -> AsyncIterator[list[CheckpointAnchors]]:
    """What two processes with one log have, connected already."""
    both = [CheckpointAnchors(queue_settings) for _ in range(2)]
    for anchors in both:
        assert await anchors.find("chain") is None
    yield both
    for anchors in both:
        await anchors.close()


async def test_of_two_that_seal_a_chain_at_once_the_one_who_got_further_is_kept(
    two: list[CheckpointAnchors], queue_settings: QueueSettings
) -> None:
    """What goes back would let somebody cut the end of the log off unnoticed."""
    await two[0].put("chain", 5, b"5")
    others = await _held_back(queue_settings)
    await command(queue_settings, "CLIENT", "PAUSE", 60_000, "WRITE")
    try:
        puts = []
        for number, (anchors, seq) in enumerate(zip(two, (9, 7), strict=True), 1):
            puts.append(asyncio.create_task(anchors.put("chain", seq, b"%d" % seq)))
            await _until_held_back(queue_settings, others + number)
    finally:
        await command(queue_settings, "CLIENT", "UNPAUSE")
    await asyncio.gather(*puts)

    assert await two[0].find("chain") == b"9"


async def _until_held_back(settings: QueueSettings, count: int) -> None:
    deadline_s = time.monotonic() + 30
    while await _held_back(settings) < count:
        assert time.monotonic() < deadline_s, f"fewer than {count} clients wait to write"
        await asyncio.sleep(0.01)


async def _held_back(settings: QueueSettings) -> int:
    """Return how many clients Redis lets wait, who are those that write while it is paused."""
    reply = await command(settings, "INFO", "clients")
    assert isinstance(reply, bytes)
    return int(reply.partition(b"blocked_clients:")[2].split()[0])


async def test_each_chain_has_a_checkpoint_of_its_own(two: list[CheckpointAnchors]) -> None:
    """Workers with different folders keep different logs."""
    await two[0].put("one", 9, b"of one")
    await two[1].put("other", 7, b"of other")

    assert await two[0].find("one") == b"of one"
    assert await two[0].find("other") == b"of other"


async def test_what_is_no_checkpoint_gives_way_to_one(
    two: list[CheckpointAnchors], queue_settings: QueueSettings
) -> None:
    """Nothing is learnt from it."""
    key = QueueKeys(queue_settings.prefix, queue_settings.queue_name).audit_checkpoints
    await command(queue_settings, "HSET", key, "chain", "odd")
    await two[0].put("chain", 1, b"1")

    assert await two[0].find("chain") == b"1"
