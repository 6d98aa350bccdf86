"""Work that our workers share with Node's, and what the server's own record says of it.

Every start and end of a job is an event in the queue's stream, in the order in which the scripts
ran, stamped by the server. So what overlapped and what started when is read there, exactly, and not
from the clocks of the workers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, cast

from preview_worker.queue import Completed, LeasedJob, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.watcher import stream_entries


class Happening(NamedTuple):
    """A job's start or end: when, by the server's clock, and which."""

    at_ms: int
    event: str
    job_id: str


@asynccontextmanager
async def our_workers(
    settings: QueueSettings, workers: int, *, slots: int = 1, nap_s: float = 0.0
) -> AsyncIterator[None]:
    """Have ``workers`` of ours complete jobs until the block ends, each after a nap."""
    queues = [BullQueue(settings) for _ in range(workers)]
    for queue in queues:
        await queue.open()
    working = [asyncio.create_task(_work(queue, nap_s)) for queue in queues for _ in range(slots)]
    try:
        yield
    finally:
        for task in working:
            task.cancel()
        await asyncio.wait(working)
        for queue in queues:
            await queue.close()


async def _work(queue: BullQueue, nap_s: float) -> None:
    job: LeasedJob | None = None
    while True:
        job = job or await queue.lease()
        if job is not None:
            await asyncio.sleep(nap_s)
            job = (await queue.settle(job, Completed({}), lease_next=True)).next_job


async def completed(settings: QueueSettings, count: int, *, within_s: float = 30) -> None:
    """Return when so many jobs are completed."""
    link = RedisLink(settings, client_name="test")
    key = QueueKeys(settings.prefix, settings.queue_name).completed
    deadline_s = time.monotonic() + within_s
    while (done := cast("int", await link.call("ZCARD", key))) < count:
        assert time.monotonic() < deadline_s, f"only {done} of {count} jobs are done"
        await asyncio.sleep(0.01)
    await link.close()


async def record(settings: QueueSettings) -> list[Happening]:
    """Return the starts and ends of jobs in the order in which they happened."""
    link = RedisLink(settings, client_name="test")
    key = QueueKeys(settings.prefix, settings.queue_name).events
    reply = await link.call("XRANGE", key, "-", "+")
    await link.close()
    told = [
        Happening(
            int(place.partition(b"-")[0]),
            fields.get(b"event", b"").decode(),
            fields.get(b"jobId", b"").decode(),
        )
        for place, fields in stream_entries([[key.encode(), reply]])
    ]
    return [each for each in told if each.event in {"active", "completed", "failed"}]


def most_at_once(happenings: list[Happening]) -> int:
    """Return how many jobs ran at the same time at most."""
    running = most = 0
    for each in happenings:
        running += 1 if each.event == "active" else -1
        most = max(most, running)
    return most


def start_instants_ms(happenings: list[Happening]) -> list[int]:
    """Return when jobs started, in milliseconds after the first."""
    instants = [each.at_ms for each in happenings if each.event == "active"]
    return [instant - instants[0] for instant in instants]


def shares_of_windows(starts_ms: list[int], window_ms: int) -> list[int]:
    """Return how many jobs started in each window; one begins with the first start after another.

    The server drops the window's key when its time is over, which by its clock of milliseconds is
    seen one millisecond early at most.
    """
    shares: list[int] = []
    ends_ms = -1
    for start_ms in starts_ms:
        if start_ms >= ends_ms:
            ends_ms = start_ms + window_ms - 1
            shares.append(0)
        shares[-1] += 1
    return shares
