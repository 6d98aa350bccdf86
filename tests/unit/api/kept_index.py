"""An index that is kept, and the queue that it is kept true to, which a test writes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from preview_worker.api.crier import Change, Crier, Listener
from preview_worker.api.index_keeper import IndexKeeper
from preview_worker.events import Event
from preview_worker.queue import (
    JobRecord,
    JobState,
    JobStatus,
    QueueCounts,
    QueueEvent,
    QueueUnavailableError,
)


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
    overlooked: set[str] = field(default_factory=set)
    """Jobs that move while they are listed, each from a set that is read late to an early one."""
    while_listing: Callable[[], Awaitable[None]] | None = None
    """What happens once, after the states were read and before they are told."""

    async def states(self) -> Mapping[str, JobState]:
        """Tell every state."""
        found = {
            job_id: state
            for job_id, state in self.states_by_id.items()
            if job_id not in self.overlooked
        }
        happening, self.while_listing = self.while_listing, None
        if happening is not None:
            await happening()
        return found

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


async def heard_until(listener: Listener, last: Change) -> list[Change]:
    """Return what is told up to a change."""
    told: list[Change] = []
    while last not in told:
        told += await heard(listener)
    return told
