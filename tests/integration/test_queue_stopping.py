"""A worker that stops keeps nothing to itself: no wake-up, and no job that it locked unheard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from preview_worker.queue import JobRequest, QueueSettings, QueueUnavailableError
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.doorbell import Doorbell
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.scripts import Script
from preview_worker.queue.wire import Argument, Reply
from tests.redis_server import command, leased
from tests.relay import Relay

pytestmark = pytest.mark.anyio

DEADLINE_S = 30
REQUEST = JobRequest(payload={"a": 1}, job_id="a")


class Interrupted(RedisLink):
    """A link whose waiter is cancelled in the same turn of the loop in which its answer arrives."""

    waiter: asyncio.Task[int | None] | None = None

    async def call(self, *words: Argument) -> Reply:
        """Pass the reply on; its waiter hears of it one turn later, and of its end first."""
        reply = await super().call(*words)
        loop, waiter = asyncio.get_running_loop(), self.waiter
        if waiter is not None:
            loop.call_soon(lambda: loop.call_soon(waiter.cancel))
        return reply


@pytest.fixture
async def control(queue_settings: QueueSettings) -> AsyncIterator[RedisLink]:
    """A connection for all that does not wait."""
    link = RedisLink(queue_settings, client_name="test")
    yield link
    await link.close()


async def test_a_wake_up_that_comes_as_its_waiter_is_cancelled_goes_to_another_worker(
    queue_settings: QueueSettings, control: RedisLink
) -> None:
    """It goes back at once, since running jobs may keep the worker from its end for a while."""
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    link = Interrupted(queue_settings, client_name="test", patience_s=DEADLINE_S)
    bell = Doorbell(link, control, keys, DEADLINE_S)
    await control.call("ZADD", keys.marker, 0, "0")
    link.waiter = asyncio.create_task(bell.wait(DEADLINE_S))

    with pytest.raises(asyncio.CancelledError):
        await link.waiter

    again = Doorbell(control, control, keys, 1)
    assert await again.wait(DEADLINE_S) == 0
    await bell.close()
    await link.close()


async def test_a_job_that_was_locked_unheard_is_given_back_by_a_worker_that_stops(
    redis_server: EmbeddedRedis, queue_settings: QueueSettings
) -> None:
    """Another has it long before its lock would have run out."""
    settings = replace(queue_settings, lock_s=10 * DEADLINE_S, outage_patience_s=10 * DEADLINE_S)
    async with Relay(redis_server.port) as relay:
        queue = BullQueue(replace(settings, redis_url=relay.url))
        await _lose_a_lease(queue, relay, settings)

        await queue.close()

        other = BullQueue(settings)
        job = await leased(other, within_s=DEADLINE_S)
        assert (job.id, job.stalled_count, job.attempts_made) == ("a", 0, 0)
        await other.close()


async def test_a_redis_that_is_silent_does_not_hold_up_the_end_of_a_worker(
    redis_server: EmbeddedRedis, queue_settings: QueueSettings
) -> None:
    """What cannot be given back soon is left to its lock."""
    patient = replace(
        queue_settings, connect_timeout_s=10 * DEADLINE_S, reply_timeout_s=10 * DEADLINE_S
    )
    async with Relay(redis_server.port) as relay:
        queue = BullQueue(replace(patient, redis_url=relay.url))
        await _lose_a_lease(queue, relay, queue_settings)
        relay.silence()

        await asyncio.wait_for(queue.close(), DEADLINE_S)


async def _lose_a_lease(queue: BullQueue, relay: Relay, settings: QueueSettings) -> None:
    """Have ``queue`` lock a job by a call whose reply is lost."""
    producer = BullProducer(settings)
    await producer.add(REQUEST)
    await producer.close()
    await queue.ping()
    await command(settings, "SCRIPT", "LOAD", Script.MOVE_TO_ACTIVE.body.decode())
    relay.lose_reply_to(Script.MOVE_TO_ACTIVE.sha1)
    with pytest.raises(QueueUnavailableError):
        await queue.lease()
    assert relay.lost.is_set()
