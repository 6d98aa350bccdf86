"""Keeps the index of jobs true to the queue, and tells of every change."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from preview_worker.api.crier import Change, Crier
from preview_worker.api.drain import DrainMeter
from preview_worker.api.index import JobIndex
from preview_worker.api.summaries import moved_to, percent_of, summarise
from preview_worker.events import DefectFound, Observer
from preview_worker.queue import (
    EventFeed,
    JobCatalogue,
    JobState,
    QueueCounts,
    QueueEvent,
    QueueUnavailableError,
    StreamGapError,
)

_MOVES = {
    "active": JobState.ACTIVE,
    "completed": JobState.COMPLETED,
    "waiting-children": JobState.WAITING_CHILDREN,
}
"""The events that say where a job went, and all that there is to say, in BullMQ's words."""
_TO_READ = {"added", "failed", "delayed", "waiting", "retries-exhausted", "stalled"}
"""Events after which something is in the job's hash that they do not tell."""
_OF_THE_QUEUE = {"paused", "resumed", "drained", "cleaned"}
_ENDS = {"completed", "failed"}
_READ_AT_ONCE = 200
_GATHER_S = 0.05
_COUNT_S = 1.0
_COMPARE_SHARE = 0.05
"""The most of its time that the keeper spends on comparing."""
_PATIENCE_S = 10.0
"""How long somebody waits for the first reading of the index."""
_PAUSE_S = 0.5
_PAUSE_AFTER_DEFECT_S = 5.0


class IndexKeeper:
    """Reads everything once, then follows the events; begins anew when it missed some."""

    def __init__(
        self,
        catalogue: JobCatalogue,
        feed: EventFeed,
        counts: Callable[[], Awaitable[QueueCounts]],
        crier: Crier,
        observer: Observer,
    ) -> None:
        """Keep an index of the jobs in ``catalogue`` by what ``feed`` tells.

        Jobs may go without an event; then ``counts`` of the queue differ from those of the index.
        Defects are told to ``observer``.
        """
        self.index = JobIndex()
        self.drain = DrainMeter()
        self.ready = asyncio.Event()
        """Set while the index is true to the queue, as far as anybody knows."""
        self.place = "0-0"
        """Where in the stream of events the index stands: what happened up to there is in it."""
        self._heard = "0-0"
        """The last event that came; jobs that it is about may have to be read yet."""
        self._catalogue = catalogue
        self._feed = feed
        self._counts = counts
        self._crier = crier
        self._observer = observer
        self._unread: set[str] = set()
        self._reading = False
        self._something = asyncio.Event()
        self._tried = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the index, in the background."""
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stop keeping it. Safe to call twice."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
            self._keeping = None

    async def whole(self) -> JobIndex:
        """Return the index; wait for it after the start, when there may be much to read.

        Raises ``QueueUnavailableError`` when nobody knows how the queue is now.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._tried.wait()
        if not self.ready.is_set():
            message = "The list of jobs cannot be read now"
            raise QueueUnavailableError(message)
        return self.index

    async def refresh(self, job_ids: Collection[str]) -> None:
        """Read some jobs at once instead of waiting for events about them."""
        self._tell(await self._read(list(job_ids)))

    async def _keep(self) -> None:
        while True:
            try:
                await self._begin()
                await self._follow()
            except QueueUnavailableError:
                self.ready.clear()
                self._tried.set()
                await asyncio.sleep(_PAUSE_S)
            except StreamGapError:
                await asyncio.sleep(_PAUSE_S)
            except Exception:  # noqa: BLE001 -- an index that is not kept any more would look alive
                self._observer.observe(DefectFound(job_id=None, trace=traceback.format_exc()))
                await asyncio.sleep(_PAUSE_AFTER_DEFECT_S)

    async def _begin(self) -> None:
        """Read everything, and tell all who listen to do the same."""
        self._heard = await self._feed.newest()
        self._unread.clear()
        states = await self._catalogue.states()
        await self._read([*self._beyond(states), *states])
        self.place = self._heard
        self.drain = DrainMeter(self.index.ends_ms())
        self._crier.tell(Change(self.place, "reset"))
        self.ready.set()
        self._tried.set()

    async def _follow(self) -> None:
        tasks = [
            asyncio.create_task(work)
            for work in (self._take_events(), self._read_unread(), self._compare_now_and_then())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _take_events(self) -> None:
        async for event in self._feed.follow(self._heard):
            self._take(event)

    def _take(self, event: QueueEvent) -> None:
        self._heard = event.place
        gone = event.name == "removed"
        if event.name in _TO_READ or (event.job_id and not gone and event.job_id not in self.index):
            self._unread.add(event.job_id)
            self._something.set()
        if not self._unread and not self._reading:
            self.place = event.place
        if event.name in _ENDS:
            self.drain.note(event.at_ms)
        if gone:
            self._tell(self._removal(event.job_id))
        elif event.job_id:
            self._note(event)
        elif event.name in _OF_THE_QUEUE:
            self._crier.tell(Change(self.place, "queue"))

    def _note(self, event: QueueEvent) -> None:
        """Put down what the event itself tells of a job that is known."""
        known = self.index.get(event.job_id)
        if known is None:
            return
        job = known
        if event.name == "progress":
            job = replace(job, percent=_percent_by(event, job.percent))
        elif event.name in _MOVES:
            job = moved_to(job, _MOVES[event.name], event.at_ms)
        if job != known:
            self.index.put(job)
            self._crier.tell(Change(self.place, "job", job.id))

    async def _read_unread(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(_GATHER_S)  # a burst of events costs one reading
            self._something.clear()
            wanted, self._unread = list(self._unread), set()
            heard = self._heard
            self._reading = True
            try:
                changes = await self._read(wanted)
            finally:
                self._reading = False
            self.place = heard if self._unread else self._heard
            self._tell(changes)

    async def _read(self, job_ids: list[str]) -> list[Change]:
        """Read jobs, and return what is to be told; a job that moves meanwhile is read again."""
        changes: list[Change] = []
        for first in range(0, len(job_ids), _READ_AT_ONCE):
            page = job_ids[first : first + _READ_AT_ONCE]
            known = {job_id: self.index.get(job_id) for job_id in page}
            found = await self._catalogue.find(page)
            for job_id in page:
                record = found.get(job_id)
                if self.index.get(job_id) is not known[job_id]:
                    self._unread.add(job_id)
                    self._something.set()
                elif record is None:
                    changes += self._removal(job_id)
                elif (summary := summarise(record)) != known[job_id]:
                    self.index.put(summary)
                    changes.append(Change(self.place, "job", job_id))
        return changes

    def _removal(self, job_id: str) -> list[Change]:
        """Forget a job; return what is to be told of that, which is nothing if it was not known."""
        gone = self.index.remove(job_id)
        return [] if gone is None else [Change(self.place, "removed", job_id, gone.project_id)]

    def _tell(self, changes: Iterable[Change]) -> None:
        for change in changes:
            # What was read of many jobs is told when all are read; one may be there again by then.
            if change.topic != "removed" or change.job_id not in self.index:
                self._crier.tell(replace(change, place=self.place))

    async def _compare_now_and_then(self) -> None:
        """Look for jobs that went without an event: BullMQ drops the oldest ended ones so.

        Counting is cheap. Where the counts differ all ids are read, but not all the time: a busy
        queue is always ahead of its index.
        """
        rest_s = _COUNT_S
        while True:
            await asyncio.sleep(rest_s)
            rest_s = _COUNT_S
            if _differ(self.index.counts(), await self._counts()):
                begin_s = time.monotonic()
                await self._compare()
                rest_s = max(_COUNT_S, (time.monotonic() - begin_s) / _COMPARE_SHARE)

    async def _compare(self) -> None:
        """Forget jobs that went without an event, and read those that came or moved so.

        Jobs come and move while they are listed, so one that was not listed may well be there:
        whether it is gone is known when it was looked for.
        """
        states = await self._catalogue.states()
        wrong = [
            job_id
            for job_id, state in states.items()
            if (job := self.index.get(job_id)) is None or job.state is not state
        ]
        self._tell(await self._read([*self._beyond(states), *wrong]))

    def _beyond(self, states: Mapping[str, JobState]) -> list[str]:
        """Return the jobs of the index that were not listed."""
        return [job_id for job_id in self.index if job_id not in states]


def _differ(index: Mapping[JobState, int], queue: QueueCounts) -> bool:
    return any(
        index.get(state, 0) != count
        for state, count in (
            (JobState.WAITING, queue.waiting),
            (JobState.PRIORITIZED, queue.prioritized),
            (JobState.DELAYED, queue.delayed),
            (JobState.WAITING_CHILDREN, queue.waiting_children),
            (JobState.ACTIVE, queue.active),
            (JobState.COMPLETED, queue.completed),
            (JobState.FAILED, queue.failed),
        )
    )


def _percent_by(event: QueueEvent, known: int) -> int:
    try:
        return percent_of(json.loads(event.fields.get("data", "")))
    except (ValueError, RecursionError):
        return known
