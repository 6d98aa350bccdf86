"""What every queue promises to those who take urgent jobs alone, in memory and in Redis."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from tests.conformance.yard import REQUEST, Yard, leased

pytestmark = pytest.mark.anyio


async def add(yard: Yard, **priorities: int) -> None:
    """Add jobs of these names and priorities."""
    for job_id, priority in priorities.items():
        await yard.producer.add(replace(REQUEST, job_id=job_id, priority=priority))


async def test_a_lease_of_urgent_jobs_passes_over_others(yard: Yard) -> None:
    """It ends with nothing after the block time, whatever else waits."""
    queue = await yard.open_worker()
    await add(yard, batch=yard.settings.urgent_priority + 1)

    assert await queue.lease(urgent=True) is None


async def test_a_lease_of_urgent_jobs_takes_them_and_those_without_a_priority(yard: Yard) -> None:
    """Zero comes before all numbers."""
    queue = await yard.open_worker()
    await add(yard, batch=2, edit=1, first=0)
    jobs = [await queue.lease(urgent=True) for _ in range(3)]

    assert [job and job.id for job in jobs] == ["first", "edit", None]


async def test_an_urgent_job_is_found_while_others_wait(yard: Yard) -> None:
    """Also when it comes after the lease began."""
    queue = await yard.open_worker()
    await add(yard, batch=2)
    waiting = asyncio.create_task(queue.lease(urgent=True))
    await asyncio.wait({waiting}, timeout=0.1)
    await add(yard, edit=1)
    job = await waiting

    assert job is not None
    assert job.id == "edit"


async def test_an_urgent_job_that_was_delayed_is_found_when_it_is_due(yard: Yard) -> None:
    """As one is that failed in passing; nobody else has to take a job meanwhile."""
    queue = await yard.open_worker()
    await add(yard, batch=2)
    await yard.producer.add(replace(REQUEST, job_id="edit", priority=1, delay_ms=100))
    job = await queue.lease(urgent=True)

    assert job is not None
    assert job.id == "edit"


async def test_one_urgent_job_is_no_excuse_for_two(yard: Yard) -> None:
    """Who comes second does not get what stands behind it."""
    queues = [await yard.open_worker() for _ in range(2)]
    await add(yard, edit=1, batch=2)
    jobs = await asyncio.gather(*(queue.lease(urgent=True) for queue in queues))

    assert sorted(job.id for job in jobs if job is not None) == ["edit"]


async def test_a_look_for_urgent_jobs_does_not_hide_the_others(yard: Yard) -> None:
    """A lease of any job after one that found nothing urgent gets what waits, at once."""
    queue = await yard.open_worker()
    await add(yard, batch=2)
    assert await queue.lease(urgent=True) is None
    begin_s = time.monotonic()
    assert (await leased(queue)).id == "batch"

    assert time.monotonic() - begin_s < yard.settings.block_s


async def test_a_patient_lease_takes_others_before_urgent_jobs(yard: Yard) -> None:
    """In their own order; and urgent ones when no other waits."""
    queue = await yard.open_worker()
    await add(yard, first=0, edit=1, late=5, batch=2)
    jobs = [await queue.lease(patient=True) for _ in range(4)]

    assert [job and job.id for job in jobs] == ["batch", "late", "first", "edit"]


async def test_a_patient_lease_waits_for_whatever_comes(yard: Yard) -> None:
    """An urgent job that comes to an idle worker is taken at once."""
    queue = await yard.open_worker()
    waiting = asyncio.create_task(queue.lease(patient=True))
    await asyncio.wait({waiting}, timeout=0.1)
    await add(yard, edit=1)
    job = await waiting

    assert job is not None
    assert job.id == "edit"


async def test_a_patient_lease_keeps_to_the_queues_limits(yard: Yard) -> None:
    """It takes nothing from a paused queue."""
    queue = await yard.open_worker()
    await add(yard, batch=2)
    await yard.controls.pause()

    assert await queue.lease(patient=True) is None
