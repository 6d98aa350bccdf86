"""Limits of a whole queue, held exactly by our workers and Node's together, without delay."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from preview_worker.queue import JobRequest, QueueSettings, RateLimit
from preview_worker.queue.controller import BullControls
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.protocol import BullProtocol
from tests.interop.node import NodeClient, until
from tests.interop.shifts import (
    completed,
    most_at_once,
    our_workers,
    record,
    shares_of_windows,
    start_instants_ms,
)

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

NAP_S = 0.1
LATENESS_S = 0.25
"""How late a job may start after the moment from which it may: three processes and a server share
two cores here. A worker that slept out its block time instead would be seconds late."""


@pytest.fixture
def patient(queue_settings: QueueSettings) -> QueueSettings:
    """Settings with the block time of production, so that a lost wake-up shows."""
    return replace(queue_settings, block_s=5.0)


@pytest.fixture
async def controls(queue_settings: QueueSettings) -> AsyncIterator[BullControls]:
    """Our controls of the test's queue."""
    controls = BullControls(queue_settings)
    yield controls
    await controls.close()


async def add(producer: BullProducer, count: int) -> None:
    """Add jobs that take a nap each."""
    for _ in range(count):
        await producer.add(JobRequest({"ms": round(NAP_S * 1000)}, attempts=1))


@pytest.mark.parametrize("most", [1, 2])
async def test_mixed_workers_hold_the_limit_of_jobs_at_once(
    node: NodeClient,
    patient: QueueSettings,
    controls: BullControls,
    producer: BullProducer,
    most: int,
) -> None:
    """Never more than allowed, and always as many: the work takes as long as it must."""
    jobs = 12
    await controls.limit_concurrency(most)
    await node("work", processor="nap", concurrency=2)
    async with our_workers(patient, 2, slots=2, nap_s=NAP_S):
        began_s = time.monotonic()
        await add(producer, jobs)
        await completed(patient, jobs)
        took_s = time.monotonic() - began_s
    happenings = await record(patient)
    assert most_at_once(happenings) == most
    least_s = jobs * NAP_S / most
    assert least_s <= took_s < least_s + jobs / most * 0.05 + LATENESS_S


async def test_our_workers_alone_hold_the_limit_of_jobs_at_once(
    patient: QueueSettings, controls: BullControls, producer: BullProducer
) -> None:
    """Three workers with two slots each share three jobs at once."""
    await controls.limit_concurrency(3)
    async with our_workers(patient, 3, slots=2, nap_s=NAP_S):
        began_s = time.monotonic()
        await add(producer, 18)
        await completed(patient, 18)
        took_s = time.monotonic() - began_s
    assert most_at_once(await record(patient)) == 3
    assert 6 * NAP_S <= took_s < 6 * NAP_S + 6 * 0.05 + LATENESS_S


async def test_a_raised_limit_reaches_workers_that_wait(
    patient: QueueSettings, controls: BullControls, producer: BullProducer
) -> None:
    """They are woken, and do not sit out their block time."""
    await controls.limit_concurrency(1)
    async with our_workers(patient, 3, nap_s=0.6):
        await add(producer, 4)
        await until(lambda: record(patient), bool)
        raised_ms = time.time() * 1000
        await controls.limit_concurrency(3)
        await completed(patient, 4)
    second = [each for each in await record(patient) if each.event == "active"][1]
    assert second.at_ms - raised_ms < LATENESS_S * 1000
    assert most_at_once(await record(patient)) == 3


async def test_mixed_workers_hold_the_rate(
    node: NodeClient, patient: QueueSettings, controls: BullControls, producer: BullProducer
) -> None:
    """Each window sees as many starts as it may and not one more; the next begins in time."""
    jobs, rate = 12, RateLimit(3, 500)
    await controls.limit_rate(rate)
    await node("work", processor="nap", concurrency=2)
    async with our_workers(patient, 2, slots=2, nap_s=0.01):
        await add(producer, jobs)
        await completed(patient, jobs)
    starts_ms = start_instants_ms(await record(patient))
    shares = shares_of_windows(starts_ms, rate.window_ms)
    assert max(shares) == rate.max_jobs
    windows = len(shares) - 1
    assert starts_ms[-1] < windows * (rate.window_ms + LATENESS_S * 1000)
    assert windows <= jobs / rate.max_jobs


async def test_our_workers_alone_hold_the_rate(
    patient: QueueSettings,
    controls: BullControls,
    producer: BullProducer,
    monkeypatch: pytest.MonkeyPatch,
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
    await controls.limit_rate(rate)
    await add(producer, 8)
    async with our_workers(patient, 3):
        await completed(patient, 8)
    starts_ms = start_instants_ms(await record(patient))
    assert shares_of_windows(starts_ms, rate.window_ms) == [2, 2, 2, 2]
    assert starts_ms[-1] < 3 * (rate.window_ms + LATENESS_S * 1000)
    assert asked < 8 * 6  # three workers, each before and after each window, and at each wake-up


async def test_a_lifted_rate_reaches_workers_that_wait(
    patient: QueueSettings, controls: BullControls, producer: BullProducer
) -> None:
    """A limit of one job an hour is over the moment that it is lifted."""
    await controls.limit_rate(RateLimit(1, 3_600_000))
    async with our_workers(patient, 2):
        await add(producer, 3)
        await completed(patient, 1)
        lifted_ms = time.time() * 1000
        await controls.limit_rate(None)
        await completed(patient, 3, within_s=4)
    starts = [each for each in await record(patient) if each.event == "active"]
    assert starts[1].at_ms - lifted_ms < LATENESS_S * 1000
