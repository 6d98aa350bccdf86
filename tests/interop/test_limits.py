"""Limits of a whole queue, held exactly by our workers and Node's together, without delay."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple

import pytest

from preview_worker.queue import JobRequest, QueueSettings, RateLimit
from preview_worker.queue.controller import BullControls
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.protocol import BullProtocol
from tests.interop.node import NodeClient, NodeProcess, until
from tests.interop.shifts import (
    completed,
    most_at_once,
    our_workers,
    record,
    shares_of_windows,
    start_instants_ms,
)
from tests.tries import tries

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

NAP_S = 0.1
LATENESS_S = 0.25
"""How late a job may start after the moment from which it may, in the best of several tries: three
processes and a server share two cores here."""
WOKEN_S = 15
"""A shift with a lost wake-up takes longer at every try: somebody sleeps out the block time."""


class LimitedQueue(NamedTuple):
    """A queue that nobody else uses, with a block time so long that a lost wake-up shows."""

    settings: QueueSettings
    controls: BullControls
    producer: BullProducer

    async def add(self, count: int) -> None:
        """Add jobs that take a nap each."""
        for _ in range(count):
            await self.producer.add(JobRequest({"ms": round(NAP_S * 1000)}, attempts=1))


@asynccontextmanager
async def a_queue(like: QueueSettings) -> AsyncIterator[LimitedQueue]:
    """Have a queue of its own for each try, so that none begins in a window of the one before."""
    settings = replace(like, queue_name=f"test-{uuid.uuid4().hex}", block_s=20.0)
    controls, producer = BullControls(settings), BullProducer(settings)
    try:
        yield LimitedQueue(settings, controls, producer)
    finally:
        await controls.close()
        await producer.close()


@pytest.mark.parametrize("most", [1, 2])
async def test_mixed_workers_hold_the_limit_of_jobs_at_once(
    node_process: NodeProcess, queue_settings: QueueSettings, most: int
) -> None:
    """Never more than allowed, and always as many: the work takes as long as it must."""
    jobs = 12
    least_s = jobs * NAP_S / most
    for attempt in tries():
        async with a_queue(queue_settings) as limited:
            await limited.controls.limit_concurrency(most)
            node = NodeClient(node_process, limited.settings.queue_name)
            await node("work", processor="nap", concurrency=2)
            async with our_workers(limited.settings, 2, slots=2, nap_s=NAP_S):
                began_s = time.monotonic()
                await limited.add(jobs)
                await completed(limited.settings, jobs, within_s=WOKEN_S)
                took_s = time.monotonic() - began_s
            assert most_at_once(await record(limited.settings)) == most
        assert least_s <= took_s
        with attempt:
            assert took_s < least_s + jobs / most * 0.05 + LATENESS_S


async def test_our_workers_alone_hold_the_limit_of_jobs_at_once(
    queue_settings: QueueSettings,
) -> None:
    """Three workers with two slots each share three jobs at once."""
    for attempt in tries():
        async with a_queue(queue_settings) as limited:
            await limited.controls.limit_concurrency(3)
            async with our_workers(limited.settings, 3, slots=2, nap_s=NAP_S):
                began_s = time.monotonic()
                await limited.add(18)
                await completed(limited.settings, 18, within_s=WOKEN_S)
                took_s = time.monotonic() - began_s
            assert most_at_once(await record(limited.settings)) == 3
        assert took_s >= 6 * NAP_S
        with attempt:
            assert took_s < 6 * NAP_S + 6 * 0.05 + LATENESS_S


async def test_a_raised_limit_reaches_workers_that_wait(queue_settings: QueueSettings) -> None:
    """They are woken, and do not sit out their block time."""
    for attempt in tries():
        async with a_queue(queue_settings) as limited:
            await limited.controls.limit_concurrency(1)
            async with our_workers(limited.settings, 3, nap_s=1):
                await limited.add(3)
                await until(lambda: record(limited.settings), bool)
                raised_ms = time.time() * 1000
                await limited.controls.limit_concurrency(3)
                await completed(limited.settings, 3, within_s=WOKEN_S)
            happenings = await record(limited.settings)
        second = [each for each in happenings if each.event == "active"][1]
        assert most_at_once(happenings) <= 3
        with attempt:
            assert most_at_once(happenings) == 3
            assert second.at_ms - raised_ms < LATENESS_S * 1000


async def test_mixed_workers_hold_the_rate(
    node_process: NodeProcess, queue_settings: QueueSettings
) -> None:
    """Each window sees as many starts as it may and not one more; the next begins in time."""
    jobs, rate = 12, RateLimit(3, 500)
    for attempt in tries():
        async with a_queue(queue_settings) as limited:
            await limited.controls.limit_rate(rate)
            node = NodeClient(node_process, limited.settings.queue_name)
            await node("work", processor="nap", concurrency=2)
            async with our_workers(limited.settings, 2, slots=2, nap_s=0.01):
                await limited.add(jobs)
                await completed(limited.settings, jobs, within_s=WOKEN_S)
            starts_ms = start_instants_ms(await record(limited.settings))
        shares = shares_of_windows(starts_ms, rate.window_ms)
        assert max(shares) == rate.max_jobs
        windows = len(shares) - 1
        with attempt:
            assert starts_ms[-1] < windows * (rate.window_ms + LATENESS_S * 1000)
            assert windows <= jobs / rate.max_jobs


async def test_our_workers_alone_hold_the_rate(
    queue_settings: QueueSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every window is used to the full, and nobody asks over and over while it is closed."""
    asked = 0
    ask = BullProtocol.move_to_active

    async def count(protocol: BullProtocol, token: str, **wish: bool) -> object:
        nonlocal asked
        asked += 1
        return await ask(protocol, token, **wish)

    monkeypatch.setattr(BullProtocol, "move_to_active", count)
    rate = RateLimit(2, 400)
    for attempt in tries():
        async with a_queue(queue_settings) as limited:
            await limited.controls.limit_rate(rate)
            await limited.add(8)
            asked = 0
            async with our_workers(limited.settings, 3):
                await completed(limited.settings, 8, within_s=WOKEN_S)
            starts_ms = start_instants_ms(await record(limited.settings))
        shares = shares_of_windows(starts_ms, rate.window_ms)
        assert max(shares) == rate.max_jobs
        with attempt:
            assert shares == [2, 2, 2, 2]
            assert starts_ms[-1] < 3 * (rate.window_ms + LATENESS_S * 1000)
            # Three workers, each before and after each window, and at each wake-up.
            assert asked < 8 * 6


async def test_a_lifted_rate_reaches_workers_that_wait(queue_settings: QueueSettings) -> None:
    """A limit of one job an hour is over the moment that it is lifted."""
    for attempt in tries():
        async with a_queue(queue_settings) as limited:
            await limited.controls.limit_rate(RateLimit(1, 3_600_000))
            async with our_workers(limited.settings, 2):
                await limited.add(3)
                await completed(limited.settings, 1)
                lifted_ms = time.time() * 1000
                await limited.controls.limit_rate(None)
                await completed(limited.settings, 3, within_s=WOKEN_S)
            happenings = await record(limited.settings)
        starts = [each for each in happenings if each.event == "active"]
        with attempt:
            assert starts[1].at_ms - lifted_ms < LATENESS_S * 1000
