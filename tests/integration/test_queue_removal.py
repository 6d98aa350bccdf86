"""Removing a queue from Redis, when Redis goes away in the middle of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from preview_worker.queue import JobRequest, QueueSettings, QueueUnavailableError
from preview_worker.queue.controller import BullControls
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.scripts import Script
from tests.relay import Relay

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def _jobs(queue_settings: QueueSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are more jobs than are removed at once, so that some are left after the failure."""
    monkeypatch.setattr("preview_worker.queue.controller._BATCH", 1)
    producer = BullProducer(queue_settings)
    for _ in range(3):
        await producer.add(JobRequest({}))
    await producer.close()


async def is_paused(settings: QueueSettings) -> bool:
    """Tell whether the queue is paused, over a connection that nothing happens to."""
    controls = BullControls(settings)
    try:
        return (await controls.counts()).paused
    finally:
        await controls.close()


@pytest.mark.parametrize("before", [False, True])
async def test_a_removal_that_fails_leaves_the_pause_as_it_was(
    queue_settings: QueueSettings, *, before: bool
) -> None:
    """A queue that nobody paused would stand still, and nobody would know why."""
    async with Relay(urlsplit(queue_settings.redis_url).port or 0) as relay:
        controls = BullControls(replace(queue_settings, redis_url=relay.url))
        if before:
            await controls.pause()
        relay.lose_reply_to(Script.OBLITERATE.sha1)
        with pytest.raises(QueueUnavailableError):
            await controls.obliterate()
        await controls.close()

    assert relay.lost.is_set()
    assert await is_paused(queue_settings) is before


async def test_a_removal_after_which_the_pause_stays_says_so(queue_settings: QueueSettings) -> None:
    """Redis is gone for longer, so somebody has to resume the queue later."""
    async with Relay(urlsplit(queue_settings.redis_url).port or 0) as relay:
        settings = replace(queue_settings, redis_url=relay.url, reply_timeout_s=0.5)
        controls = BullControls(settings)
        relay.lose_reply_to(Script.OBLITERATE.sha1)
        removal = asyncio.create_task(controls.obliterate())
        await relay.lost.wait()
        relay.silence()
        with pytest.raises(QueueUnavailableError, match="may be paused now"):
            await removal
        await controls.close()

    assert await is_paused(queue_settings)
