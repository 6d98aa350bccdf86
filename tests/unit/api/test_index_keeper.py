"""What the keeper of the index tells, and when: no id promises what is not known yet."""

from __future__ import annotations

import asyncio

import pytest

from preview_worker.api.crier import Change, Crier
from preview_worker.api.index_keeper import IndexKeeper
from preview_worker.events import DefectFound
from preview_worker.queue import JobState, QueueEvent, QueueUnavailableError
from tests.unit.api.kept_index import Ledger, heard, keeping

pytestmark = pytest.mark.anyio


async def test_no_id_promises_a_job_that_is_not_read_yet() -> None:
    """Whoever goes on from there would never hear of it."""
    ledger = Ledger({"old": JobState.WAITING})
    async with keeping(ledger) as (keeper, listener):
        ledger.door.clear()
        ledger.states_by_id["new"] = JobState.WAITING
        ledger.happen("2-0", "added", "new")
        ledger.happen("3-0", "active", "old")
        early = await heard(listener)
        ledger.states_by_id["old"] = JobState.ACTIVE
        place_before = keeper.place
        ledger.door.set()
        late = await heard(listener)

    assert early == [Change("1-0", "job", "old")]
    assert place_before == "1-0"
    assert late == [Change("3-0", "job", "new")]


async def test_a_job_that_moves_while_it_is_read_is_read_again() -> None:
    """What was read is older than what is known by then."""
    ledger = Ledger()
    async with keeping(ledger) as (keeper, listener):
        ledger.states_by_id["a"] = JobState.WAITING
        ledger.happen("2-0", "added", "a")
        await heard(listener)
        while not ledger.asked.empty():
            ledger.asked.get_nowait()
        ledger.door.clear()
        ledger.happen("3-0", "waiting", "a")
        await ledger.asked.get()
        ledger.states_by_id["a"] = JobState.ACTIVE
        ledger.happen("4-0", "active", "a")
        await heard(listener)
        ledger.door.set()
        await ledger.asked.get()
        known = keeper.index.get("a")

    assert known is not None
    assert known.state is JobState.ACTIVE


async def test_an_event_that_changes_nothing_is_not_told() -> None:
    """A worker may tell the same progress twice."""
    ledger = Ledger({"a": JobState.ACTIVE})
    async with keeping(ledger) as (_, listener):
        ledger.events.put_nowait(QueueEvent("2-0", "progress", "a", {"data": "10"}))
        ledger.events.put_nowait(QueueEvent("3-0", "progress", "a", {"data": "10"}))
        ledger.happen("4-0", "paused", "")
        told = await heard(listener)
        while told[-1].topic != "queue":
            told += await heard(listener)

    assert told == [Change("2-0", "job", "a"), Change("4-0", "queue")]


async def test_a_defect_is_told_and_everything_is_read_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An index that nobody keeps any more would look as if nothing happened."""
    monkeypatch.setattr("preview_worker.api.index_keeper._PAUSE_AFTER_DEFECT_S", 0.01)
    ledger = Ledger({"a": JobState.ACTIVE})
    async with keeping(ledger) as (_, listener):
        ledger.broken = True
        ledger.happen("2-0", "waiting", "a")
        defect = await ledger.defects.get()
        ledger.broken = False
        told = await heard(listener)

    assert isinstance(defect, DefectFound)
    assert "KeyError" in defect.trace
    assert told == [Change("1-0", "reset")]


@pytest.mark.parametrize(
    ("data", "percent"),
    [("42", 42), ("42.9", 42), ('{"percent": 42}', 42), ("0", 0), ("NaN", 0), ("{", 10)],
)
async def test_progress_is_read_as_workers_tell_it(data: str, percent: int) -> None:
    """A number or an object; what cannot be read changes nothing."""
    ledger = Ledger({"a": JobState.ACTIVE})
    async with keeping(ledger) as (keeper, listener):
        for number, told in enumerate(("10", data), 2):
            ledger.events.put_nowait(QueueEvent(f"{number}-0", "progress", "a", {"data": told}))
        ledger.happen("9-0", "paused", "")
        while (await heard(listener))[-1].topic != "queue":
            pass
        known = keeper.index.get("a")

    assert known is not None
    assert known.percent == percent


async def test_a_list_is_refused_while_nobody_knows_how_the_queue_is() -> None:
    """What it was before the outage may be true no more."""
    ledger = Ledger({"a": JobState.WAITING})
    async with keeping(ledger) as (keeper, listener):
        before = await keeper.whole()
        ledger.away = True
        for _ in range(2):  # the second time the keeper tries to begin anew
            await ledger.asked_in_vain.get()
        with pytest.raises(QueueUnavailableError):
            await keeper.whole()
        ledger.away = False
        told = await heard(listener)
        after = await keeper.whole()

    assert told == [Change("1-0", "reset")]
    assert before is after is keeper.index


async def test_a_list_waits_until_it_was_read_once() -> None:
    """A server that has just started knows of no jobs, which is not the same as none."""
    ledger = Ledger({"a": JobState.WAITING})
    keeper = IndexKeeper(ledger, ledger, ledger.counts, Crier(), ledger)
    keeper.start()
    reading = await ledger.asked.get()
    asking = asyncio.create_task(keeper.whole())
    await asyncio.sleep(0)
    early = asking.done()
    ledger.door.set()
    index = await asking
    await keeper.stop()

    assert reading == ("a",)
    assert not early
    assert "a" in index
