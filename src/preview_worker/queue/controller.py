"""Steers a queue in Redis with BullMQ's own scripts, so that every BullMQ client sees it."""

from __future__ import annotations

import json
from typing import cast

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.controls import (
    DEFAULT_CANCEL_REASON,
    CancelAnswer,
    CleanableState,
    ControlRefusedError,
    QueueLimits,
    RateLimit,
    check_concurrency,
)
from preview_worker.queue.jobs import JobState, QueueCounts
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.options import flag
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol, now_ms
from preview_worker.queue.removal import paused_for_removal
from preview_worker.queue.revival import RETRY_FAMILY, retrial
from preview_worker.queue.scripts import LuaScript, Script, ScriptRunner, evalsha
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.status import is_final
from preview_worker.queue.tally import QueueTally, TallyReader
from preview_worker.queue.wire import Argument, RedisError, Reply
from preview_worker.queue.withdrawal import Withdrawal, Withdrawer, request_command

_BATCH = 1000
"""So many jobs one script call takes on, since Redis serves nobody else meanwhile."""
_JOBS_RUN = -2
_SETS = {"waiting": "wait"}
"""Where the name of a state and that of its set differ."""


class BullControls:
    """``QueueControls`` over BullMQ's scripts, on one connection."""

    def __init__(self, settings: QueueSettings) -> None:
        """Lay out the controls; connects nowhere. Raises ``ValueError`` for a wrong Redis URL."""
        self._keys = QueueKeys(settings.prefix, settings.queue_name)
        self._link = RedisLink(settings, client_name=f"{client_name(settings)}:controls")
        self._scripts = ScriptRunner(self._link)
        self._protocol = BullProtocol(self._link, self._keys, settings)
        self._withdrawer = Withdrawer(self._protocol, self._keys, settings)
        self._tally = TallyReader(self._link, settings)

    async def counts(self) -> QueueCounts:
        """Count the jobs by state."""
        return await self._protocol.counts()

    async def tally(self) -> QueueTally:
        """Tell what became of the queue's jobs since it exists."""
        return await self._tally.read()

    async def pause(self) -> None:
        """Have no worker take a job any more."""
        await self._switch(self._keys.wait, self._keys.paused, "paused")

    async def resume(self) -> None:
        """Undo ``pause``.

        BullMQ 5 moves waiting jobs to a list of their own when it pauses. They are brought back
        some thousands at a time, behind those that wait already.
        """
        while await self._switch(self._keys.paused, self._keys.wait, "resumed") > 0:
            pass

    async def drain(self, *, delayed: bool = False) -> int:
        """Remove the jobs that wait; return how many."""
        keys = self._keys
        places: list[tuple[Argument, ...]] = [
            ("LLEN", keys.wait),
            ("LLEN", keys.paused),
            ("ZCARD", keys.prioritized),
            ("ZCARD", keys.delayed),
        ]
        script_keys = (keys.wait, keys.paused, keys.delayed, keys.prioritized, keys.repeat)
        drain = evalsha(Script.DRAIN, script_keys, (keys.root, "1" if delayed else "0"))
        await self._link.call("SCRIPT", "LOAD", Script.DRAIN.body)
        together = [("MULTI",), *places, drain, *places, ("EXEC",)]
        replies = cast("list[Reply]", (await self._link.call_together(together))[-1])
        counted = [self._link.checked(reply) for reply in replies]
        size = len(places)
        return _total(counted[:size]) - _total(counted[size + 1 :])

    async def clean(
        self, state: CleanableState, *, older_than_ms: int = 0, limit: int = 0
    ) -> tuple[str, ...]:
        """Remove jobs of a state that are older than that; return their ids."""
        name = _SETS.get(state, state)
        until_ms = now_ms() - older_than_ms
        keys = (f"{self._keys.root}{name}", self._keys.events, self._keys.repeat)
        removed: list[str] = []
        while True:
            share = min(limit - len(removed), _BATCH) if limit else _BATCH
            args = (self._keys.root, until_ms, share, name)
            batch = _texts(await self._scripts.run(Script.CLEAN, keys, args))
            removed += batch
            if len(batch) < share or len(removed) == limit:
                return tuple(removed)

    async def obliterate(self, *, force: bool = False) -> None:
        """Remove the queue with all that is in it; see ``QueueControls.obliterate``."""
        keys = (self._keys.meta, self._keys.root)
        args = (_BATCH, "force" if force else "")
        async with paused_for_removal(self):  # the script demands it
            while (code := await self._scripts.run(Script.OBLITERATE, keys, args)) == 1:
                pass
            if code == _JOBS_RUN:
                message = "Jobs are running; stop their workers first, or use force"
                raise ControlRefusedError(message)
        await self._link.call("DEL", self._keys.cancel_requests)

    async def retry(self, job_id: str, *, fresh: bool = False) -> None:
        """Have a failed job wait again."""
        if not await self._retry_each([job_id], fresh=fresh):
            raise await self._refusal(job_id, JobState.FAILED)

    async def retry_all(self, *, limit: int = 0, fresh: bool = False) -> int:
        """Have all failed jobs wait again; return how many.

        One by one, since BullMQ's script for many loses their priorities.
        """
        job_ids = _texts(await self._link.call("ZRANGE", self._keys.failed, 0, limit - 1))
        return await self._retry_each(job_ids, fresh=fresh)

    async def promote(self, job_id: str) -> None:
        """Have a delayed job wait at once."""
        if not await self._promote_each([job_id]):
            raise await self._refusal(job_id, JobState.DELAYED)

    async def promote_all(self, *, limit: int = 0) -> int:
        """Have all delayed jobs wait at once; return how many. One by one, as ``retry_all``."""
        job_ids = _texts(await self._link.call("ZRANGE", self._keys.delayed, 0, limit - 1))
        return await self._promote_each(job_ids)

    async def cancel(self, job_id: str, reason: str = DEFAULT_CANCEL_REASON) -> CancelAnswer:
        """End a job that has not ended, wherever it is."""
        try:
            found = await self._withdrawer.withdraw(job_id, reason)
        except RedisError as error:
            message = f"What stands under the id {job_id} is not a job"
            raise ControlRefusedError(message) from error
        if found is Withdrawal.DONE:
            return CancelAnswer.CANCELLED
        if found is Withdrawal.GONE:
            raise await self._refusal(job_id)
        await self._link.call(*request_command(self._keys, job_id, reason))
        return CancelAnswer.REQUESTED

    async def limits(self) -> QueueLimits:
        """Tell which limits hold for all workers together."""
        reply = await self._link.call("HMGET", self._keys.meta, "concurrency", "max", "duration")
        most, jobs, window_ms = (_number(part) for part in cast("list[Reply]", reply))
        rate = RateLimit(jobs, window_ms) if jobs and window_ms else None
        return QueueLimits(most, rate)

    async def limit_concurrency(self, most: int | None) -> None:
        """Have at most so many jobs run at once; a worker is woken to make use of more room."""
        check_concurrency(most)
        await self._set_meta({"concurrency": most})

    async def limit_rate(self, rate: RateLimit | None) -> None:
        """Have jobs start at that rate at most; the next job begins a window of its own."""
        jobs, window_ms = (rate.max_jobs, rate.window_ms) if rate else (None, None)
        await self._link.call("DEL", self._keys.limiter)
        await self._set_meta({"max": jobs, "duration": window_ms})

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()

    async def _switch(self, source: str, target: str, word: str) -> int:
        keys = self._keys
        script_keys = (source, target, keys.meta, keys.prioritized, keys.events, keys.delayed)
        reply = await self._scripts.run(Script.PAUSE, (*script_keys, keys.marker), (word, "1"))
        return reply if isinstance(reply, int) else 0

    async def _set_meta(self, fields: dict[str, int | None]) -> None:
        """Set fields of the queue's options, remove those that are None, and wake a worker."""
        for name, value in fields.items():
            change = ("HDEL", name) if value is None else ("HSET", name, value)
            await self._link.call(change[0], self._keys.meta, *change[1:])
        await self._protocol.ring()

    async def _retry_each(self, job_ids: list[str], *, fresh: bool) -> int:
        """Retry jobs with their families, those without any by BullMQ's script; count them all."""
        commands = [retrial(self._keys, job_id, now_ms(), fresh=fresh) for job_id in job_ids]
        replies = await self._run_each(RETRY_FAMILY, commands)
        alone = [each for each, reply in zip(job_ids, replies, strict=True) if reply == 0]
        related = sum(reply for reply in replies if isinstance(reply, int) and reply > 0)
        return related + await self._retry_alone(alone, fresh=fresh)

    async def _retry_alone(self, job_ids: list[str], *, fresh: bool) -> int:
        keys = self._keys
        reset = "1" if fresh else "0"
        commands: list[tuple[Argument, ...]] = []
        for job_id, lifo in zip(job_ids, await self._read_lifo(job_ids), strict=True):
            script_keys = (
                keys.job(job_id),
                keys.events,
                keys.failed,
                keys.wait,
                keys.meta,
                keys.active,
                keys.marker,
                keys.prioritized,
                keys.priority_counter,
            )
            push = "RPUSH" if lifo else "LPUSH"
            args = (job_id, push, "failedReason", "failed", reset, reset)
            commands.append(evalsha(Script.REPROCESS_JOB, script_keys, args))
        return (await self._run_each(Script.REPROCESS_JOB, commands)).count(1)

    async def _promote_each(self, job_ids: list[str]) -> int:
        keys = self._keys
        script_keys = (
            keys.delayed,
            keys.wait,
            keys.paused,
            keys.meta,
            keys.prioritized,
            keys.active,
            keys.priority_counter,
            keys.events,
            keys.marker,
        )
        commands = [evalsha(Script.PROMOTE, script_keys, (keys.root, each)) for each in job_ids]
        return (await self._run_each(Script.PROMOTE, commands)).count(0)

    async def _run_each(
        self, script: LuaScript, commands: list[tuple[Argument, ...]]
    ) -> list[Reply]:
        await self._link.call("SCRIPT", "LOAD", script.body)
        return await self._in_batches(commands)

    async def _in_batches(self, commands: list[tuple[Argument, ...]]) -> list[Reply]:
        replies: list[Reply] = []
        for first in range(0, len(commands), _BATCH):
            replies += await self._link.call_together(commands[first : first + _BATCH])
        return replies

    async def _read_lifo(self, job_ids: list[str]) -> list[bool]:
        """Tell of each job whether its producer wants it in front of the others."""
        commands: list[tuple[Argument, ...]] = [
            ("HGET", self._keys.job(job_id), "opts") for job_id in job_ids
        ]
        return [_is_lifo(reply) for reply in await self._in_batches(commands)]

    async def _refusal(self, job_id: str, wanted: JobState | None = None) -> ControlRefusedError:
        """Say in which state the job is instead of the ``wanted`` one."""
        state = await self._protocol.state(job_id)
        if state is JobState.UNKNOWN:
            return ControlRefusedError(f"Job {job_id} not found")
        if wanted is None and not is_final(state):
            return ControlRefusedError(f"Job {job_id} changed its state just now; try again")
        return ControlRefusedError(
            f"Job {job_id} is {state}" + (f", not {wanted}" if wanted else " already")
        )


def _is_lifo(options: Reply) -> bool:
    try:
        decoded = json.loads(options) if isinstance(options, bytes) else {}
    except ValueError:
        return False
    return isinstance(decoded, dict) and flag(decoded, "lifo")


def _number(reply: Reply) -> int | None:
    try:
        return int(float(reply)) if isinstance(reply, bytes) else None
    except ValueError:
        return None


def _total(replies: list[Reply]) -> int:
    return sum(reply for reply in replies if isinstance(reply, int))


def _texts(reply: Reply) -> list[str]:
    if not isinstance(reply, list):
        message = f"Redis answered {reply!r} instead of a list"
        raise QueueUnavailableError(message)
    return [item.decode(errors="replace") for item in reply if isinstance(item, bytes)]
