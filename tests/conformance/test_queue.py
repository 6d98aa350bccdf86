"""What every queue promises, run on the one in memory and on the one in Redis."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from preview_worker.events import Event, JobsRecovered, LeaseLost
from preview_worker.queue import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    JobProducer,
    JobQueue,
    JobRefusedError,
    JobRequest,
    JobState,
    LeasedJob,
    LeaseLostError,
    QueueFullError,
    QueueSettings,
    Retry,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.memory import MemoryProducer, MemoryQueue
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.store import MemoryStore

pytestmark = pytest.mark.anyio


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
    break_lock: Callable[[LeasedJob], Awaitable[None]]
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


@pytest.fixture(params=["memory", "redis"])
async def yard(request: pytest.FixtureRequest) -> AsyncIterator[Yard]:
    """Each kind of queue in turn."""
    yard = _memory_yard() if request.param == "memory" else _redis_yard(request)
    yield yard
    for queue in yard.queues:
        await queue.close()
    await yard.producer.close()


def _memory_yard() -> Yard:
    store = MemoryStore()

    async def break_lock(job: LeasedJob) -> None:
        store.break_lock(job.id)

    settings = QueueSettings(
        lock_s=1.0, renew_s=0.2, fence_margin_s=0.2, stall_check_s=0.2, block_s=0.5
    )
    return Yard(
        settings,
        lambda settings, notes: MemoryQueue(store, settings, notes),
        MemoryProducer(store),
        break_lock,
    )


def _redis_yard(request: pytest.FixtureRequest) -> Yard:
    settings: QueueSettings = request.getfixturevalue("queue_settings")

    async def break_lock(job: LeasedJob) -> None:
        keys = QueueKeys(settings.prefix, settings.queue_name)
        link = RedisLink(settings, client_name="thief")
        await link.call("DEL", keys.lock(job.id))
        await link.close()

    return Yard(settings, BullQueue, BullProducer(settings), break_lock)


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


REQUEST = JobRequest(payload={"jobId": "a", "text": "é"}, backoff_ms=40)


async def test_a_lease_ends_with_nothing_after_the_block_time(yard: Yard) -> None:
    """An empty queue gives no job, and says so in time."""
    queue = await yard.open_worker()
    begin_s = time.monotonic()
    assert await queue.lease() is None
    assert 0.4 < time.monotonic() - begin_s < 1.5


async def test_a_leased_job_is_what_was_added(yard: Yard) -> None:
    """Payload, name and options arrive as the producer gave them."""
    queue = await yard.open_worker()
    before_ms = time.time_ns() // 1_000_000
    added = await yard.producer.add(replace(REQUEST, priority=2, job_id="job-1"))
    job = await leased(queue)
    assert (added.id, added.duplicate) == ("job-1", False)
    assert (job.id, job.name, job.priority) == ("job-1", "render-preview", 2)
    assert json.loads(job.payload) == {"jobId": "a", "text": "é"}
    assert (job.attempts_made, job.attempts_started, job.max_attempts) == (0, 1, 5)
    assert before_ms <= job.added_at_ms <= time.time_ns() // 1_000_000


async def test_jobs_come_by_priority_and_age(yard: Yard) -> None:
    """No priority comes first, then the smaller number, and the older of equals."""
    queue = await yard.open_worker()
    for job_id, priority in [("c", 2), ("d", 2), ("b", 1), ("a", 0)]:
        await yard.producer.add(replace(REQUEST, job_id=job_id, priority=priority))
    assert [(await leased(queue)).id for _ in range(4)] == ["a", "b", "c", "d"]


async def test_a_waiting_lease_gets_a_job_that_is_added(yard: Yard) -> None:
    """A worker that waits is woken up at once."""
    queue = await yard.open_worker()
    waiting = asyncio.create_task(queue.lease())
    await asyncio.wait({waiting}, timeout=0.1)
    begin_s = time.monotonic()
    await yard.producer.add(REQUEST)
    job = await waiting
    assert job is not None
    assert time.monotonic() - begin_s < 0.2


async def test_every_waiting_slot_gets_a_job(yard: Yard) -> None:
    """Several leases may wait at once, and each gets a job of its own."""
    queue = await yard.open_worker()
    waiting = [asyncio.create_task(leased(queue)) for _ in range(3)]
    await asyncio.wait(waiting, timeout=0.1)
    for _ in waiting:
        await yard.producer.add(REQUEST)
    assert len({(await task).id for task in waiting}) == 3


async def test_a_completed_job_keeps_its_result(yard: Yard) -> None:
    """The result is there for the producer to read, as one attempt."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    settlement = await queue.settle(await leased(queue), Completed({"status": "success"}))
    status = await yard.producer.status(added.id)
    assert settlement.state is JobState.COMPLETED
    assert settlement.next_job is None
    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    assert status.return_value == {"status": "success"}
    assert status.finished_on_ms is not None


async def test_settling_brings_the_next_job(yard: Yard) -> None:
    """One call ends a job and begins the next; the last one brings none."""
    queue = await yard.open_worker()
    for job_id in ("a", "b"):
        await yard.producer.add(replace(REQUEST, job_id=job_id))
    first = await queue.settle(await leased(queue), Completed({}), lease_next=True)
    assert first.next_job is not None
    assert first.next_job.id == "b"
    second = await queue.settle(first.next_job, Completed({}), lease_next=True)
    assert second.next_job is None


async def test_a_retry_waits_for_the_backoff(yard: Yard) -> None:
    """A failed attempt is counted and the job comes again when its pause is over."""
    queue = await yard.open_worker()
    added = await yard.producer.add(replace(REQUEST, backoff_ms=300))
    job = await leased(queue)
    settlement = await queue.settle(job, Retry("transient.disk", "no space"))
    begin_s = time.monotonic()
    assert settlement.state is JobState.DELAYED
    assert await state_of(yard, added.id) is JobState.DELAYED
    again = await leased(queue)
    assert 0.25 < time.monotonic() - begin_s < 1.0
    assert (again.id, again.attempts_made, again.attempts_started) == (job.id, 1, 2)


async def test_a_retry_without_backoff_is_ready_at_once(yard: Yard) -> None:
    """A producer that asked for no pause gets none."""
    queue = await yard.open_worker()
    await yard.producer.add(replace(REQUEST, backoff_ms=0, priority=1))
    settlement = await queue.settle(await leased(queue), Retry("transient.disk", "no space"))
    assert settlement.state is JobState.PRIORITIZED
    assert (await leased(queue)).attempts_made == 1


async def test_a_retry_of_the_last_attempt_fails(yard: Yard) -> None:
    """When all attempts are used up the job fails with the last reason."""
    queue = await yard.open_worker()
    added = await yard.producer.add(replace(REQUEST, attempts=2))
    await queue.settle(await leased(queue), Retry("transient.disk", "first"))
    settlement = await queue.settle(await leased(queue), Retry("transient.disk", "second"))
    status = await yard.producer.status(added.id)
    assert settlement.state is JobState.FAILED
    assert status is not None
    assert (status.failed_reason, status.attempts_made) == ("second", 2)


@pytest.mark.parametrize("outcome", [Failed("invalid.payload", "Bad: x"), Cancelled("Bad: x")])
async def test_a_failure_is_final_and_keeps_its_exact_reason(
    yard: Yard, outcome: Failed | Cancelled
) -> None:
    """Attempts that are left are not used, and the reason is stored as it was given."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    settlement = await queue.settle(await leased(queue), outcome)
    status = await yard.producer.status(added.id)
    assert settlement.state is JobState.FAILED
    assert status is not None
    assert (status.state, status.failed_reason) == (JobState.FAILED, "Bad: x")
    assert await queue.lease() is None


async def test_a_job_that_is_handed_back_costs_nothing(yard: Yard) -> None:
    """It waits again in front of its equals, with all its attempts."""
    queue = await yard.open_worker()
    for job_id in ("a", "b"):
        await yard.producer.add(replace(REQUEST, job_id=job_id, priority=2))
    settlement = await queue.settle(await leased(queue), HandedBack())
    assert settlement.state is JobState.PRIORITIZED
    again = await leased(queue)
    assert (again.id, again.attempts_made, again.stalled_count) == ("a", 0, 0)
    assert again.attempts_started == 2


@pytest.mark.parametrize("priority", [0, 2])
async def test_a_job_that_is_handed_back_wakes_another_worker(yard: Yard, priority: int) -> None:
    """A worker that waits takes it at once."""
    first, second = await yard.open_worker(), await yard.open_worker()
    await yard.producer.add(replace(REQUEST, priority=priority))
    job = await leased(first)
    waiting = asyncio.create_task(leased(second))
    await asyncio.wait({waiting}, timeout=0.1)
    begin_s = time.monotonic()
    await first.settle(job, HandedBack())
    assert (await waiting).id == job.id
    assert time.monotonic() - begin_s < 0.2


async def test_a_delayed_job_comes_when_it_is_due(yard: Yard) -> None:
    """Not before, and not much later."""
    queue = await yard.open_worker()
    added = await yard.producer.add(replace(REQUEST, delay_ms=700))
    begin_s = time.monotonic()
    assert await state_of(yard, added.id) is JobState.DELAYED
    assert (await leased(queue)).id == added.id
    assert 0.65 < time.monotonic() - begin_s < 0.9


async def test_a_job_is_leased_by_one_worker_only(yard: Yard) -> None:
    """Two workers share the queue without sharing a job."""
    queues = [await yard.open_worker(), await yard.open_worker()]
    for number in range(20):
        await yard.producer.add(replace(REQUEST, job_id=f"job-{number}"))
    pairs = itertools.islice(itertools.cycle(queues), 20)
    jobs = await asyncio.gather(*(leased(queue) for queue in pairs))
    assert len({job.id for job in jobs}) == 20


async def test_a_lost_lock_refuses_the_settlement(yard: Yard) -> None:
    """Who does not hold the lock cannot tell how the job ended."""
    queue = yard.worker()
    added = await yard.producer.add(REQUEST)
    job = await leased(queue)
    await yard.break_lock(job)
    with pytest.raises(LeaseLostError, match=added.id):
        await queue.settle(job, Completed({}))
    assert await state_of(yard, added.id) is not JobState.COMPLETED


async def test_a_lost_lock_is_told(yard: Yard) -> None:
    """Whoever runs the job learns of it within a renewal or two."""
    queue = await yard.open_worker()
    await yard.producer.add(REQUEST)
    job = await leased(queue)
    await yard.break_lock(job)
    await asyncio.wait_for(queue.lease_lost(job), 2)
    assert LeaseLost(job_id=job.id) in yard.notes.events


async def test_a_lock_is_renewed_for_as_long_as_the_job_runs(yard: Yard) -> None:
    """A job that runs longer than a lock lives is neither lost nor given to another."""
    queue, other = await yard.open_worker(), await yard.open_worker()
    await yard.producer.add(REQUEST)
    job = await leased(queue)
    lost = asyncio.create_task(queue.lease_lost(job))
    done, _ = await asyncio.wait({lost}, timeout=2.5 * yard.settings.lock_s)
    lost.cancel()
    assert not done
    assert await other.lease() is None
    assert await queue.confirm(job)
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED


async def test_confirming_tells_whose_lock_it_is(yard: Yard) -> None:
    """True while the lock is ours, False when it was lost."""
    queue = yard.worker()
    await yard.producer.add(REQUEST)
    job = await leased(queue)
    assert await queue.confirm(job)
    await yard.break_lock(job)
    assert not await queue.confirm(job)


async def test_the_job_of_a_silent_worker_is_recovered(yard: Yard) -> None:
    """Another worker takes it when its lock ran out; it counts as a stall, not as an attempt."""
    silent = yard.worker()
    added = await yard.producer.add(REQUEST)
    await leased(silent)
    job = await leased(await yard.open_worker())
    assert job.id == added.id
    assert (job.attempts_made, job.attempts_started, job.stalled_count) == (0, 2, 1)
    assert JobsRecovered(job_ids=(added.id,)) in yard.notes.events


async def test_a_job_that_outlives_too_many_workers_fails(yard: Yard) -> None:
    """It is not given to yet another worker."""
    yard.settings = replace(yard.settings, max_stalled=0)
    added = await yard.producer.add(REQUEST)
    await leased(yard.worker())
    queue = await yard.open_worker()
    for _ in range(10):
        assert await queue.lease() is None
        if await state_of(yard, added.id) is JobState.FAILED:
            break
    status = await yard.producer.status(added.id)
    assert status is not None
    assert status.failed_reason == "job stalled more than allowable limit"


async def test_progress_is_seen_by_the_producer(yard: Yard) -> None:
    """A number from 0 to 100."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    job = await leased(queue)
    await queue.progress(job, 42)
    await queue.log(job, "painting")
    status = await yard.producer.status(added.id)
    assert status is not None
    assert status.progress == 42


async def test_counts_tell_every_state(yard: Yard) -> None:
    """Prioritized jobs count as ready like waiting ones."""
    queue = await yard.open_worker()
    await yard.producer.add(REQUEST)
    await queue.settle(await leased(queue), Completed({}))
    await yard.producer.add(REQUEST)
    await queue.settle(await leased(queue), Failed("invalid.payload", "no"))
    await yard.producer.add(REQUEST)
    await leased(queue)
    await yard.producer.add(REQUEST)
    await yard.producer.add(replace(REQUEST, priority=1))
    await yard.producer.add(replace(REQUEST, delay_ms=60_000))
    counts = await queue.counts()
    assert (counts.waiting, counts.prioritized, counts.ready) == (1, 1, 2)
    assert (counts.active, counts.delayed, counts.completed, counts.failed) == (1, 1, 1, 1)
    assert counts.total == 6


async def test_an_id_is_taken_once(yard: Yard) -> None:
    """Adding it again changes nothing and says so."""
    request = replace(REQUEST, job_id="same")
    assert not (await yard.producer.add(request)).duplicate
    again = await yard.producer.add(replace(request, payload={"other": True}))
    assert (again.id, again.duplicate) == ("same", True)
    job = await leased(await yard.open_worker())
    assert json.loads(job.payload) == REQUEST.payload


async def test_a_full_queue_refuses_more(yard: Yard) -> None:
    """Jobs that wait count by either road; active ones do not."""
    await yard.producer.add(REQUEST)
    await yard.producer.add(replace(REQUEST, priority=1), max_ready=2)
    with pytest.raises(QueueFullError, match=r"^Queue is full \(max 2 jobs\)\."):
        await yard.producer.add(REQUEST, max_ready=2)
    await leased(await yard.open_worker())
    await yard.producer.add(REQUEST, max_ready=2)


@pytest.mark.parametrize("job_id", ["", "0", "12", "-3", "0:a:b", "a:b", "a:b:c:d", "\ud800"])
async def test_ids_that_bullmq_refuses_are_refused(yard: Yard, job_id: str) -> None:
    """Before anything is stored."""
    with pytest.raises(JobRefusedError):
        await yard.producer.add(replace(REQUEST, job_id=job_id))
    assert (await yard.open_worker()) is not None


@pytest.mark.parametrize("job_id", ["012", "a:b:c", "1.5", "naïve ☃", "-", "x" * 300])
async def test_other_ids_are_kept_as_they_are(yard: Yard, job_id: str) -> None:
    """An id comes back from the queue as it was given."""
    await yard.producer.add(replace(REQUEST, job_id=job_id))
    assert (await leased(await yard.open_worker())).id == job_id


async def test_a_payload_that_is_no_json_is_refused(yard: Yard) -> None:
    """NaN has no JSON; it must not reach the queue."""
    with pytest.raises(JobRefusedError, match="JSON"):
        await yard.producer.add(replace(REQUEST, payload={"x": float("nan")}))


async def test_an_unknown_job_has_no_status(yard: Yard) -> None:
    """Nothing is made up for it, and watching it ends at once."""
    job_id = uuid.uuid4().hex
    assert await yard.producer.status(job_id) is None
    assert [status async for status in yard.producer.watch(job_id)] == []


async def test_watching_follows_a_job_to_its_end(yard: Yard) -> None:
    """Each change is told, and the final state ends the watch."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    told: list[tuple[JobState, object]] = []
    first_seen = asyncio.Event()

    async def watch() -> None:
        async for status in yard.producer.watch(added.id):
            told.append((status.state, status.progress))
            first_seen.set()

    watching = asyncio.create_task(watch())
    await asyncio.wait_for(first_seen.wait(), 2)
    job = await leased(queue)
    await queue.progress(job, 50)
    await queue.settle(job, Completed({"ok": True}))
    await asyncio.wait_for(watching, 2)
    assert told[0] == (JobState.WAITING, 0)
    assert told[-1] == (JobState.COMPLETED, 50)


async def test_a_job_whose_producer_keeps_nothing_is_gone_when_done(yard: Yard) -> None:
    """A count of 0 removes it at once."""
    queue = await yard.open_worker()
    added = await yard.producer.add(replace(REQUEST, keep_completed=(3600, 0)))
    settlement = await queue.settle(await leased(queue), Completed({}))
    assert settlement.state is JobState.COMPLETED
    assert await yard.producer.status(added.id) is None


async def test_only_so_many_completed_jobs_are_kept(yard: Yard) -> None:
    """The oldest are forgotten when more than the count are there."""
    queue = await yard.open_worker()
    for _ in range(4):
        await yard.producer.add(replace(REQUEST, keep_completed=(3600, 2)))
        await queue.settle(await leased(queue), Completed({}))
    assert (await queue.counts()).completed == 2


async def test_a_result_that_is_no_json_leaves_the_job_leased(yard: Yard) -> None:
    """The mistake is the worker's, so the job must not pay for it."""
    queue = await yard.open_worker()
    added = await yard.producer.add(REQUEST)
    job = await leased(queue)
    with pytest.raises((TypeError, ValueError)):
        await queue.settle(job, Completed({"x": float("nan")}))
    assert await state_of(yard, added.id) is JobState.ACTIVE
    assert (await queue.settle(job, Completed({}))).state is JobState.COMPLETED


async def test_opening_and_closing_twice_does_no_harm(yard: Yard) -> None:
    """A worker that stops in a hurry may do either more than once."""
    queue = await yard.open_worker()
    await queue.open()
    await queue.ping()
    await queue.close()
    await queue.close()
