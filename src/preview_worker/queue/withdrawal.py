"""Taking a job out of the line and failing it, before any worker starts it.

BullMQ has no script that fails a job which waits, only one that removes it without a trace. So the
job is locked here as if it were run, wherever it waited, and then settled as every other job is:
its producer, its parent and its rules of removal get what they would get from a worker. Whoever
dies between the two steps leaves a job without a living lock, which the stall check puts back.
"""

from __future__ import annotations

import uuid
from enum import Enum

from preview_worker.queue.codec import Fetched, UnfitJobError, decode_job
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.outcome import Cancelled
from preview_worker.queue.protocol import BullProtocol, now_ms
from preview_worker.queue.scripts import OwnScript, ScriptRunner
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.settlement import Attempt, SettlementPlanner, Turn
from preview_worker.queue.wire import Argument, Reply

MOST_REQUESTS = 1000
"""So many entries the stream of requests keeps, about. Each stands only while its job has not
ended."""
FAR_FUTURE_MS = 2**53 - 1


class Withdrawal(Enum):
    """What was found when a job was to be withdrawn."""

    DONE = "done"
    RUNNING = "running"
    GONE = "gone"
    """The job has ended, does not exist, or is younger than the request."""


CLAIM = OwnScript(
    b"""
local added = redis.call('HGET', KEYS[1], 'timestamp')
if not added or (tonumber(added) or 0) > tonumber(ARGV[4]) then
  return 0
end
local found = redis.call('LREM', KEYS[4], 0, ARGV[1]) + redis.call('LREM', KEYS[5], 0, ARGV[1])
for place = 6, 8 do
  found = found + redis.call('ZREM', KEYS[place], ARGV[1])
end
if found == 0 then
  return redis.call('LPOS', KEYS[3], ARGV[1]) and 1 or 0
end
redis.call('LPUSH', KEYS[3], ARGV[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return redis.call('HGETALL', KEYS[1])
""",
    key_count=8,
)
"""Locks a job that waits in whatever way, and makes it active.

Keys: the job, its lock, then the lists active, wait and paused, then the sorted sets
prioritized, delayed and waiting-children. Arguments: job id, token, lock in milliseconds,
latest instant at which the job may have been added. Answers the job's fields, or 1 when it is
active already, or 0 when there is nothing to claim.
"""


def request_command(keys: QueueKeys, job_id: str, reason: str) -> tuple[Argument, ...]:
    """Return the one command that asks for a job to be cancelled, wherever it runs."""
    bound = ("MAXLEN", "~", MOST_REQUESTS)
    return ("XADD", keys.cancel_requests, *bound, "*", "jobId", job_id, "reason", reason)


class Withdrawer:
    """Fails jobs that wait."""

    def __init__(self, protocol: BullProtocol, keys: QueueKeys, settings: QueueSettings) -> None:
        """Withdraw over ``protocol``."""
        self._protocol = protocol
        self._scripts = ScriptRunner(protocol.link)
        self._planner = SettlementPlanner(keys, settings)
        self._keys = keys
        self._lock_ms = settings.lock_ms

    async def withdraw(
        self, job_id: str, reason: str, *, added_until_ms: int = FAR_FUTURE_MS
    ) -> Withdrawal:
        """Fail a job that waits; one that was added after ``added_until_ms`` is left alone.

        A job that cannot be decoded is put back: the worker that takes it fails it for that. Of one
        that waited for its children, those are withdrawn with it, or asked to end where they run.
        Where Redis failed between the two, as when it is withdrawn again, the children of a job
        that has ended are open still, and end now.
        """
        children = await self._open_children(job_id)
        found = await self._withdraw(job_id, reason, added_until_ms)
        if found is Withdrawal.RUNNING:
            return found
        for child in children:
            if await self._end(child, reason, added_until_ms):
                found = Withdrawal.DONE
        return found

    async def _end(self, job_id: str, reason: str, added_until_ms: int) -> bool:
        """Withdraw a job, or ask for its end where it runs; tell whether it had not ended."""
        found = await self.withdraw(job_id, reason, added_until_ms=added_until_ms)
        if found is Withdrawal.RUNNING:
            await self._protocol.link.call(*request_command(self._keys, job_id, reason))
        return found is not Withdrawal.GONE

    async def _withdraw(self, job_id: str, reason: str, added_until_ms: int) -> Withdrawal:
        token = f"withdrawal:{uuid.uuid4().hex}"
        fields = await self._claim(job_id, token, added_until_ms)
        if isinstance(fields, Withdrawal):
            return fields
        try:
            decoded = decode_job(Fetched(fields, job_id.encode(), 0, 0), token)
        except UnfitJobError:
            order = self._planner.plan_give_back(job_id, token)
        else:
            attempt = Attempt(decoded.job, decoded.stacktrace)
            order = self._planner.plan(attempt, Cancelled(reason), Turn(now_ms(), lease_next=False))
        reply = await self._protocol.carry_out(order)
        if isinstance(reply, int) and reply < 0:  # the lock ran out before it could be used
            return Withdrawal.RUNNING
        # It was active for a moment: if that filled a queue with limited concurrency, nobody else
        # will wake those who came in vain.
        await self._protocol.ring()
        return Withdrawal.DONE

    async def _open_children(self, job_id: str) -> list[str]:
        """Return the ids of children in this queue that have not ended."""
        reply = await self._protocol.link.call("SMEMBERS", self._keys.dependencies(job_id))
        keys = reply if isinstance(reply, list) else []
        found = [key.decode(errors="replace") for key in keys if isinstance(key, bytes)]
        root = self._keys.root
        return [key.removeprefix(root) for key in sorted(found) if key.startswith(root)]

    async def _claim(
        self, job_id: str, token: str, added_until_ms: int
    ) -> list[Reply] | Withdrawal:
        keys = self._keys
        script_keys = (
            keys.job(job_id),
            keys.lock(job_id),
            keys.active,
            keys.wait,
            keys.paused,
            keys.prioritized,
            keys.delayed,
            keys.waiting_children,
        )
        args = (job_id, token, self._lock_ms, added_until_ms)
        reply = await self._scripts.run(CLAIM, script_keys, args)
        if isinstance(reply, list):
            return reply
        return Withdrawal.RUNNING if reply == 1 else Withdrawal.GONE
