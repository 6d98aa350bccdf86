"""The parent of a leased job: what it holds, and how far its children are.

BullMQ links a child to its parent when both are added, and moves the parent to waiting when the
last child has ended. That link is all that is gone by here, so whoever may not add jobs cannot
point at anybody else's.
"""

from __future__ import annotations

from preview_worker.queue.codec import decode_stacktrace
from preview_worker.queue.jobs import FailedChild, LeasedJob, ParentJob
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.scripts import OwnScript, ScriptRunner
from preview_worker.queue.wire import Reply

ADVANCE = OwnScript(
    b"""
local rcall = redis.call
if not rcall('ZSCORE', KEYS[2], ARGV[1]) then
  return -1
end
local ended = (#rcall('HGETALL', KEYS[4]) + #rcall('HGETALL', KEYS[5])) / 2
local open = rcall('SCARD', KEYS[3])
local percent = math.floor(tonumber(ARGV[2]) * (ended + 1) / math.max(ended + open, 1))
local told = tonumber(rcall('HGET', KEYS[1], 'progress') or '0') or 0
percent = math.min(percent, tonumber(ARGV[2]))
if percent > told then
  rcall('HSET', KEYS[1], 'progress', percent)
  local most = rcall('HGET', KEYS[7], 'opts.maxLenEvents') or 10000
  rcall('XADD', KEYS[6], 'MAXLEN', '~', most, '*', 'event', 'progress',
    'jobId', ARGV[1], 'data', percent)
end
return percent
""",
    key_count=7,
)
"""Tells the progress of a job that waits for its children, as ``updateProgress`` of BullMQ does.

Keys: the job, the set waiting-children, then of the job its dependencies and what is kept of the
children that completed and of those whose failure was ignored, then events and meta. Arguments: job
id, the percent that stand for all children. One child more than are known to have ended is done.
"""

_MOST_CHILDREN = 1000
"""A flow may have more; whoever looks at them wants the parts of a batch, which are few."""


class Parents:
    """Reads and tells of the parents of leased jobs, over one link."""

    def __init__(self, link: RedisLink, keys: QueueKeys) -> None:
        """Look only at parents in the queue of ``keys``."""
        self._link = link
        self._scripts = ScriptRunner(link)
        self._keys = keys

    async def read(self, job: LeasedJob) -> ParentJob | None:
        """Return the parent of ``job``; None when it has none here, or it is gone."""
        if (parent := self._id_of(job)) is None:
            return None
        fields = ("data", "finishedOn", "defa")
        reply = await self._link.call("HMGET", self._keys.job(parent), *fields)
        match reply:
            case [bytes(payload), finished, deferred]:
                ended = finished is not None or deferred is not None
                return ParentJob(parent, payload, ended)
            case _:
                return None

    async def failed_children(self, job: LeasedJob) -> tuple[FailedChild, ...]:
        """Tell which children of ``job`` failed; see ``JobQueue.failed_children``."""
        told = await self._link.call("HGETALL", self._keys.ignored(job.id))
        asked = [
            ("HMGET", key, "data", "stacktrace", "failedReason")
            for key in (told[::2] if isinstance(told, list) else [])[:_MOST_CHILDREN]
            if isinstance(key, bytes) and key.startswith(self._keys.root.encode())
        ]
        replies = await self._link.call_together(asked) if asked else []
        return tuple(filter(None, map(_failed_child, replies)))

    async def advance(self, job: LeasedJob, most: int) -> None:
        """Tell the parent's progress; see ``JobQueue.advance_parent``."""
        if (parent := self._id_of(job)) is None:
            return
        keys = self._keys
        script_keys = (
            keys.job(parent),
            keys.waiting_children,
            keys.dependencies(parent),
            keys.processed(parent),
            keys.ignored(parent),
            keys.events,
            keys.meta,
        )
        await self._scripts.run(ADVANCE, script_keys, (parent, most))

    def _id_of(self, job: LeasedJob) -> str | None:
        """Return the id of the parent, if it is in the same queue."""
        if job.parent_key is None or not job.parent_key.startswith(self._keys.root):
            return None
        return job.parent_key.removeprefix(self._keys.root)


def _failed_child(reply: Reply) -> FailedChild | None:
    match reply:
        case [bytes(payload), trace, reason]:
            history = decode_stacktrace(trace if isinstance(trace, bytes) else b"")
            told = reason.decode(errors="replace") if isinstance(reason, bytes) else ""
            return FailedChild.of(payload, history, told)
        case _:
            return None
