"""What every producer promises, in memory and in Redis."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace

import pytest

from preview_worker.queue import (
    Completed,
    JobRefusedError,
    JobState,
    QueueFullError,
)
from tests.conformance.yard import REQUEST, Yard, leased

pytestmark = pytest.mark.anyio


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
