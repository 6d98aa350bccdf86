"""BullMQ's protocol in our words: each method is one script or command over one link."""

from __future__ import annotations

import time
from collections.abc import Mapping

import msgpack

from preview_worker.queue.admission import admit
from preview_worker.queue.codec import Fetched
from preview_worker.queue.dead_burial import Death, Undertaker
from preview_worker.queue.jobs import JobState, LeasedJob, QueueCounts
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.mending import mend
from preview_worker.queue.readoption import readopt
from preview_worker.queue.scripts import LuaScript, Script, ScriptRunner
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.settlement import Order
from preview_worker.queue.transaction import Command, run_together
from preview_worker.queue.urgency import move_others_first, move_urgent_to_active
from preview_worker.queue.wire import Reply

_BASE_MARKER = ("0", "0")
"""Score and member of the marker that wakes a worker at once."""


def now_ms() -> int:
    """Return the wall clock as the protocol counts it."""
    return time.time_ns() // 1_000_000


class BullProtocol:
    """Speaks for one queue over one link. Raises what ``RedisLink.call`` raises."""

    def __init__(self, link: RedisLink, keys: QueueKeys, settings: QueueSettings) -> None:
        """Speak over ``link`` about the queue of ``keys``."""
        self.link = link
        self.keys = keys
        self._settings = settings
        self._scripts = ScriptRunner(link)
        self._undertaker = Undertaker(keys, settings)
        self._fetch_keys = (
            keys.wait,
            keys.active,
            keys.prioritized,
            keys.events,
            keys.stalled,
            keys.limiter,
            keys.delayed,
            keys.paused,
            keys.meta,
            keys.priority_counter,
            keys.marker,
        )

    async def move_to_active(
        self, token: str, *, urgent: bool = False, patient: bool = False
    ) -> Fetched:
        """Lock the next job with ``token``; ``urgent`` and ``patient`` as in ``JobQueue.lease``."""
        packed = msgpack.packb(
            {
                "token": token,
                "lockDuration": self._settings.lock_ms,
                "name": self._settings.worker_name,
            }
        )
        args = (self.keys.root, now_ms(), packed, self._settings.urgent_priority)
        script: LuaScript = Script.MOVE_TO_ACTIVE
        if urgent or patient:
            script = move_urgent_to_active() if urgent else move_others_first()
        return Fetched.of(await self._scripts.run(script, self._fetch_keys, args))

    async def carry_out(self, order: Order, death: Death | None = None) -> Reply:
        """Run the script of a settlement and return its raw answer.

        When the order fails the job and that is its ``death``, the dead letter is written in the
        same transaction: there are both, or neither.
        """
        failing = order.state is JobState.FAILED
        burial = self._undertaker.bury(death, order.at_ms) if failing else None
        if burial is not None:
            return await run_together(self.link, burial, Command(*order[:3]))
        return await self._scripts.run(order.script, order.keys, order.args)

    async def forget_old_letters(self) -> None:
        """Keep the dead letters within their bounds, a hundred at a time."""
        trim = self._undertaker.trim(now_ms())
        if trim is not None:
            await self._scripts.run(*trim)

    async def extend_locks(self, ids: list[str], tokens: list[str]) -> set[str]:
        """Renew the locks of jobs; return the ids of those whose lock is not ours."""
        keys = (self.keys.stalled,)
        args = (self.keys.root, msgpack.packb(tokens), msgpack.packb(ids), self._settings.lock_ms)
        refused = await self._scripts.run(Script.EXTEND_LOCKS, keys, args)
        return set(_texts(refused))

    async def readopt(self, job: LeasedJob) -> bool:
        """Lock a job again whose lock ran out while nobody took it; tell whether it is ours."""
        return await readopt(self._scripts, self.keys, job, self._settings.lock_ms)

    async def admit(self, job: LeasedJob, above: int) -> int | None:
        """Extend the lock of a job and number what it publishes; None when it is not ours."""
        return await admit(self._scripts, self.keys, job, above, self._settings.lock_ms)

    async def mend(self, job: LeasedJob) -> bool:
        """Undo a settlement that stopped half-way; tell whether the job is ours as before."""
        return await mend(self._scripts, self.keys, job, self._settings.lock_ms)

    async def advance_scheduler(
        self, job_id: str, scheduler_id: str, due_ms: int, options: Mapping[str, object]
    ) -> None:
        """Put the job after ``job_id`` of a scheduler in line, unless that was done before."""
        keys = self.keys
        script_keys = (
            keys.repeat,
            keys.delayed,
            keys.wait,
            keys.paused,
            keys.meta,
            keys.prioritized,
            keys.marker,
            keys.id_counter,
            keys.events,
            keys.priority_counter,
            keys.job(job_id),
            keys.active,
        )
        packed = msgpack.packb(dict(options))
        args = (due_ms, scheduler_id, "{}", packed, now_ms(), keys.root, job_id)
        await self._scripts.run(Script.UPDATE_JOB_SCHEDULER, script_keys, args)

    async def recover_stalled(self) -> tuple[str, ...]:
        """Move jobs whose lock ran out back to waiting; return their ids.

        The first call after a worker fell silent marks its jobs, the second one moves them. The
        scripts lets one check pass per interval in the whole cluster; ours ends a little early,
        so that the same worker's next check is not refused for a millisecond.
        """
        keys = self.keys
        interval_ms = round(self._settings.stall_check_s * 900)
        recovered = await self._scripts.run(
            Script.MOVE_STALLED_TO_WAIT,
            (
                keys.stalled,
                keys.wait,
                keys.active,
                keys.stalled_check,
                keys.meta,
                keys.paused,
                keys.marker,
                keys.events,
                keys.repeat,
            ),
            (self._settings.max_stalled, keys.root, now_ms(), interval_ms),
        )
        return tuple(_texts(recovered))

    async def update_progress(self, job_id: str, percent: int) -> int:
        """Store a job's progress and tell the queue's events; 0, or -1 when the job is gone."""
        keys = (self.keys.job(job_id), self.keys.events, self.keys.meta)
        return _code(await self._scripts.run(Script.UPDATE_PROGRESS, keys, (job_id, str(percent))))

    async def add_log(self, job_id: str, line: str, kept: int | None) -> int:
        """Append a log line; returns how many there are, or -1 when the job is gone."""
        keys = (self.keys.job(job_id), self.keys.logs(job_id))
        args = (job_id, line, "" if kept is None else kept)
        return _code(await self._scripts.run(Script.ADD_LOG, keys, args))

    async def find_locked(self, token: str) -> bytes | None:
        """Find the id of the active job that is locked with ``token``."""
        ids = await self.link.call("LRANGE", self.keys.active, 0, -1)
        if not isinstance(ids, list) or not ids:
            return None
        held = [job_id for job_id in ids if isinstance(job_id, bytes)]
        locks = await self.link.call("MGET", *(self.keys.lock(job_id) for job_id in held))
        ours = token.encode()
        pairs = zip(held, locks if isinstance(locks, list) else (), strict=False)
        return next((job_id for job_id, lock in pairs if lock == ours), None)

    async def find_active(self, token: str) -> Fetched | None:
        """Find the job that is locked with ``token``; for when the reply that named it was lost."""
        job_id = await self.find_locked(token)
        if job_id is None:
            return None
        fields = await self.link.call("HGETALL", self.keys.job(job_id))
        return Fetched(fields if isinstance(fields, list) else [], job_id, 0, 0)

    async def remove_fields(self, job_id: bytes, names: tuple[str, ...]) -> None:
        """Remove fields of a job that the finishing script could not read."""
        await self.link.call("HDEL", self.keys.job(job_id), *names)

    async def evict(self, job_id: bytes) -> bool:
        """Take an id out of the queue if its key is no hash; the key itself is left alone."""
        keys = self.keys
        if await self.link.call("TYPE", keys.job(job_id)) == b"hash":
            return False
        await self.link.call_together(
            [
                ("LREM", keys.active, 0, job_id),
                ("SREM", keys.stalled, job_id),
                ("DEL", keys.lock(job_id)),
            ]
        )
        return True

    async def job_traces(self, job_id: str) -> tuple[int, int] | None:
        """Return a job's failed-or-finished attempts and its finishing instant; None if gone."""
        reply = await self.link.call("HMGET", self.keys.job(job_id), "name", "atm", "finishedOn")
        name, made, finished = reply if isinstance(reply, list) else (None, None, None)
        if name is None:
            return None
        return _code(made), _code(finished)

    async def state(self, job_id: str) -> JobState:
        """Return the state that BullMQ's clients would tell of a job."""
        keys = self.keys
        reply = await self._scripts.run(
            Script.GET_STATE,
            (
                keys.completed,
                keys.failed,
                keys.delayed,
                keys.active,
                keys.wait,
                keys.paused,
                keys.waiting_children,
                keys.prioritized,
            ),
            (job_id, keys.job(job_id)),
        )
        return JobState(reply.decode()) if isinstance(reply, bytes) else JobState.UNKNOWN

    async def ring(self) -> None:
        """Wake one worker that waits for a job; harmless when there is none."""
        await self.link.call("ZADD", self.keys.marker, *_BASE_MARKER)

    async def counts(self) -> QueueCounts:
        """Count the jobs of each state; BullMQ 5 moves waiting jobs of a paused queue aside."""
        keys = self.keys
        replies = await self.link.call_together(
            [
                ("LLEN", keys.wait),
                ("LLEN", keys.paused),
                ("ZCARD", keys.prioritized),
                ("LLEN", keys.active),
                ("ZCARD", keys.delayed),
                ("ZCARD", keys.completed),
                ("ZCARD", keys.failed),
                ("ZCARD", keys.waiting_children),
                ("HEXISTS", keys.meta, "paused"),
            ]
        )
        wait, aside, prioritized, active, delayed, completed, failed, children, paused = map(
            _code, replies
        )
        return QueueCounts(
            waiting=wait + aside,
            prioritized=prioritized,
            active=active,
            delayed=delayed,
            completed=completed,
            failed=failed,
            waiting_children=children,
            paused=bool(paused),
        )


def _texts(reply: Reply) -> list[str]:
    if not isinstance(reply, list):
        return []
    return [item.decode(errors="replace") for item in reply if isinstance(item, bytes)]


def _code(reply: Reply) -> int:
    return int(reply) if isinstance(reply, (int, bytes)) else 0
