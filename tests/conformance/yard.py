"""The two kinds of queue that must behave alike, and what their tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

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

    def worker(self) -> JobQueue:
        """Return a queue that has not been opened: it neither renews nor recovers."""
        queue = self.make_queue(self.settings, self.notes)
        self.queues.append(queue)
        return queue

    async def open_worker(self) -> JobQueue:
        """Return a queue at work."""
        queue = self.worker()
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
    settings: QueueSettings = request.getfixturevalue("queue_settings")

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
    """Lease a job that must be there within a few block times."""
    for _ in range(6):
        if (job := await queue.lease()) is not None:
            return job
    pytest.fail("no job came")


async def state_of(yard: Yard, job_id: str) -> JobState:
    """Return the state of a job that must exist."""
    status = await yard.producer.status(job_id)
    assert status is not None
    return status.state
