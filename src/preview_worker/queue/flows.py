"""Adding a job with the children that it waits for, and counting them."""

from __future__ import annotations

from preview_worker.queue.jobs import ChildCounts
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink, ReplyLostError
from preview_worker.queue.port import AddedJob, FlowRequest, QueueFullError, QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol, now_ms
from preview_worker.queue.request import Addition, check_flow, plan_flow
from preview_worker.queue.scripts import OwnScript, evalsha
from preview_worker.queue.transaction import Query, ask_together, ask_unless_changed
from preview_worker.queue.turns import Turns
from preview_worker.queue.wire import Reply

STIR = OwnScript(
    b"""
local added = redis.call('HGET', KEYS[1], 'timestamp')
if added then
  redis.call('HSET', KEYS[1], 'timestamp', added)
end
return added
""",
    key_count=1,
)
"""Writes what a job holds already, so that whoever watches it gives up. Key: the job.

Where there is no such job, nothing is written."""


class Flows:
    """Adds flows over one link, by BullMQ's own scripts in one transaction."""

    def __init__(self, link: RedisLink, protocol: BullProtocol, keys: QueueKeys) -> None:
        """Add to the queue of ``keys``."""
        self._link = link
        self._protocol = protocol
        self._keys = keys
        self._turns = Turns(link, keys)

    async def add(self, flow: FlowRequest, max_ready: int | None) -> AddedJob:
        """Add a flow; see ``JobProducer.add_flow``."""
        at_ms = now_ms()
        parent = check_flow(flow)
        if await self._added_at(parent) is not None:
            return AddedJob(parent, duplicate=True)
        if max_ready is not None:
            ready = (await self._protocol.counts()).ready
            if ready + len(flow.children) > max_ready:
                message = f"Queue is full (max {max_ready} jobs). Try again when some are done"
                raise QueueFullError(message)
        additions = plan_flow(await self._turns.take(flow), self._keys, at_ms)
        try:
            duplicate = not await self._add(parent, additions)
        except ReplyLostError:  # it is whole or absent, and whose it is its instant tells
            stored = await self._added_at(parent)
            if stored is not None:
                return AddedJob(parent, duplicate=stored != str(at_ms).encode())
            duplicate = not await self._add(parent, additions)
        return AddedJob(parent, duplicate=duplicate)

    async def children(self, job_id: str) -> ChildCounts | None:
        """Count the children of a job; see ``JobProducer.children``."""
        keys = self._keys
        replies = await ask_together(
            self._link,
            [
                ("SCARD", keys.dependencies(job_id)),
                ("HGETALL", keys.processed(job_id)),
                ("HGETALL", keys.ignored(job_id)),
                ("ZCARD", keys.unsuccessful(job_id)),
            ],
        )
        opened, completed, ignored, failed = map(self._link.checked, replies)
        counts = ChildCounts(
            open=_number(opened),
            completed=_pairs(completed),
            ignored=_pairs(ignored),
            failed=_number(failed),
        )
        return counts if counts.total else None

    async def _added_at(self, job_id: str) -> Reply:
        return await self._link.call("HGET", self._keys.job(job_id), "timestamp")

    async def _add(self, parent: str, additions: tuple[Addition, ...]) -> bool:
        """Send all additions as one, which does nothing when the parent is there; tell if it did.

        BullMQ's scripts would give a parent that is there more children. The scripts come along,
        lest one of them is not known.
        """
        key = self._keys.job(parent)
        scripts = dict.fromkeys(addition.script for addition in additions)
        packet: list[Query] = [("SCRIPT", "LOAD", script.body) for script in scripts]
        packet += [evalsha(one.script, one.keys, one.args) for one in additions]
        stir = [("SCRIPT", "LOAD", STIR.body), evalsha(STIR, (key,), ())]
        replies = await ask_unless_changed(self._link, key, stir, packet)
        if replies is None:
            return False
        for reply in replies[len(scripts) :]:
            if not isinstance(self._link.checked(reply), bytes):
                message = f"Redis answered {reply!r} when a flow was added"
                raise QueueUnavailableError(message)
        return True


def _number(reply: Reply) -> int:
    return reply if isinstance(reply, int) else 0


def _pairs(reply: Reply) -> int:
    """Count the fields of a hash; whoever has asked for all of it was told both of each pair."""
    return len(reply) // 2 if isinstance(reply, list) else 0
