"""Clocks that jump or differ: locks do not care, and people are told."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from preview_worker.events import ClockCompared, JobsRecovered, LeaseLost
from preview_worker.queue import Completed, JobRequest, JobState, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.skew import skew_to
from tests.fakes.observers import Recorder
from tests.redis_server import OUTLASTING_LOCK_S, leased

pytestmark = pytest.mark.anyio

MINUTE_S, DAY_S = 60.0, 86_400.0


class WallClock:
    """The machine's wall clock, in the hands of a test; the monotonic clock is left alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Show the true time until it is set."""
        self.ahead_s = 0.0
        true_ns = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: true_ns() + round(self.ahead_s * 1e9))
        monkeypatch.setattr(time, "time", lambda: true_ns() / 1e9 + self.ahead_s)


@pytest.mark.parametrize("step_s", [-MINUTE_S, DAY_S])
async def test_a_wall_clock_that_is_set_costs_no_lock(
    queue_settings: QueueSettings, monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    """T1: the job runs once, for longer than a lock lives, while others look for the fallen."""
    clock, seen = WallClock(monkeypatch), Recorder()
    queue_settings = replace(queue_settings, lock_s=OUTLASTING_LOCK_S)
    queue, other = BullQueue(queue_settings, seen), BullQueue(queue_settings, seen)
    producer = BullProducer(queue_settings)
    await queue.open()
    added = await producer.add(JobRequest(payload={}))
    job = await leased(queue)
    await other.open()
    clock.ahead_s = step_s
    begin_s = time.monotonic()
    while time.monotonic() - begin_s < 1.5 * OUTLASTING_LOCK_S:
        assert await other.lease() is None
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
    status = await producer.status(added.id)
    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    assert not seen.all_of(LeaseLost)
    assert not seen.all_of(JobsRecovered)
    for open_ in (queue, other, producer):
        await open_.close()


@pytest.mark.parametrize("ahead_s", [300.0, -300.0, 0.0])
async def test_a_clock_that_differs_from_the_servers_is_noticed(
    queue_settings: QueueSettings, monkeypatch: pytest.MonkeyPatch, ahead_s: float
) -> None:
    """T2: when the worker starts, by how much and in which direction."""
    clock, seen = WallClock(monkeypatch), Recorder()
    clock.ahead_s = ahead_s
    queue = BullQueue(queue_settings, seen)
    await queue.open()
    told = await seen.wait_for(ClockCompared)
    await queue.close()
    assert told.skew_s == pytest.approx(ahead_s, abs=1.0)


async def test_a_clock_is_not_judged_by_a_server_that_does_not_tell(
    queue_settings: QueueSettings,
) -> None:
    """T2: a user with few rights may not ask; nothing is made up."""
    link = RedisLink(queue_settings, client_name="admin")
    await link.call("ACL", "SETUSER", "timeless", "on", ">pw", "+@all", "-time", "~*")
    url = queue_settings.redis_url.replace("redis://", "redis://timeless:pw@")
    poor = RedisLink(replace(queue_settings, redis_url=url), client_name="poor")
    assert await skew_to(poor) is None
    assert await skew_to(link) is not None
    await poor.close()
    await link.call("ACL", "DELUSER", "timeless")
    await link.close()
