"""What every queue promises on dead letters, in memory and in Redis."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from preview_worker import __version__
from preview_worker.queue import (
    Cancelled,
    Completed,
    DeadLetter,
    DeadLetters,
    Failed,
    HandedBack,
    JobState,
    LeaseLostError,
    Replay,
    Retry,
)
from tests.conformance.yard import REQUEST, Yard, leased, state_of

pytestmark = pytest.mark.anyio

CRASH = Failed("permanent.render_crash", "it crashed")


@pytest.fixture
async def dead(yard: Yard) -> AsyncIterator[DeadLetters]:
    """The dead letters of the yard's queue."""
    letters = yard.make_dead(yard.settings)
    yield letters
    await letters.close()


async def kill(yard: Yard, job_id: str, outcome: Failed = CRASH) -> None:
    """Add a job and fail it."""
    queue = yard.worker()
    await yard.producer.add(replace(REQUEST, job_id=job_id))
    await queue.settle(await leased(queue), outcome)


async def all_of(dead: DeadLetters) -> list[DeadLetter]:
    """Return the letters that are there."""
    return [letter async for letter in dead.letters()]


async def test_a_failed_job_leaves_a_letter(yard: Yard, dead: DeadLetters) -> None:
    """Payload, code, reason, attempts and worker are all there."""
    await kill(yard, "job-1")
    letter = await dead.find("job-1")
    assert letter is not None
    assert json.loads(letter.payload) == REQUEST.payload
    assert (letter.id, letter.name) == ("job-1", "render-preview")
    assert (letter.code, letter.reason) == ("permanent.render_crash", "it crashed")
    assert (letter.attempts_made, letter.attempts_started, letter.stalled_count) == (1, 1, 0)
    assert letter.history == ("permanent.render_crash: it crashed",)
    assert (letter.worker, letter.worker_version) == ("preview-worker", __version__)
    assert letter.leased_at_ms is not None
    assert letter.added_at_ms <= letter.leased_at_ms <= letter.died_at_ms


async def test_a_letter_outlives_the_failed_job(yard: Yard, dead: DeadLetters) -> None:
    """A producer that has failed jobs removed at once does not lose them."""
    queue = yard.worker()
    await yard.producer.add(replace(REQUEST, job_id="job-1", keep_failed=(0, 0)))
    await queue.settle(await leased(queue), CRASH)
    assert await yard.producer.status("job-1") is None
    assert [letter.id for letter in await all_of(dead)] == ["job-1"]


async def test_the_last_of_the_attempts_leaves_a_letter(yard: Yard, dead: DeadLetters) -> None:
    """A job that will be tried again leaves none; its history tells of all attempts."""
    queue = yard.worker()
    await yard.producer.add(replace(REQUEST, job_id="job-1", attempts=2, backoff_ms=0))
    await queue.settle(await leased(queue), Retry("transient.disk", "first"))
    assert await all_of(dead) == []
    await queue.settle(await leased(queue), Retry("transient.disk", "second"))
    [letter] = await all_of(dead)
    assert letter.history == ("transient.disk: first", "transient.disk: second")
    assert (letter.attempts_made, letter.attempts_started) == (2, 2)


@pytest.mark.parametrize("outcome", [Completed({}), Cancelled("enough"), HandedBack()])
async def test_other_ends_leave_no_letter(
    yard: Yard, dead: DeadLetters, outcome: Completed | Cancelled | HandedBack
) -> None:
    """Whoever cancels a job wants no more of it."""
    queue = yard.worker()
    await yard.producer.add(REQUEST)
    await queue.settle(await leased(queue), outcome)
    assert await all_of(dead) == []


async def test_a_refused_settlement_leaves_no_letter(yard: Yard, dead: DeadLetters) -> None:
    """The letter and the failure are written together or not at all."""
    queue = yard.worker()
    await yard.producer.add(REQUEST)
    job = await leased(queue)
    await yard.break_lock(job)
    with pytest.raises(LeaseLostError):
        await queue.settle(job, CRASH)
    assert await all_of(dead) == []


async def test_a_job_that_stalled_too_often_leaves_a_letter(yard: Yard, dead: DeadLetters) -> None:
    """The job that kills its workers is the one that people want to see."""
    settings = replace(yard.settings, max_stalled=0)
    silent = yard.make_queue(settings, yard.notes)
    yard.queues.append(silent)
    await yard.producer.add(replace(REQUEST, job_id="job-1"))
    await leased(silent)
    other = yard.make_queue(settings, yard.notes)
    yard.queues.append(other)
    await other.open()
    while not await all_of(dead):
        assert await other.lease() is None
    [letter] = await all_of(dead)
    assert (letter.code, letter.stalled_count) == ("permanent.worker_killer", 1)
    assert letter.reason == "job stalled more than allowable limit"
    assert json.loads(letter.payload) == REQUEST.payload


async def test_letters_come_oldest_first_and_the_newest_are_kept(yard: Yard) -> None:
    """The count bounds them."""
    yard.settings = replace(yard.settings, dead_max_count=2)
    dead = yard.make_dead(yard.settings)
    for job_id in ("a", "b", "c"):
        await kill(yard, job_id)
    assert [letter.id for letter in await all_of(dead)] == ["b", "c"]
    await dead.close()


async def test_old_letters_are_forgotten_at_the_next_death(yard: Yard, dead: DeadLetters) -> None:
    """The age bounds them."""
    await kill(yard, "a")
    yard.settings = replace(yard.settings, dead_max_age_s=-1.0)
    await kill(yard, "b")
    assert await all_of(dead) == []
    assert await dead.find("a") is None


async def test_old_letters_are_forgotten_by_every_worker(yard: Yard, dead: DeadLetters) -> None:
    """Also when no job dies any more."""
    await kill(yard, "a")
    yard.settings = replace(yard.settings, dead_max_age_s=-1.0)
    queue = await yard.open_worker()
    for _ in range(5):
        if not await all_of(dead):
            break
        await queue.lease()
    assert await all_of(dead) == []


async def test_no_letters_are_written_when_none_may_be_kept(yard: Yard, dead: DeadLetters) -> None:
    """A count of 0 switches them off; letters of other times are left alone."""
    await kill(yard, "old")
    yard.settings = replace(yard.settings, dead_max_count=0)
    await kill(yard, "a")
    await yard.open_worker()
    assert [letter.id for letter in await all_of(dead)] == ["old"]


async def test_a_replayed_job_runs_again_under_its_id(yard: Yard, dead: DeadLetters) -> None:
    """With all its attempts; the count of started ones goes on."""
    await kill(yard, "job-1")
    assert await dead.replay("job-1") is Replay.REPLAYED
    assert await all_of(dead) == []
    assert await state_of(yard, "job-1") is JobState.WAITING
    job = await leased(yard.worker())
    assert (job.id, json.loads(job.payload)) == ("job-1", REQUEST.payload)
    assert (job.attempts_made, job.attempts_started, job.max_attempts) == (0, 2, 5)


async def test_a_job_that_was_removed_is_replayed_too(yard: Yard, dead: DeadLetters) -> None:
    """Its letter holds all that is needed, the priority included."""
    queue = yard.worker()
    gone = replace(REQUEST, job_id="job-1", priority=3, keep_failed=(0, 0))
    await yard.producer.add(gone)
    await queue.settle(await leased(queue), CRASH)
    assert await dead.replay("job-1") is Replay.REPLAYED
    assert await state_of(yard, "job-1") is JobState.PRIORITIZED
    assert (await leased(queue)).priority == 3


async def test_a_replay_wakes_a_waiting_worker(yard: Yard, dead: DeadLetters) -> None:
    """Nobody has to add another job first."""
    await kill(yard, "job-1")
    queue = await yard.open_worker()
    assert await queue.lease() is None
    await dead.replay("job-1")
    assert (await leased(queue)).id == "job-1"


async def test_replaying_twice_runs_a_job_once(yard: Yard, dead: DeadLetters) -> None:
    """The second time there is nothing to replay."""
    await kill(yard, "job-1")
    answers = [await dead.replay("job-1") for _ in range(2)]
    assert answers == [Replay.REPLAYED, Replay.ABSENT]
    queue = await yard.open_worker()
    await queue.settle(await leased(queue), Completed({}))
    assert await queue.lease() is None


@pytest.mark.parametrize(
    ("step", "answer"),
    [("add", Replay.PENDING), ("lease", Replay.PENDING), ("complete", Replay.COMPLETED)],
)
async def test_a_job_that_is_there_again_is_not_replayed(
    yard: Yard, dead: DeadLetters, step: str, answer: Replay
) -> None:
    """Its producer added it once more: it waits, runs, or has been completed."""
    queue = yard.worker()
    gone = replace(REQUEST, job_id="job-1", keep_failed=(0, 0))
    await yard.producer.add(gone)
    await queue.settle(await leased(queue), CRASH)
    await yard.producer.add(gone)
    if step != "add":
        job = await leased(queue)
        if step == "complete":
            await queue.settle(job, Completed({}))
    assert await dead.replay("job-1") is answer
    assert await dead.find("job-1") is not None
    assert (await queue.counts()).ready == (step == "add")


async def test_a_second_death_replaces_the_letter_of_the_first(
    yard: Yard, dead: DeadLetters
) -> None:
    """There is one letter per id, and it counts the deaths."""
    await kill(yard, "job-1")
    queue = yard.worker()
    await yard.producer.add(replace(REQUEST, job_id="job-2", keep_failed=(0, 0)))
    await queue.settle(await leased(queue), CRASH)
    await yard.producer.add(replace(REQUEST, job_id="job-2"))
    await queue.settle(await leased(queue), Failed("invalid.payload", "again"))
    letters = {letter.id: letter for letter in await all_of(dead)}
    assert letters.keys() == {"job-1", "job-2"}
    assert (letters["job-1"].deaths, letters["job-2"].deaths) == (1, 2)
    assert letters["job-2"].reason == "again"


async def test_a_dropped_letter_is_gone(yard: Yard, dead: DeadLetters) -> None:
    """And nothing is left to replay."""
    await kill(yard, "job-1")
    assert await dead.drop("job-1")
    assert not await dead.drop("job-1")
    assert await all_of(dead) == []
    assert await dead.replay("job-1") is Replay.ABSENT
