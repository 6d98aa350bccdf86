"""Changes over HTTP as they happen: to all who listen, without a gap, and without end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preview_worker.queue import Completed, JobState, LeasedJob, QueueSettings
from tests.api_server import KEYS, SECRETS, Counter, counter
from tests.event_stream import listening
from tests.redis_server import command, leased

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server without keys."""
    async with counter(queue_settings, tmp_path) as opened:
        await opened.services.keeper.ready.wait()
        yield opened


async def test_a_job_is_told_from_its_addition_to_its_end(desk: Counter) -> None:
    """Each state in turn, with the whole line of the job."""
    seen: list[str] = []
    jobs: list[LeasedJob] = []
    async with listening(desk.client) as events:
        await desk.submit(jobId="j-1")
        async for event in events:
            seen += [event.data["state"]] if event.name == "job" else []
            if seen == ["prioritized"]:
                jobs.append(await leased(desk.queue))
            elif jobs and seen[-1] == "active":  # a state that is over by then need not be told
                await desk.queue.settle(jobs.pop(), Completed({"status": "success"}))
            elif seen[-1:] == ["completed"]:
                break

    assert list(dict.fromkeys(seen)) == ["prioritized", "active", "completed"]


async def test_the_stream_of_one_job_begins_with_it_and_ends_with_it(desk: Counter) -> None:
    """A program may read it to its end; a browser that comes back is told that there is no more."""
    await desk.submit(jobId="j-1")
    await desk.until_known("j-1")
    last = ""
    states: list[str] = []
    async with listening(desk.client, "/api/v1/jobs/j-1/events") as events:
        async for event in events:
            states.append(event.data["state"])
            last = event.id
            if len(states) == 1:
                await desk.queue.settle(await leased(desk.queue), Completed({"status": "success"}))

    again = await desk.client.get("/api/v1/jobs/j-1/events", headers={"last-event-id": last})

    assert states[0] == "prioritized"
    assert states[-1] == "completed"
    assert again.status_code == 204


async def test_whoever_comes_back_hears_what_was_missed(desk: Counter) -> None:
    """Each job that changed is told once, as it is now."""
    place = await desk.services.feed.newest()
    await desk.submit(jobId="a")
    await desk.submit(jobId="b")
    for job_id in ("a", "b"):
        await desk.until_known(job_id)

    async with listening(desk.client, headers={"last-event-id": place}) as events:
        names = [(await anext(events)).data["id"] for _ in range(2)]

    assert names == ["a", "b"]


async def test_whoever_comes_back_too_late_is_told_to_look_anew(
    desk: Counter, queue_settings: QueueSettings
) -> None:
    """The queue does not keep its events for ever."""
    await desk.submit(jobId="a")
    stream = f"{queue_settings.prefix}:{queue_settings.queue_name}:events"
    await desk.until_known("a")
    await command(queue_settings, "XTRIM", stream, "MAXLEN", 1)

    async with listening(desk.client, headers={"last-event-id": "1-0"}) as events:
        first = await anext(events)

    assert first.name == "reset"


@pytest.mark.parametrize("last", ["nonsense", "-1", "$", "٣-0"])
async def test_a_place_that_is_none_is_refused(desk: Counter, last: str) -> None:
    """It is a header that anybody may send."""
    answer = await desk.client.get("/api/v1/events", headers=[(b"last-event-id", last.encode())])

    assert answer.status_code == 400


async def test_a_stream_can_be_of_some_jobs_only(desk: Counter) -> None:
    """A page about one job need not hear of all."""
    seen: set[str] = set()
    async with listening(desk.client, params={"job": "b"}) as events:
        for job_id in ("a", "b"):
            await desk.submit(jobId=job_id)
        async for event in events:
            seen.add(event.data["id"])
            break

    assert seen == {"b"}


async def test_a_key_for_one_project_hears_of_no_other(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Neither in the stream of all jobs nor in that of one."""
    keys = f"{KEYS},paul:read:project-01234567@p-1"
    async with counter(queue_settings, tmp_path, keys=keys, secret=SECRETS["operate"]) as desk:
        theirs = {"x-mobius-api-key": "project-01234567"}
        await desk.services.keeper.ready.wait()
        async with listening(desk.client, headers=theirs) as events:
            await desk.submit(jobId="j-2", projectId="p-2")
            await desk.until_known("j-2")
            await desk.submit(jobId="j-1", projectId="p-1")
            first = await anext(events)
        other = await desk.client.get("/api/v1/jobs/j-2/events", headers=theirs)

    assert first.data["id"] == "j-1"
    assert other.status_code == 404


async def test_a_pause_of_the_queue_is_told(desk: Counter) -> None:
    """Whoever looks at the counts has to look again."""
    async with listening(desk.client) as events:
        await desk.client.post("/api/v1/queue/pause")
        first = await anext(events)

    assert first.name == "queue"


async def test_a_job_that_is_removed_is_told(desk: Counter) -> None:
    """It goes from every list."""
    await desk.submit(jobId="j-1")
    await desk.until_known("j-1")
    async with listening(desk.client) as events:
        await desk.services.controls.drain()
        async for event in events:
            if event.name == "removed":
                break

    assert event.data == {"id": "j-1"}
    assert desk.services.keeper.index.get("j-1") is None


async def test_progress_is_told(desk: Counter) -> None:
    """A bar moves without anybody asking."""
    await desk.submit(jobId="j-1")
    await desk.until_known("j-1")
    job = await leased(desk.queue)
    async with listening(desk.client, "/api/v1/jobs/j-1/events") as events:
        await anext(events)
        await desk.queue.progress(job, 42)
        async for event in events:
            if event.data["progress"] == 42:
                break

    assert event.data["state"] == JobState.ACTIVE
