"""What the keeper of the index tells, and when: no id promises what is not known yet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from preview_worker.api.crier import Change, Crier, Listener
from preview_worker.api.index_keeper import IndexKeeper
from preview_worker.events import DefectFound, Event
from preview_worker.queue import (
    JobRecord,
    JobState,
    JobStatus,
    QueueCounts,
    QueueEvent,
    QueueUnavailableError,
)

pytestmark = pytest.mark.anyio


@dataclass
class Ledger:
    """A catalogue and a feed that a test writes; reading waits while the door is shut."""

    states_by_id: dict[str, JobState] = field(default_factory=dict)
    events: asyncio.Queue[QueueEvent] = field(default_factory=asyncio.Queue)
    door: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Queue[tuple[str, ...]] = field(default_factory=asyncio.Queue)
    defects: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    asked_in_vain: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    broken: bool = False
    away: bool = False

    async def states(self) -> Mapping[str, JobState]:
        """Tell every state."""
        return dict(self.states_by_id)

    async def find(self, job_ids: Sequence[str]) -> Mapping[str, JobRecord]:
        """Read jobs, and hand them out when the door is open."""
        if self.broken:
            raise KeyError(job_ids[0])
        found = {
            job_id: _record(job_id, self.states_by_id[job_id])
            for job_id in job_ids
            if job_id in self.states_by_id
        }
        self.asked.put_nowait(tuple(job_ids))
        await self.door.wait()
        return found

    async def logs(self, job_id: str) -> tuple[str, ...]:
        """Nobody asks."""
        raise NotImplementedError(job_id)

    async def counts(self) -> QueueCounts:
        """Count the jobs."""
        self._answer()
        counted = Counter(self.states_by_id.values())
        return QueueCounts(
            waiting=counted[JobState.WAITING],
            prioritized=counted[JobState.PRIORITIZED],
            active=counted[JobState.ACTIVE],
            delayed=counted[JobState.DELAYED],
            completed=counted[JobState.COMPLETED],
            failed=counted[JobState.FAILED],
            waiting_children=counted[JobState.WAITING_CHILDREN],
        )

    async def newest(self) -> str:
        """Begin at an event before all others."""
        self._answer()
        return "1-0"

    async def after(self, place: str, limit: int) -> tuple[QueueEvent, ...]:
        """Nobody asks."""
        raise NotImplementedError(place, limit)

    async def follow(self, place: str) -> AsyncIterator[QueueEvent]:
        """Yield what happens."""
        assert place == "1-0"
        while True:
            yield await self.events.get()

    async def close(self) -> None:
        """Nothing is open."""

    def _answer(self) -> None:
        if self.away:
            self.asked_in_vain.put_nowait(None)
            message = "Redis does not answer"
            raise QueueUnavailableError(message)

    def observe(self, event: Event) -> None:
        """Take note of a defect."""
        self.defects.put_nowait(event)

    def happen(self, place: str, name: str, job_id: str) -> None:
        """Write an event."""
        self.events.put_nowait(QueueEvent(place, name, job_id, {}))


def _record(job_id: str, state: JobState) -> JobRecord:
    status = JobStatus(job_id, "render-preview", state, 0, 0, 0, None, None, None, None)
    return JobRecord(status, b"{}")


@asynccontextmanager
async def keeping(ledger: Ledger) -> AsyncIterator[tuple[IndexKeeper, Listener]]:
    """Yield a keeper that has read ``ledger``, and somebody who listens."""
    crier = Crier()
    keeper = IndexKeeper(ledger, ledger, ledger.counts, crier, ledger)
    with crier.listening() as listener:
        ledger.door.set()
        keeper.start()
        async with asyncio.timeout(10):
            assert await listener.hear() == [Change("1-0", "reset")]
            yield keeper, listener
        await keeper.stop()


async def heard(listener: Listener) -> list[Change]:
    """Return what is told next."""
    changes = await listener.hear()
    assert changes is not None
    return changes


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


async def test_jobs_that_go_without_an_event_are_missed() -> None:
    """The queue counts fewer then."""
    ledger = Ledger({"a": JobState.COMPLETED, "b": JobState.COMPLETED})
    async with keeping(ledger) as (keeper, listener):
        del ledger.states_by_id["a"]
        told = await heard(listener)

    assert told == [Change("1-0", "removed", "a", "")]
    assert "a" not in keeper.index


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
