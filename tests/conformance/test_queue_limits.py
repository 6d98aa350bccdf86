"""Limits over all workers of a queue, in memory and in Redis."""

from __future__ import annotations

import asyncio
import time

import pytest

from preview_worker.queue import Completed, HandedBack, RateLimit
from tests.conformance.yard import EARLY_S, LONG_S, REQUEST, Yard, leased
from tests.tries import tries

pytestmark = pytest.mark.anyio


async def add(yard: Yard, count: int) -> None:
    """Add jobs that are ready."""
    for _ in range(count):
        await yard.producer.add(REQUEST)


async def test_no_more_jobs_are_leased_than_may_run(yard: Yard) -> None:
    """By whichever worker; when one has ended, the next is there."""
    one, other = await yard.open_worker(), await yard.open_worker()
    await add(yard, 3)
    await yard.controls.limit_concurrency(2)
    job = await leased(one)
    await leased(other)
    assert await one.lease() is None
    assert await other.lease() is None
    assert (await one.settle(job, Completed({}), lease_next=True)).next_job is not None


async def test_a_job_that_is_handed_back_makes_room_for_another_worker(yard: Yard) -> None:
    """One that waits already is woken."""
    one, other = await yard.open_worker(), await yard.open_worker()
    await add(yard, 2)
    await yard.controls.limit_concurrency(1)
    job = await leased(one)
    assert await other.lease() is None
    waiting = asyncio.create_task(leased(other))
    await one.settle(job, HandedBack())
    assert (await waiting).id == job.id


async def test_a_lifted_limit_lets_jobs_go(yard: Yard) -> None:
    """At once, not after the block time."""
    queue = await yard.open_worker(block_s=LONG_S)
    await add(yard, 1)
    await leased(queue)
    for attempt in tries():
        await yard.controls.limit_concurrency(1)
        await add(yard, 1)
        waiting = asyncio.create_task(leased(queue))
        await asyncio.wait({waiting}, timeout=0.1)
        assert not waiting.done()
        began_s = time.monotonic()
        await yard.controls.limit_concurrency(None)
        job = await waiting
        took_s = time.monotonic() - began_s
        with attempt:
            assert took_s < 0.25
        await queue.settle(job, Completed({}))


async def test_jobs_start_at_the_rate_and_no_faster(yard: Yard) -> None:
    """Two in a window, the third when the next begins, and that without delay."""
    one, other = await yard.open_worker(), await yard.open_worker(block_s=LONG_S)
    for attempt in tries():
        await add(yard, 3)
        await yard.controls.limit_rate(RateLimit(2, 300))
        began_s = time.monotonic()
        await leased(one)
        first_s = time.monotonic() - began_s
        await leased(other)
        await leased(other)
        took_s = time.monotonic() - began_s
        assert took_s >= 0.3 - EARLY_S
        with attempt:
            assert took_s < 0.3 + first_s + 0.25


async def test_a_lifted_rate_lets_jobs_go(yard: Yard) -> None:
    """However long the window would still have been."""
    queue = await yard.open_worker()
    await add(yard, 2)
    await yard.controls.limit_rate(RateLimit(1, 3_600_000))
    await leased(queue)
    assert await queue.lease() is None
    waiting = asyncio.create_task(leased(queue))
    await yard.controls.limit_rate(None)
    await waiting
