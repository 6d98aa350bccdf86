"""Which jobs the index forgets, and which stay in it while the queue changes under the reading."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from preview_worker.api.crier import Change
from preview_worker.api.index_keeper import IndexKeeper
from preview_worker.queue import JobState
from tests.unit.api.kept_index import Ledger, heard, heard_until, keeping

pytestmark = pytest.mark.anyio


async def test_jobs_that_go_without_an_event_are_missed() -> None:
    """The queue counts fewer then."""
    ledger = Ledger({"a": JobState.COMPLETED, "b": JobState.COMPLETED})
    async with keeping(ledger) as (keeper, listener):
        del ledger.states_by_id["a"]
        told = await heard(listener)

    assert told == [Change("1-0", "removed", "a", "")]
    assert "a" not in keeper.index


async def test_a_job_that_comes_and_is_looked_at_while_jobs_are_listed_stays() -> None:
    """The list is older than what is known of the job, and its watcher would hear it was gone."""
    ledger = Ledger({"a": JobState.WAITING})
    async with keeping(ledger) as (keeper, listener):
        ledger.while_listing = _coming(ledger, keeper, "new")
        del ledger.states_by_id["a"]  # differs from what is known, so that all are listed
        told = await heard_until(listener, Change("1-0", "removed", "a", ""))

    assert told == [Change("1-0", "job", "new"), Change("1-0", "removed", "a", "")]
    assert "new" in keeper.index


async def test_a_job_that_moves_back_while_jobs_are_listed_stays() -> None:
    """It is in no list that was read, but it is there."""
    ledger = Ledger({"back": JobState.ACTIVE, "gone": JobState.WAITING})
    async with keeping(ledger) as (keeper, listener):
        ledger.overlooked = {"back"}
        ledger.states_by_id["back"] = JobState.DELAYED
        del ledger.states_by_id["gone"]
        told = await heard_until(listener, Change("1-0", "removed", "gone", ""))
        known = keeper.index.get("back")

    assert Change("1-0", "removed", "back", "") not in told
    assert known is not None
    assert known.state is JobState.DELAYED


async def test_a_job_that_comes_and_is_looked_at_while_all_is_read_anew_stays() -> None:
    """Whoever hears ``reset`` fetches the list, and would not find it there."""
    ledger = Ledger({"a": JobState.WAITING, "gone": JobState.WAITING})
    async with keeping(ledger) as (keeper, listener):
        ledger.away = True
        await ledger.asked_in_vain.get()
        ledger.while_listing = _coming(ledger, keeper, "new")
        del ledger.states_by_id["gone"]
        ledger.away = False
        await heard_until(listener, Change("1-0", "reset"))
        known = set(keeper.index)

    assert known == {"a", "new"}


async def test_nobody_hears_that_a_job_is_gone_which_is_there_again() -> None:
    """What was read of many jobs is told when all are read, and a job may come back by then."""
    ledger = Ledger({f"{number}": JobState.WAITING for number in range(201)})
    async with keeping(ledger) as (keeper, listener):
        first, *_, last = keeper.index
        while not ledger.asked.empty():
            ledger.asked.get_nowait()
        slow_door = ledger.door
        slow_door.clear()
        ledger.states_by_id.clear()
        await ledger.asked.get()
        slow_door.set()  # lets in who waits
        slow_door.clear()
        await ledger.asked.get()
        was_gone = first not in keeper.index
        ledger.states_by_id[first] = JobState.ACTIVE
        ledger.door = asyncio.Event()
        ledger.door.set()
        await keeper.refresh([first])
        slow_door.set()
        told = await heard_until(listener, Change("1-0", "removed", last, ""))

    assert was_gone
    assert [change.topic for change in told if change.job_id == first] == ["job"]


def _coming(ledger: Ledger, keeper: IndexKeeper, job_id: str) -> Callable[[], Awaitable[None]]:
    """Return what happens when a job is added and somebody begins to watch it."""

    async def come() -> None:
        ledger.states_by_id[job_id] = JobState.WAITING
        await keeper.refresh([job_id])

    return come
