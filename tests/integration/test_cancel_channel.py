"""The stream of requests to cancel: old and odd ones, many workers, and connections that break."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from preview_worker.events import CancelRequested
from preview_worker.queue import (
    CancelAnswer,
    Cancelled,
    Completed,
    ControlRefusedError,
    FlowRequest,
    JobRequest,
    JobState,
    LeasedJob,
    QueueSettings,
    QueueUnavailableError,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.controller import BullControls
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.wire import Reply
from tests.fakes.observers import Recorder
from tests.redis_server import leased
from tests.relay import Relay

pytestmark = pytest.mark.anyio

REASON = "The rulebook was withdrawn"
LONG_AGO = "1000-1"


@asynccontextmanager
async def a_worker(
    settings: QueueSettings, observer: Recorder | None = None
) -> AsyncIterator[BullQueue]:
    """Open a queue for as long as the block runs."""
    queue = BullQueue(settings, observer)
    await queue.open()
    try:
        yield queue
    finally:
        await queue.close()


async def call(settings: QueueSettings, *words: str | int) -> Reply:
    """Send one command over a connection of its own."""
    link = RedisLink(settings, client_name="test")
    reply = await link.call(*words)
    await link.close()
    return reply


async def ask(settings: QueueSettings, job_id: str, place: str = "*") -> None:
    """Ask for a job to be cancelled; ``place`` is the entry's id, which holds its instant."""
    key = QueueKeys(settings.prefix, settings.queue_name).cancel_requests
    await call(settings, "XADD", key, place, "jobId", job_id, "reason", REASON)


async def all_done_with(settings: QueueSettings) -> None:
    """Return when no request is open any more."""
    key = QueueKeys(settings.prefix, settings.queue_name).cancel_requests
    deadline_s = time.monotonic() + 5
    while (count := await call(settings, "XLEN", key)) != 0:
        assert time.monotonic() < deadline_s, f"{count!r} requests are open"
        await asyncio.sleep(0.01)


async def add(settings: QueueSettings, job_id: str, **changes: int) -> None:
    """Add a job."""
    producer = BullProducer(settings)
    request = JobRequest({}, job_id=job_id, **changes)  # type: ignore[arg-type]  # all are integers
    await producer.add(request)
    await producer.close()


async def state_of(settings: QueueSettings, job_id: str) -> JobState:
    """Return the state of a job that must exist."""
    producer = BullProducer(settings)
    status = await producer.status(job_id)
    await producer.close()
    assert status is not None
    return status.state


async def test_a_request_is_not_for_a_job_that_was_added_long_after(
    queue_settings: QueueSettings,
) -> None:
    """It meant an earlier job of that id, and is removed; the job that waits is left alone."""
    await add(queue_settings, "a")
    await ask(queue_settings, "a", LONG_AGO)
    async with a_worker(queue_settings):
        await all_done_with(queue_settings)
    assert await state_of(queue_settings, "a") is JobState.WAITING


async def test_a_running_job_is_spared_by_a_request_from_long_before(
    queue_settings: QueueSettings,
) -> None:
    """Though the worker that runs it reads the request when it starts."""
    await add(queue_settings, "a")
    queue = BullQueue(queue_settings)
    job = await leased(queue)
    told = asyncio.create_task(queue.cancelled(job))
    await ask(queue_settings, "a", LONG_AGO)
    await queue.open()
    await all_done_with(queue_settings)
    assert not told.done()
    told.cancel()
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED
    await queue.close()


async def test_what_means_nothing_is_removed_and_the_next_is_heard(
    queue_settings: QueueSettings,
) -> None:
    """An entry without a job, one whose id is of a key that holds no job, then a good one."""
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    await call(queue_settings, "SET", f"{keys.root}odd", "no job")
    await add(queue_settings, "a")
    await call(queue_settings, "XADD", keys.cancel_requests, "*", "hello", "world")
    for job_id in ("odd", "nobody", "a"):
        await ask(queue_settings, job_id)
    async with a_worker(queue_settings):
        await all_done_with(queue_settings)
    assert await state_of(queue_settings, "a") is JobState.FAILED
    assert await call(queue_settings, "GET", f"{keys.root}odd") == b"no job"


async def test_of_many_workers_one_fails_the_job(queue_settings: QueueSettings) -> None:
    """All of them read the request; the job ends once and is told once."""
    recorder = Recorder()
    await add(queue_settings, "a", delay_ms=60_000)
    async with (
        a_worker(queue_settings, recorder),
        a_worker(queue_settings, recorder),
        a_worker(queue_settings, recorder),
    ):
        await ask(queue_settings, "a")
        await recorder.wait_for(CancelRequested)
        await all_done_with(queue_settings)
    assert recorder.all_of(CancelRequested) == [
        CancelRequested(job_id="a", reason=REASON, running=False)
    ]
    assert await state_of(queue_settings, "a") is JobState.FAILED


async def test_a_worker_that_was_cut_off_misses_nothing(queue_settings: QueueSettings) -> None:
    """It reads on where it stood as soon as it is back."""
    await add(queue_settings, "a")
    patient = replace(queue_settings, block_s=5.0)
    async with a_worker(patient) as queue:
        job = await leased(queue)
        told = asyncio.create_task(queue.cancelled(job))
        await call(queue_settings, "CLIENT", "KILL", "TYPE", "normal")
        await ask(queue_settings, "a")
        assert await asyncio.wait_for(told, 2) == REASON


@asynccontextmanager
async def a_batch_that_runs(settings: QueueSettings) -> AsyncIterator[tuple[BullQueue, LeasedJob]]:
    """Add a parent with one child, which runs here as long as the block does."""
    producer = BullProducer(settings)
    child = JobRequest(payload={}, job_id="film-1")
    parent = JobRequest(payload={}, job_id="parent")
    await producer.add_flow(FlowRequest(parent, (child,), "ignore"))
    await producer.close()
    async with a_worker(settings) as queue:
        yield queue, await leased(queue)


async def test_a_cancellation_that_broke_off_is_finished_when_it_is_asked_for_again(
    queue_settings: QueueSettings,
) -> None:
    """The parent had ended and its child ran on, which nobody could end any more."""
    port = urlsplit(queue_settings.redis_url).port
    assert port is not None
    async with Relay(port) as relay, a_batch_that_runs(queue_settings) as (queue, child):
        broken = BullControls(replace(queue_settings, redis_url=relay.url))
        relay.lose_reply_to("film-1")
        with pytest.raises(QueueUnavailableError):
            await broken.cancel("parent", REASON)
        await broken.close()
        controls = BullControls(queue_settings)
        assert await controls.cancel("parent", REASON) is CancelAnswer.CANCELLED
        async with asyncio.timeout(30):
            assert await queue.cancelled(child) == REASON
        await queue.settle(child, Cancelled(REASON))
        with pytest.raises(ControlRefusedError):
            await controls.cancel("parent", REASON)
        await controls.close()


async def test_an_old_request_ends_no_child_of_a_younger_batch(
    queue_settings: QueueSettings,
) -> None:
    """A batch may be added anew under the id of one that was cancelled long ago."""
    async with a_batch_that_runs(queue_settings) as (queue, child):
        told = asyncio.create_task(queue.cancelled(child))
        await ask(queue_settings, "parent", LONG_AGO)
        await all_done_with(queue_settings)

        assert not told.done()
        told.cancel()


async def test_cancelling_makes_room_under_a_limit(queue_settings: QueueSettings) -> None:
    """A job that is withdrawn takes no place for longer than a moment."""
    controls = BullControls(queue_settings)
    await controls.limit_concurrency(1)
    await add(queue_settings, "a")
    await add(queue_settings, "b")
    assert await controls.cancel("a", REASON) is CancelAnswer.CANCELLED
    async with a_worker(queue_settings) as queue:
        assert (await leased(queue)).id == "b"
    await controls.close()


async def test_waiting_for_requests_costs_nothing(queue_settings: QueueSettings) -> None:
    """One blocked command per block time, however long the worker runs."""
    patient = replace(queue_settings, block_s=5.0)
    before = await _reads(queue_settings)
    async with a_worker(patient) as queue:
        assert await queue.lease() is None
    assert await _reads(queue_settings) - before <= 3


async def _reads(settings: QueueSettings) -> int:
    """Return how many times the server was asked to read streams."""
    reply = await call(settings, "INFO", "commandstats")
    assert isinstance(reply, bytes)
    for line in reply.decode().splitlines():
        if line.startswith("cmdstat_xread:calls="):
            return int(line.partition("=")[2].partition(",")[0])
    return 0
