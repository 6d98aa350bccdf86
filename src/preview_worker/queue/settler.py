"""Tells the queue how an attempt ended, and does not give up while the lock lives.

A finished render is worth minutes of work: a server that is away, full or read-only for a moment
must not turn it into a failure, and neither must an answer that was lost on the way.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

from preview_worker.queue.clearance import Clearance
from preview_worker.queue.codec import Fetched
from preview_worker.queue.dead import CHILDREN
from preview_worker.queue.dead_burial import Death
from preview_worker.queue.jobs import JobState, LeasedJob
from preview_worker.queue.keeper import Lease, LeaseKeeper
from preview_worker.queue.leaser import Grip, Leaser
from preview_worker.queue.link import ReplyLostError
from preview_worker.queue.outcome import Completed, Failed, HandedBack, Outcome, Settlement
from preview_worker.queue.places import SEATED, Places, share_of
from preview_worker.queue.port import LeaseLostError, QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol, now_ms
from preview_worker.queue.refusals import NotPermittedError
from preview_worker.queue.scripts import ScriptCode
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.settlement import Attempt, Order, SettlementPlanner, Turn
from preview_worker.queue.wire import RedisError, Reply

_CHILDREN = {ScriptCode.PENDING_CHILDREN, ScriptCode.FAILED_CHILDREN}


class Settler:
    """Carries out settlements."""

    def __init__(
        self,
        protocol: BullProtocol,
        planner: SettlementPlanner,
        keeper: LeaseKeeper,
        leaser: Leaser,
        clearance: Clearance,
        settings: QueueSettings,
    ) -> None:
        """Settle over ``protocol`` what ``keeper`` holds; ``leaser`` takes the next jobs."""
        self._clearance = clearance
        self._half_done: set[str] = set()
        self._protocol = protocol
        self._planner = planner
        self._keeper = keeper
        self._leaser = leaser
        self._places = Places(protocol.link, protocol.keys, settings)
        self._retry_s = (settings.retry_min_s, settings.retry_max_s)

    async def settle(self, job: LeasedJob, outcome: Outcome, *, lease_next: bool) -> Settlement:
        """Settle ``job``; see ``JobQueue.settle``."""
        lease = self._keeper.lease_of(job)
        attempt = Attempt(job, lease.stacktrace)
        order = self._planner.plan(attempt, outcome, Turn(now_ms(), lease_next))
        asked_at_s = time.monotonic()
        reply = await self._perform(lease, order, Death.of(job, outcome, lease.stacktrace))
        if isinstance(outcome, Completed) and _has_children(reply):
            return await self.settle(job, _CHILDLESS, lease_next=lease_next)
        self._keeper.release(job)
        await self._places.vacate(lease.share)
        with_next = lease_next and not isinstance(outcome, HandedBack)
        return await self._conclude(job, order, reply, asked_at_s if with_next else None)

    async def claim(self, job: LeasedJob, project: str, *, lease_next: bool) -> Settlement | None:
        """Take a place for ``job``, or put it aside; see ``JobQueue.claim``."""
        if not self._places.bounded:
            return None
        lease = self._keeper.lease_of(job)
        order = self._places.plan(self._planner, job, project, Turn(now_ms(), lease_next))
        asked_at_s = time.monotonic()
        reply = await self._perform(lease, order, None)
        if reply == SEATED:
            lease.share = share_of(project)
            return None
        self._keeper.release(job)
        return await self._conclude(job, order, reply, asked_at_s if lease_next else None)

    async def _perform(self, lease: Lease, order: Order, death: Death | None) -> Reply:
        """Carry the order out; raise ``LeaseLostError`` when the queue did not do as it says."""
        job = lease.job
        lease.settling = True
        try:
            reply = await self._carry_out(lease, order, death)
            if order.state is not JobState.COMPLETED or not _has_children(reply):
                _check(job, reply)
        except LeaseLostError:
            self._keeper.release(job)
            raise
        except asyncio.CancelledError:
            self._leaser.reclaim(job.token, spare=job.id)
            raise
        finally:
            lease.settling = False
            self._half_done.discard(job.token)
        return reply

    async def _conclude(
        self, job: LeasedJob, order: Order, reply: Reply, asked_at_s: float | None
    ) -> Settlement:
        """Take up the next job if one was asked for, and wake others if not."""
        if asked_at_s is None:
            await self._wake_others()
            return Settlement(order.state)
        return Settlement(order.state, await self._next(job.token, reply, asked_at_s))

    async def _carry_out(self, lease: Lease, order: Order, death: Death | None) -> Reply:
        """Send the order until the server answered; give up only when the lock is lost."""
        doubtful = False
        while True:
            try:
                asked_at_s = time.monotonic()
                reply = await self._send(lease.job, order, death)
                if doubtful and _is_refusal(reply) and await self._landed(lease.job, order):
                    return None
                if not await self._regained(reply, lease, asked_at_s):
                    return reply
                continue
            except ReplyLostError:
                doubtful = True
            except QueueUnavailableError:
                pass
            except RedisError as error:
                message = f"The queue refused to settle job {lease.job.id}: {error}"
                raise LeaseLostError(message) from error
            if lease.lost:
                message = f"Job {lease.job.id} could not be settled: the queue was away too long"
                raise LeaseLostError(message)
            await asyncio.sleep(random.uniform(*self._retry_s))  # noqa: S311 -- jitter, no secret

    async def _regained(self, reply: Reply, lease: Lease, asked_at_s: float) -> bool:
        """Tell whether the order failed for want of a lock that is ours again by now."""
        if reply != ScriptCode.MISSING_LOCK:
            return False
        return await self._keeper.readopt(lease, asked_at_s)

    async def _send(self, job: LeasedJob, order: Order, death: Death | None) -> Reply:
        """Send the order once, after undoing what a forbidden command left of it half done."""
        if job.token in self._half_done:
            await self._begin_again(job)
        try:
            return await self._protocol.carry_out(order, death)
        except NotPermittedError:
            self._clearance.withdraw()
            self._half_done.add(job.token)
            raise

    async def _begin_again(self, job: LeasedJob) -> None:
        await self._clearance.confirm()
        if not await self._protocol.mend(job):
            message = f"Job {job.id} was taken by another worker while Redis refused to settle it"
            raise LeaseLostError(message)
        self._half_done.discard(job.token)

    async def _landed(self, job: LeasedJob, order: Order) -> bool:
        """Tell whether an order whose reply was lost had been carried out."""
        while True:
            with contextlib.suppress(QueueUnavailableError):
                traces = await self._protocol.job_traces(job.id)
                if traces is None:
                    return True
                made, finished_at_ms = traces
                if order.state in {JobState.COMPLETED, JobState.FAILED}:
                    return finished_at_ms == order.at_ms
                if order.at_ms:
                    return made > job.attempts_made
                return await self._protocol.state(job.id) is order.state
            await asyncio.sleep(random.uniform(*self._retry_s))  # noqa: S311 -- jitter, no secret

    async def _next(self, token: str, reply: Reply, asked_at_s: float) -> LeasedJob | None:
        """Take up the job that came with the reply, or that a lost reply may have brought.

        The settlement stands whatever happens here, so a server that goes away now only means that
        there is no next job yet.
        """
        try:
            if reply is None:
                return await self._leaser.adopt(token, asked_at_s)
            return await self._leaser.admit(Grip(Fetched.of(reply), token, asked_at_s))
        except QueueUnavailableError:
            return None

    async def _wake_others(self) -> None:
        """Have some worker look at the queue.

        The scripts wake nobody when a job goes back among the prioritized ones, or when a settled
        job makes room under a queue-wide concurrency limit.
        """
        self._leaser.wake()
        with contextlib.suppress(QueueUnavailableError, RedisError):
            await self._protocol.ring()


_CHILDLESS = Failed(CHILDREN, "The job has children that failed or have not finished")


def _has_children(reply: Reply) -> bool:
    return isinstance(reply, int) and reply in _CHILDREN


def _is_refusal(reply: Reply) -> bool:
    return isinstance(reply, int) and reply < 0


def _check(job: LeasedJob, reply: Reply) -> None:
    if not isinstance(reply, int) or reply >= 0:
        return
    if reply == ScriptCode.MISSING_JOB:
        message = f"Job {job.id} was removed from the queue while it ran"
    else:
        message = f"The lock of job {job.id} is not ours any more"
    raise LeaseLostError(message)
