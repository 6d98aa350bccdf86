"""Every job of a queue, listed and read whatever state it is in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from preview_worker.queue import Completed, Failed, JobRequest, JobState, QueueSettings
from preview_worker.queue.bull_catalogue import BullCatalogue
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.producer import BullProducer
from tests.redis_server import command, leased

pytestmark = pytest.mark.anyio


@pytest.fixture
async def catalogue(queue_settings: QueueSettings) -> AsyncIterator[BullCatalogue]:
    """The catalogue of a queue that nobody else uses."""
    catalogue = BullCatalogue(queue_settings)
    yield catalogue
    await catalogue.close()


@pytest.fixture
async def producer(queue_settings: QueueSettings) -> AsyncIterator[BullProducer]:
    """Adds jobs to that queue."""
    producer = BullProducer(queue_settings)
    yield producer
    await producer.close()


@pytest.fixture
async def queue(queue_settings: QueueSettings) -> AsyncIterator[BullQueue]:
    """Works on that queue."""
    queue = BullQueue(queue_settings)
    await queue.open()
    yield queue
    await queue.close()


def request(job_id: str, *, delay_ms: int = 0, priority: int = 0, attempts: int = 5) -> JobRequest:
    """Return a job to add."""
    return JobRequest(
        payload={"jobId": job_id},
        job_id=job_id,
        delay_ms=delay_ms,
        priority=priority,
        attempts=attempts,
    )


async def test_an_empty_queue_has_no_jobs(catalogue: BullCatalogue) -> None:
    """Nothing is listed where nothing is."""
    assert await catalogue.states() == {}


async def test_each_job_is_listed_with_its_state(
    catalogue: BullCatalogue, producer: BullProducer, queue: BullQueue
) -> None:
    """Jobs are found by whatever road they came, and wherever they are by now."""
    for job_id in ("done", "bad", "running"):
        await producer.add(request(job_id))
        job = await leased(queue)
        if job_id == "done":
            await queue.settle(job, Completed({"status": "success"}))
        elif job_id == "bad":
            await queue.settle(job, Failed("invalid.payload", "no steps"))
    await producer.add(request("later", delay_ms=60_000))
    await producer.add(request("urgent", priority=1))
    await producer.add(request("plain"))

    assert await catalogue.states() == {
        "done": JobState.COMPLETED,
        "bad": JobState.FAILED,
        "running": JobState.ACTIVE,
        "later": JobState.DELAYED,
        "urgent": JobState.PRIORITIZED,
        "plain": JobState.WAITING,
    }


async def test_waiting_jobs_of_a_paused_queue_are_listed(
    catalogue: BullCatalogue, producer: BullProducer, queue_settings: QueueSettings
) -> None:
    """BullMQ 5 moves waiting jobs to a list of their own when the queue is paused."""
    await producer.add(request("aside"))
    root = f"{queue_settings.prefix}:{queue_settings.queue_name}:"
    await command(queue_settings, "RENAME", f"{root}wait", f"{root}paused")

    assert await catalogue.states() == {"aside": JobState.WAITING}


async def test_a_job_is_read_with_its_payload_options_and_history(
    catalogue: BullCatalogue, producer: BullProducer, queue: BullQueue
) -> None:
    """A record holds what a page about one job has to show."""
    await producer.add(request("bad", priority=3, attempts=2))
    job = await leased(queue)
    await queue.progress(job, 40)
    await queue.log(job, "first line")
    await queue.log(job, "second line")
    await queue.settle(job, Failed("invalid.payload", "no steps"))

    record = (await catalogue.find(["bad"]))["bad"]

    assert record.status.state is JobState.FAILED
    assert record.status.failed_reason == "no steps"
    assert record.status.progress == 40
    assert record.payload == b'{"jobId":"bad"}'
    assert (record.priority, record.max_attempts, record.attempts_started) == (3, 2, 1)
    assert await catalogue.logs("bad") == ("first line", "second line")


async def test_jobs_that_are_gone_are_absent(
    catalogue: BullCatalogue, producer: BullProducer
) -> None:
    """A list may be older than what it names."""
    await producer.add(request("here"))

    assert list(await catalogue.find(["gone", "here"])) == ["here"]


async def test_no_list_is_gone_through_for_a_job_that_is_gone(
    catalogue: BullCatalogue, producer: BullProducer, queue_settings: QueueSettings
) -> None:
    """Thousands may go at once, and Redis would look for each from end to end of all who wait."""
    await producer.add(request("here"))
    before = await _calls_of_lpos(queue_settings)
    await catalogue.find(["gone"])
    between = await _calls_of_lpos(queue_settings)
    await catalogue.find(["here"])
    after = await _calls_of_lpos(queue_settings)

    assert between == before
    assert after > between


async def test_a_key_that_is_no_job_is_no_job(
    catalogue: BullCatalogue, queue_settings: QueueSettings
) -> None:
    """Somebody may have stored something else under the id."""
    key = f"{queue_settings.prefix}:{queue_settings.queue_name}:odd"
    await command(queue_settings, "SET", key, "x")

    assert await catalogue.find(["odd"]) == {}
    assert await catalogue.find([]) == {}


async def test_more_jobs_than_fit_on_a_page_are_all_read(
    catalogue: BullCatalogue, producer: BullProducer
) -> None:
    """Pages are an affair between us and Redis."""
    ids = [f"job-{number}" for number in range(45)]
    for job_id in ids:
        await producer.add(request(job_id))

    assert list(await catalogue.find(ids)) == ids
    assert set(await catalogue.states()) == set(ids)


async def _calls_of_lpos(settings: QueueSettings) -> int:
    reply = await command(settings, "INFO", "commandstats")
    found = re.search(rb"cmdstat_lpos:calls=(\d+)", reply if isinstance(reply, bytes) else b"")
    return int(found[1]) if found else 0
