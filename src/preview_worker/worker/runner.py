"""The runner: leases jobs, has them executed, settles them, and gives them up when told to stop."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from preview_worker import __version__
from preview_worker.events import (
    DefectFound,
    JobLeased,
    Observer,
    WorkerDraining,
    WorkerStarted,
    WorkerStopped,
)
from preview_worker.queue import (
    Cancelled,
    HandedBack,
    JobQueue,
    LeasedJob,
    LeaseLostError,
    Outcome,
    QueueUnavailableError,
    Retry,
)
from preview_worker.worker.contact import Contact
from preview_worker.worker.intake import Intake
from preview_worker.worker.lineage import Lineage, lineage_of
from preview_worker.worker.settlement import Settler
from preview_worker.worker.slots import Slots, divide_slots
from preview_worker.worker.turnstile import Turnstile

if TYPE_CHECKING:
    from preview_worker.worker.executor import Executor
    from preview_worker.worker.settings import WorkerSettings

_MS_PER_S = 1000
_LAST_WORD_S = 2.0
"""How long a stopping worker tries to tell the queue how its last jobs ended; a queue that is away
recovers them."""


class WorkerDefectError(Exception):
    """The worker's own code met a case that it does not handle, and the worker has ended of it."""


class Runner:
    """Works on up to ``concurrency`` jobs at a time until it is stopped."""

    def __init__(
        self,
        queue_name: str,
        queue: JobQueue,
        executor: Executor,
        observer: Observer,
        settings: WorkerSettings,
        intake: Intake | None = None,
    ) -> None:
        """Lease from ``queue``, which people know as ``queue_name``, while ``intake`` is open."""
        self._queue_name = queue_name
        self._queue = queue
        self._executor = executor
        self._observer = observer
        self._settings = settings
        self._intake = intake or Intake({}, observer)
        self._settler = Settler(queue, observer)
        self._turnstile = Turnstile(queue, observer, bounded=settings.bounded_projects)
        self._stopping = asyncio.Event()
        self._giving_up = asyncio.Event()
        self._slots = divide_slots(settings)
        self._active: set[asyncio.Task[None]] = set()
        self._contact = Contact(observer)
        self._defect: BaseException | None = None

    def stop(self) -> None:
        """Lease no more and let running jobs finish within the grace; again: hand them back now."""
        if self._stopping.is_set():
            self._giving_up.set()
        self._stopping.set()

    async def run(self) -> None:
        """Work until ``stop`` is called and every job is settled or handed back.

        A defect of the worker itself ends it as ``stop`` does, and is raised at the end as
        ``WorkerDefectError``: whoever looks after the process shall start it afresh.
        """
        self._observer.observe(
            WorkerStarted(
                queue=self._queue_name,
                concurrency=self._settings.concurrency,
                version=__version__,
            )
        )
        await self._queue.open()
        self._intake.start()
        leasing = {asyncio.create_task(self._lease_jobs(slots)) for slots in self._slots}
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({*leasing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for ended in filter(asyncio.Task.done, leasing):
                self._note_defect(ended)  # they never end by themselves
            await self._drain(leasing)
        finally:
            for task in (*leasing, stopping):
                task.cancel()
            await asyncio.wait({*leasing, stopping})
            self._giving_up.set()
            await self._give_up_active()
            await self._intake.stop()
            await self._queue.close()
        self._observer.observe(WorkerStopped(handed_back=self._settler.handed_back))
        if self._defect is not None:
            message = f"the worker ended of a defect ({type(self._defect).__name__})"
            raise WorkerDefectError(message) from self._defect

    async def _lease_jobs(self, slots: Slots) -> None:
        await self._reach_queue()
        while True:
            await slots.free.acquire()
            try:
                # No name for the job: it would keep a large one alive until there is another.
                entered = self._start(await self._next_job(slots), slots)
            except BaseException:
                slots.free.release()
                raise
            await entered.wait()
            await self._intake.ask()  # this one may be all that a cautious part wants to see

    def _start(self, job: LeasedJob, slots: Slots) -> asyncio.Event:
        """Have a slot work on ``job``; return what is set when it is in, or the slot is free.

        A job that is put aside is not in: the slot may get another one in its place.
        """
        entered = asyncio.Event()
        task = asyncio.create_task(self._work(job, slots, entered))
        self._active.add(task)
        task.add_done_callback(partial(self._release, slots, entered))
        return entered

    def _release(self, slots: Slots, entered: asyncio.Event, task: asyncio.Task[None]) -> None:
        entered.set()
        self._active.discard(task)
        slots.free.release()
        if not task.cancelled() and task.exception() is not None:
            self._note_defect(task)
            self._stopping.set()

    def _note_defect(self, task: asyncio.Task[None]) -> None:
        error = task.exception()
        if error is not None:
            trace = "".join(traceback.format_exception(error))
            self._observer.observe(DefectFound(job_id=None, trace=trace))
            self._defect = self._defect or error

    async def _reach_queue(self) -> None:
        """Return when the queue answers, however long that takes."""
        while True:
            try:
                await self._queue.ping()
            except QueueUnavailableError as error:
                await self._contact.wait_after(error)
            else:
                self._contact.note_answer()
                return

    async def _next_job(self, slots: Slots) -> LeasedJob:
        while True:
            await self._intake.opened()
            try:
                job = await self._queue.lease(urgent=slots.urgent, patient=slots.patient)
            except QueueUnavailableError as error:
                await self._contact.wait_after(error)
                continue
            self._contact.note_answer()
            if job is not None:
                return job

    async def _work(self, job: LeasedJob | None, slots: Slots, entered: asyncio.Event) -> None:
        """Run a job, and then every job that the queue hands over with its settlement.

        What it hands over may be any, so a slot that is for some does not ask for it.
        """
        while job is not None:
            if not self._takes_jobs:
                await self._settler.settle(job, HandedBack(), time.monotonic(), lease_next=False)
                return
            job = await self._attempt(job, entered, lease_next=slots.takes_any)

    async def _attempt(
        self, job: LeasedJob, entered: asyncio.Event, *, lease_next: bool
    ) -> LeasedJob | None:
        passage = await self._turnstile.pass_through(job, lease_next=lease_next)
        if not passage.admitted:
            return passage.next_job
        started_s = time.monotonic()
        lineage = lineage_of(self._queue_name, job)
        self._observer.observe(_leased(self._queue_name, job, lineage))
        entered.set()
        try:
            outcome = await self._execute(job, lineage)
        except LeaseLostError as error:
            self._settler.note_lost(job, started_s, str(error))
            return None
        except QueueUnavailableError:
            outcome = HandedBack()  # its lock would be renewed for ever, if nobody let go of it
        if isinstance(outcome, Retry) and not await self._intake.ask():
            outcome = HandedBack()  # the fault was ours, so it shall cost the job no attempt
        lease_next = lease_next and self._takes_jobs
        return await self._settler.settle(job, outcome, started_s, lease_next=lease_next)

    @property
    def _takes_jobs(self) -> bool:
        return self._intake.is_open and not self._stopping.is_set()

    async def _execute(self, job: LeasedJob, lineage: Lineage) -> Outcome:
        """Execute the job unless its lock is lost, it is cancelled or the worker gives up first."""
        execution = asyncio.create_task(self._executor.execute(job, lineage.trace))
        lost = asyncio.create_task(self._queue.lease_lost(job))
        cancelled = asyncio.create_task(self._queue.cancelled(job))
        giving_up = asyncio.create_task(self._giving_up.wait())
        reasons = (lost, cancelled, giving_up)
        try:
            await asyncio.wait({execution, *reasons}, return_when=asyncio.FIRST_COMPLETED)
            execution.cancel()
            await asyncio.wait({execution})
        finally:
            for task in (execution, *reasons):
                task.cancel()
        if not execution.cancelled():
            return execution.result()
        if lost.done() and not lost.cancelled():
            message = "the job's lock was lost while it ran"
            raise LeaseLostError(message)
        if cancelled.done() and not cancelled.cancelled():
            return Cancelled(cancelled.result())
        return HandedBack()

    async def _drain(self, leasing: Collection[asyncio.Task[None]]) -> None:
        self._observer.observe(
            WorkerDraining(active=len(self._active), grace_s=self._settings.grace_s)
        )
        for task in leasing:
            task.cancel()
        await asyncio.wait(leasing)
        giving_up = asyncio.create_task(self._giving_up.wait())
        finishing = asyncio.create_task(self._finish_active())
        await asyncio.wait(
            {giving_up, finishing},
            timeout=self._settings.grace_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        giving_up.cancel()
        finishing.cancel()

    async def _give_up_active(self) -> None:
        if self._active:
            patience_s = self._settings.kill_after_s + _LAST_WORD_S
            await asyncio.wait(self._active, timeout=patience_s)
        for task in self._active:
            task.cancel()
        await self._finish_active()

    async def _finish_active(self) -> None:
        while self._active:
            await asyncio.wait(self._active)


def _leased(queue: str, job: LeasedJob, lineage: Lineage) -> JobLeased:
    """Tell of a lease. Clocks of producer and worker may differ a little.

    The queue does not store when a job became ready again, so it is known of first attempts alone,
    and not of a job that waited for its parts.
    """
    ready_at_s = (job.added_at_ms + job.delay_ms) / _MS_PER_S
    waited_s = None if job.waited_for_parts else max(0.0, time.time() - ready_at_s)
    told = job.attempts_started <= 1 and waited_s is not None
    return JobLeased(
        job_id=job.id,
        attempt=job.attempts_started,
        wait_s=waited_s,
        trace=lineage.trace,
        parent=lineage.parent,
        links=lineage.links,
        queue=queue,
        name=job.name,
        attempts_made=job.attempts_made,
        ready_at_s=ready_at_s if told else None,
        lease_s=job.lease_s,
    )
