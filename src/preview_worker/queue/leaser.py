"""Takes jobs: fetch, decode, fail what cannot be decoded, and wait when there is none."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from dataclasses import replace
from typing import NamedTuple

from preview_worker.events import JobPoisoned, Observer
from preview_worker.queue.codec import NOTHING_FETCHED, Fetched, UnfitJobError, decode_job
from preview_worker.queue.dead import CHILDREN, POISONED, WORKER_KILLER
from preview_worker.queue.dead_burial import Death
from preview_worker.queue.doorbell import Doorbell
from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.keeper import Lease, LeaseKeeper
from preview_worker.queue.link import ReplyLostError
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol, now_ms
from preview_worker.queue.schedules import Schedules
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.settlement import SettlementPlanner
from preview_worker.queue.wire import RedisError

_SHORTEST_WAIT_S = 0.001
"""Keeps the loop from spinning when a delayed job is due within the present millisecond."""
_LAST_WORD_S = 2.0
"""How long a worker that ends tries to give jobs back; what is left then waits for its lock."""


class Grip(NamedTuple):
    """What was fetched under which token, and when it was asked for (monotonic seconds)."""

    fetched: Fetched
    token: str
    asked_at_s: float


class Leaser:
    """Leases jobs one after the other; one of the callers at a time waits at the doorbell."""

    def __init__(
        self,
        protocol: BullProtocol,
        planner: SettlementPlanner,
        keeper: LeaseKeeper,
        doorbell: Doorbell,
        settings: QueueSettings,
        observer: Observer | None,
    ) -> None:
        """Fetch over ``protocol``, hand new leases to ``keeper``, wait at ``doorbell``."""
        self._protocol = protocol
        self._planner = planner
        self._keeper = keeper
        self._doorbell = doorbell
        self._block_s = settings.block_s
        self._look_s = settings.look_s
        self._observer = observer
        self._schedules = Schedules(protocol)
        self._turn = asyncio.Lock()
        self._drained = False
        self._due_ms = 0
        self._limited_until_s = 0.0
        self._slot = uuid.uuid4().hex
        self._leases = 0
        self._doubtful: list[str] = []
        self._reclaims: set[asyncio.Task[None]] = set()

    async def lease(self, *, patient: bool = False) -> LeasedJob | None:
        """Wait up to the block time for a job and lock it; a ``patient`` one leaves urgent jobs."""
        deadline_s = time.monotonic() + self._block_s
        try:
            async with asyncio.timeout(self._block_s):
                await self._turn.acquire()
        except TimeoutError:
            return None
        try:
            if self._drained:
                await self._wait(deadline_s)
            while (
                job := await self._take(patient=patient)
            ) is None and time.monotonic() < deadline_s:
                await self._wait(deadline_s)
        except QueueUnavailableError:
            self._drained = False
            raise
        finally:
            self._turn.release()
        return job

    async def lease_urgent(self) -> LeasedJob | None:
        """Look for an urgent job up to the block time, unless a lease of any job is under way."""
        deadline_s = time.monotonic() + self._block_s
        while time.monotonic() < deadline_s:
            if not self._turn.locked():
                async with self._turn:
                    if (job := await self._take(urgent=True)) is not None:
                        return job
            await asyncio.sleep(self._look_s)
        return None

    async def admit(self, grip: Grip) -> LeasedJob | None:
        """Turn what was fetched into a lease, failing on the way what cannot be run."""
        while grip.fetched.fields is not None:
            self._drained = False
            try:
                decoded = decode_job(grip.fetched, grip.token)
                if decoded.scheduler_id is not None:
                    await self._schedules.advance(decoded.job, decoded.scheduler_id)
                if decoded.deferred_failure is None:
                    job = replace(decoded.job, lease_s=time.monotonic() - grip.asked_at_s)
                    self._keeper.hold(Lease(job, decoded.stacktrace, grip.asked_at_s))
                    return job
                unfit = _condemned(decoded.deferred_failure)
            except UnfitJobError as error:
                unfit = error
            grip = await self._fail_unfit(grip, unfit)
        self._note_idleness(grip.fetched)
        return None

    async def adopt(self, token: str, asked_at_s: float) -> LeasedJob | None:
        """Find the job that a lost reply locked with ``token`` and take it up."""
        found = await self._protocol.find_active(token)
        return None if found is None else await self.admit(Grip(found, token, asked_at_s))

    def reclaim(self, token: str, *, spare: str | None = None) -> None:
        """Give back, in the background, the job that an abandoned call may have locked.

        ``spare`` names a job that is known to be held under the same token.
        """
        task = asyncio.create_task(self._give_back(token, spare))
        self._reclaims.add(task)
        task.add_done_callback(self._reclaims.discard)

    def wake(self) -> None:
        """Let the next lease look at once instead of waiting at the doorbell."""
        self._drained = False

    async def close(self) -> None:
        """Give back what was locked for nobody, if Redis answers soon, and silence the doorbell."""
        for token in self._doubtful:
            self.reclaim(token)
        self._doubtful.clear()
        await self._end_reclaims()
        await self._schedules.close()
        await self._doorbell.close()

    async def _take(self, *, urgent: bool = False, patient: bool = False) -> LeasedJob | None:
        while self._doubtful and not urgent:
            job = await self.adopt(self._doubtful[-1], time.monotonic())
            self._doubtful.pop()
            if job is not None:
                return job
        self._leases += 1
        token = f"{self._slot}:{self._leases}"
        asked_at_s = time.monotonic()
        try:
            fetched = await self._fetch(token, urgent=urgent, patient=patient)
            if urgent and fetched.fields is None:
                return None  # there may be others all the same
            return await self.admit(Grip(fetched, token, asked_at_s))
        except asyncio.CancelledError:
            self.reclaim(token)
            raise

    async def _fetch(self, token: str, *, urgent: bool, patient: bool) -> Fetched:
        try:
            return await self._protocol.move_to_active(token, urgent=urgent, patient=patient)
        except ReplyLostError:
            self._doubtful.append(token)
            raise
        except RedisError as error:
            return await self._sort_out(token, error)

    async def _sort_out(self, token: str, error: RedisError) -> Fetched:
        """Deal with a script that stumbled, which it may do after it locked a job.

        A key that is no hash leaves the queue, a job whose counter is no number fails. Anything
        else is wrong with the queue and not with the job, which is given back.
        """
        job_id = await self._protocol.find_locked(token)
        if job_id is not None and error.code == "WRONGTYPE":
            if await self._protocol.evict(job_id):
                self._tell_poisoned(job_id, POISONED, "The job's key does not hold a job")
                return NOTHING_FETCHED
        elif job_id is not None and "not an integer" in str(error):
            unfit = UnfitJobError("The job's ats is not a whole number", spoiled=("ats",))
            found = await self._protocol.find_active(token)
            if found is None:
                return NOTHING_FETCHED
            return (await self._fail_unfit(Grip(found, token, 0.0), unfit))[0]
        self.reclaim(token)
        message = f"Redis refused to lease a job: {error}"
        raise QueueUnavailableError(message) from error

    async def _fail_unfit(self, grip: Grip, unfit: UnfitJobError) -> Grip:
        """Move a job to failed without a run, and fetch the next in the same breath."""
        job_id = grip.fetched.job_id
        if unfit.spoiled:
            await self._protocol.remove_fields(job_id, unfit.spoiled)
        order = self._planner.plan_unfit(job_id, unfit, grip.token, now_ms())
        death = Death.of_unfit(job_id, grip.token, unfit, grip.fetched.fields or [])
        asked_at_s = time.monotonic()
        reply = await self._protocol.carry_out(order, death)
        self._tell_poisoned(job_id, unfit.code, str(unfit))
        return Grip(Fetched.of(reply), grip.token, asked_at_s)

    def _tell_poisoned(self, job_id: bytes, code: str, reason: str) -> None:
        if self._observer is not None:
            shown = job_id.decode(errors="backslashreplace")
            self._observer.observe(JobPoisoned(job_id=shown, code=code, reason=reason))

    async def _give_back(self, token: str, spare: str | None) -> None:
        with contextlib.suppress(QueueUnavailableError, RedisError):
            job_id = await self._protocol.find_locked(token)
            if job_id is not None and job_id != (spare or "").encode():
                await self._protocol.carry_out(self._planner.plan_give_back(job_id, token))
                await self._protocol.ring()

    async def _end_reclaims(self) -> None:
        if not self._reclaims:
            return
        _, late = await asyncio.wait(set(self._reclaims), timeout=_LAST_WORD_S)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    def _note_idleness(self, fetched: Fetched) -> None:
        self._drained = True
        self._due_ms = fetched.delayed_until_ms
        if fetched.limited_ms:
            self._limited_until_s = time.monotonic() + fetched.limited_ms / 1000

    async def _wait(self, deadline_s: float) -> None:
        """Wait for the rate limit's end, a marker, or the instant a delayed job is due.

        A marker may mean that the limit was lifted, so a limited worker listens as well.
        """
        while True:
            left_s = deadline_s - time.monotonic()
            limited_s = self._limited_until_s - time.monotonic()
            if limited_s > 0:
                left_s = min(left_s, limited_s)
            elif self._due_ms:
                left_s = min(left_s, (self._due_ms - now_ms()) / 1000)
            due_ms = await self._doorbell.wait(max(left_s, _SHORTEST_WAIT_S))
            if due_ms is None:
                return
            if due_ms <= now_ms():
                self._limited_until_s = 0.0
                return
            self._due_ms = min(self._due_ms, due_ms) if self._due_ms else due_ms


def _condemned(reason: str) -> UnfitJobError:
    """Give a failure that some worker left for the next one to carry out its code.

    BullMQ's words stay, so that the reason is the same whichever kind of worker carries it out.
    """
    return UnfitJobError(reason, code=CHILDREN if reason.startswith("child ") else WORKER_KILLER)
