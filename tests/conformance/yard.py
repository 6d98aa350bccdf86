"""The two kinds of queue that must behave alike, and what their tests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from preview_worker.events import Event
from preview_worker.queue import (
    DeadLetters,
    JobProducer,
    JobQueue,
    JobRequest,
    JobState,
    LeasedJob,
    QueueControls,
    QueueSettings,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.controller import BullControls
from preview_worker.queue.dead_memory import MemoryDeadLetters
from preview_worker.queue.dead_queue import BullDeadLetters
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.memory import MemoryQueue
from preview_worker.queue.memory_controls import MemoryControls
from preview_worker.queue.memory_producer import MemoryProducer
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.store import MemoryStore

EARLY_S = 0.005
"""Who waits and the test count milliseconds from different instants."""
LONG_S = 5.0
"""A block time so long that what comes at once was brought by a wake-up, and not by its end."""


@dataclass
class Notes:
    """Takes note of events."""

    events: list[Event] = field(default_factory=list)

    def observe(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)


@dataclass
class Yard:
    """One kind of queue: how to make workers and a producer, and how to take a lock away."""

    settings: QueueSettings
    make_queue: Callable[[QueueSettings, Notes], JobQueue]
    producer: JobProducer
    controls: QueueControls
    break_lock: Callable[[LeasedJob], Awaitable[None]]
    make_dead: Callable[[QueueSettings], DeadLetters]
    notes: Notes = field(default_factory=Notes)
    queues: list[JobQueue] = field(default_factory=list)

    def worker(self, *, block_s: float | None = None) -> JobQueue:
        """Return a queue that has not been opened: it neither renews nor recovers."""
        settings = replace(self.settings, block_s=block_s or self.settings.block_s)
        queue = self.make_queue(settings, self.notes)
        self.queues.append(queue)
        return queue

    async def open_worker(self, *, block_s: float | None = None) -> JobQueue:
        """Return a queue at work, whose leases wait so long for a job."""
        queue = self.worker(block_s=block_s)
        await queue.open()
        return queue


REQUEST = JobRequest(payload={"jobId": "a", "text": "é"}, backoff_ms=40)


@pytest.fixture(params=["memory", "redis"])
async def yard(request: pytest.FixtureRequest) -> AsyncIterator[Yard]:
    """Each kind of queue in turn."""
    yard = _memory_yard() if request.param == "memory" else _redis_yard(request)
    yield yard
    for queue in yard.queues:
        await queue.close()
    await yard.producer.close()
    await yard.controls.close()


def _memory_yard() -> Yard:
    store = MemoryStore()

    async def break_lock(job: LeasedJob) -> None:
        store.break_lock(job.id)

    settings = QueueSettings(lock_s=1.0, renew_s=0.2, stall_check_s=0.2, block_s=0.5)
    return Yard(
        settings,
        lambda settings, notes: MemoryQueue(store, settings, notes),
        MemoryProducer(store),
        MemoryControls(store),
        break_lock,
        lambda settings: MemoryDeadLetters(store, settings),
    )


def _redis_yard(request: pytest.FixtureRequest) -> Yard:
    told: QueueSettings = request.getfixturevalue("queue_settings")
    settings = replace(told, connect_timeout_s=20)  # the server is there, if the machine is busy

    async def break_lock(job: LeasedJob) -> None:
        keys = QueueKeys(settings.prefix, settings.queue_name)
        link = RedisLink(settings, client_name="thief")
        await link.call("DEL", keys.lock(job.id))
        await link.close()

    return Yard(
        settings,
        BullQueue,
        BullProducer(settings),
        BullControls(settings),
        break_lock,
        BullDeadLetters,
    )


async def leased(queue: JobQueue) -> LeasedJob:
    """Lease a job that must come; how soon is for others to say."""
    async with asyncio.timeout(30):
        while (job := await queue.lease()) is None:
            pass
        return job


async def state_of(yard: Yard, job_id: str) -> JobState:
    """Return the state of a job that must exist."""
    status = await yard.producer.status(job_id)
    assert status is not None
    return status.state
