"""What happens in a queue, followed from any place in its stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from preview_worker.queue import Completed, JobRequest, QueueSettings, StreamGapError
from preview_worker.queue.bull_feed import BullFeed
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.redis_server import command, leased, quick_settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def feed(queue_settings: QueueSettings) -> AsyncIterator[BullFeed]:
    """The events of a queue that nobody else uses."""
    feed = BullFeed(queue_settings)
    yield feed
    await feed.close()


async def add(settings: QueueSettings, *job_ids: str) -> None:
    """Add jobs."""
    producer = BullProducer(settings)
    for job_id in job_ids:
        await producer.add(JobRequest(payload={"jobId": job_id}, job_id=job_id))
    await producer.close()


async def test_a_job_is_followed_from_its_addition_to_its_end(
    feed: BullFeed, queue_settings: QueueSettings
) -> None:
    """The stream tells the whole story, whoever works on the job."""
    names: list[str] = []

    async def follow() -> None:
        async for event in feed.follow("0-0"):
            assert event.job_id == "a"
            names.append(event.name)
            if event.name == "completed":
                return

    following = asyncio.create_task(follow())
    await add(queue_settings, "a")
    queue = BullQueue(queue_settings)
    job = await leased(queue)
    await queue.progress(job, 50)
    await queue.settle(job, Completed({"status": "success"}))
    await queue.close()
    async with asyncio.timeout(10):
        await following

    assert names == ["added", "waiting", "active", "progress", "completed"]


async def test_following_goes_on_where_somebody_stopped(
    feed: BullFeed, queue_settings: QueueSettings
) -> None:
    """A place is all that has to be remembered."""
    await add(queue_settings, "a")
    place = await feed.newest()
    await add(queue_settings, "b")

    later = await feed.after(place, 10)

    assert {event.job_id for event in later} == {"b"}
    assert [event.name for event in later] == ["added", "waiting"]
    assert all(event.at_ms > 0 for event in later)


async def test_an_empty_stream_begins_at_its_start(feed: BullFeed) -> None:
    """A queue that nobody has used yet can be followed."""
    assert await feed.newest() == "0-0"
    assert await feed.after("0-0", 10) == ()


@pytest.mark.parametrize(
    "place", ["", "x", "1", "1-", "$", "1-2-3", "٣-1", "-1-0", "9" * 16 + "-0"]
)
async def test_a_text_that_is_no_place_is_refused(feed: BullFeed, place: str) -> None:
    """It comes from a header that anybody may send."""
    with pytest.raises(ValueError, match="no place"):
        await feed.after(place, 10)


async def test_events_that_are_gone_are_told(feed: BullFeed, queue_settings: QueueSettings) -> None:
    """The stream is trimmed; whoever comes back too late has to look at everything anew."""
    await add(queue_settings, "a")
    place = await feed.newest()
    await add(queue_settings, "b", "c")
    stream = f"{queue_settings.prefix}:{queue_settings.queue_name}:events"
    await command(queue_settings, "XTRIM", stream, "MAXLEN", 1)

    with pytest.raises(StreamGapError):
        await feed.after(place, 10)


async def test_a_place_in_another_stream_is_told(
    feed: BullFeed, queue_settings: QueueSettings
) -> None:
    """After a queue was removed its stream begins anew."""
    await add(queue_settings, "a")

    with pytest.raises(StreamGapError):
        await feed.after("999999999999999-0", 10)


async def test_following_outlives_a_server_that_goes_away(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """What happens after it is back is told, and nothing is told twice."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"), durable=True)
    server.start()
    settings = quick_settings(server.url)
    feed = BullFeed(settings)
    seen: list[str] = []
    first, second = asyncio.Event(), asyncio.Event()

    async def follow() -> None:
        async for event in feed.follow("0-0"):
            if event.name == "added":
                seen.append(event.job_id)
                first.set()
                if event.job_id == "b":
                    second.set()

    following = asyncio.create_task(follow())
    try:
        await add(settings, "a")
        async with asyncio.timeout(10):
            await first.wait()
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        await add(settings, "b")
        async with asyncio.timeout(10):
            await second.wait()
    finally:
        following.cancel()
        await asyncio.wait([following])
        await feed.close()
        await asyncio.to_thread(server.stop)

    assert seen == ["a", "b"]
