"""What every queue promises of the places that a project has, in memory and in Redis."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.queue import (
    Completed,
    HandedBack,
    JobQueue,
    JobState,
    LeasedJob,
    LeaseLostError,
    Retry,
)
from tests.conformance.yard import REQUEST, Yard, leased, state_of

pytestmark = pytest.mark.anyio

ORDINARY, URGENT = 2, 1


async def at_work(yard: Yard, most: int = 1) -> JobQueue:
    """Return a queue that gives so many places to each project."""
    yard.settings = replace(yard.settings, project_max_active=most)
    return await yard.open_worker()


async def add(yard: Yard, *job_ids: str, priority: int = ORDINARY) -> None:
    """Add jobs of these names."""
    for job_id in job_ids:
        await yard.producer.add(replace(REQUEST, job_id=job_id, priority=priority))


async def seated(queue: JobQueue, project: str = "lighthouse") -> LeasedJob:
    """Lease a job, which must find a place."""
    job = await leased(queue)
    assert await queue.claim(job, project) is None
    return job


async def refused(queue: JobQueue, project: str = "lighthouse") -> str:
    """Lease a job, which must not find a place; return its id."""
    job = await leased(queue)
    refusal = await queue.claim(job, project)
    assert refusal is not None
    assert refusal.state is JobState.DELAYED
    return job.id


async def test_without_a_limit_every_job_goes_on(yard: Yard) -> None:
    """It is off by default."""
    queue = await yard.open_worker()
    await add(yard, "a", "b")
    for _ in range(2):
        await seated(queue)

    assert (await queue.counts()).active == 2


async def test_a_job_beyond_its_projects_places_is_put_aside(yard: Yard) -> None:
    """It is delayed, as every client sees it, and nothing of it is spent."""
    queue = await at_work(yard)
    await add(yard, "a", "b")
    await seated(queue)
    assert await refused(queue) == "b"
    status = await yard.producer.status("b")

    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.DELAYED, 0)


async def test_who_is_put_aside_is_settled(yard: Yard) -> None:
    """Whoever had leased it has it no more."""
    queue = await at_work(yard)
    await add(yard, "a", "b")
    await seated(queue)
    job = await leased(queue)
    assert await queue.claim(job, "lighthouse") is not None
    with pytest.raises(LeaseLostError):
        await queue.settle(job, Completed({}))


async def test_another_project_has_places_of_its_own(yard: Yard) -> None:
    """And comes to them past those who wait."""
    queue = await at_work(yard)
    await add(yard, "a", "b", "c", "other")
    await seated(queue)
    assert [await refused(queue) for _ in range(2)] == ["b", "c"]

    assert (await seated(queue, "windmill")).id == "other"


async def test_the_next_job_comes_with_the_answer(yard: Yard) -> None:
    """A slot that had to put a job aside need not ask for another."""
    queue = await at_work(yard)
    await add(yard, "a", "b", "other")
    await seated(queue)
    refusal = await queue.claim(await leased(queue), "lighthouse", lease_next=True)

    assert refusal is not None
    assert refusal.next_job is not None
    assert refusal.next_job.id == "other"


async def test_who_was_put_aside_comes_when_a_place_is_free(yard: Yard) -> None:
    """The one that was added first, one for each place, and before its equals."""
    queue = await at_work(yard)
    await add(yard, "a", "b", "c")
    job = await seated(queue)
    assert [await refused(queue) for _ in range(2)] == ["b", "c"]
    await add(yard, "late")
    await queue.settle(job, Completed({}))

    assert (await seated(queue)).id == "b"
    assert await state_of(yard, "c") is JobState.DELAYED


@pytest.mark.parametrize(
    "outcome",
    [Completed({}), Retry("transient.x", "again"), HandedBack()],
    ids=["completed", "retry", "handed back"],
)
async def test_however_an_attempt_ends_its_place_is_free(
    yard: Yard, outcome: Completed | Retry | HandedBack
) -> None:
    """Also when the job comes again."""
    queue = await at_work(yard)
    await add(yard, "a", "b")
    job = await seated(queue)
    await refused(queue)
    await queue.settle(job, outcome)
    assert await state_of(yard, "b") is JobState.PRIORITIZED


async def test_the_place_of_a_silent_worker_is_given_to_others(yard: Yard) -> None:
    """Soon after its job was found stalled, whoever finds that."""
    yard.settings = replace(yard.settings, project_max_active=1)
    silent = yard.worker()
    await add(yard, "a", "b")
    job = await seated(silent)
    assert await refused(silent) == "b"
    await yard.break_lock(job)
    queue = await yard.open_worker()
    first = await leased(queue)
    assert await queue.claim(first, "lighthouse") is None
    await queue.settle(first, Completed({}))
    second = await leased(queue)

    assert {first.id, second.id} == {"a", "b"}


async def test_the_place_of_a_job_that_failed_with_its_worker_is_given_to_others(
    yard: Yard,
) -> None:
    """Nobody who knew of its place settles such a job; who looks around finds the place free."""
    yard.settings = replace(yard.settings, project_max_active=1, max_stalled=0)
    silent = yard.worker()
    await add(yard, "a", "b")
    job = await seated(silent)
    assert await refused(silent) == "b"
    await yard.break_lock(job)
    queue = await yard.open_worker()

    assert (await seated(queue)).id == "b"
    assert await state_of(yard, "a") is JobState.FAILED


async def test_an_urgent_job_finds_one_place_more(yard: Yard) -> None:
    """So that an edit does not wait for the batch of its own project; the next one waits."""
    queue = await at_work(yard)
    await add(yard, "batch")
    await seated(queue)
    await add(yard, "edit", "next", priority=URGENT)
    assert (await seated(queue)).id == "edit"
    assert await refused(queue) == "next"


async def test_an_urgent_job_is_the_first_to_come_back(yard: Yard) -> None:
    """Whatever was put aside before it."""
    queue = await at_work(yard)
    await add(yard, "batch", "more")
    batch = await seated(queue)
    await refused(queue)
    await add(yard, "edit", "next", priority=URGENT)
    await seated(queue)
    await refused(queue)
    await queue.settle(batch, Completed({}))
    assert (await seated(queue)).id == "next"
    assert await state_of(yard, "more") is JobState.DELAYED


async def test_a_removed_job_keeps_nobody_waiting(yard: Yard) -> None:
    """It leaves its line, and the next one comes."""
    queue = await at_work(yard)
    await add(yard, "a", "b", "c")
    job = await seated(queue)
    assert [await refused(queue) for _ in range(2)] == ["b", "c"]
    await yard.controls.cancel("b")
    await queue.settle(job, Completed({}))

    assert (await seated(queue)).id == "c"


async def test_claiming_twice_takes_one_place(yard: Yard) -> None:
    """As happens after a lost reply."""
    queue = await at_work(yard, 2)
    await add(yard, "a", "b", "c")
    job = await seated(queue)
    assert await queue.claim(job, "lighthouse") is None
    await seated(queue)
    assert await refused(queue) == "c"


async def test_a_job_without_its_lock_gets_no_place(yard: Yard) -> None:
    """Somebody else has it by then."""
    queue = yard.make_queue(replace(yard.settings, project_max_active=1), yard.notes)
    yard.queues.append(queue)
    await add(yard, "a")
    job = await leased(queue)
    await yard.break_lock(job)
    other = await yard.open_worker()
    assert (await leased(other)).id == "a"
    with pytest.raises(LeaseLostError):
        await queue.claim(job, "lighthouse")
