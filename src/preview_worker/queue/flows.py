"""Adding a job with the children that it waits for, and counting them."""

from __future__ import annotations

from preview_worker.queue.jobs import ChildCounts
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink, ReplyLostError
from preview_worker.queue.port import AddedJob, FlowRequest, QueueFullError, QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol, now_ms
from preview_worker.queue.request import Addition, plan_flow
from preview_worker.queue.scripts import evalsha
from preview_worker.queue.transaction import Query, ask_together
from preview_worker.queue.wire import Reply


class Flows:
    """Adds flows over one link, by BullMQ's own scripts in one transaction."""

    def __init__(self, link: RedisLink, protocol: BullProtocol, keys: QueueKeys) -> None:
        """Add to the queue of ``keys``."""
        self._link = link
        self._protocol = protocol
        self._keys = keys

    async def add(self, flow: FlowRequest, max_ready: int | None) -> AddedJob:
        """Add a flow; see ``JobProducer.add_flow``.

        Looking for the parent and adding it are two steps. Of two who add the same flow at the same
        moment, the second may give the parent a second set of children, which find all done.
        """
        at_ms = now_ms()
        additions = plan_flow(flow, self._keys, at_ms)
        parent = flow.parent.job_id or ""
        if await self._added_at(parent) is not None:
            return AddedJob(parent, duplicate=True)
        if max_ready is not None:
            ready = (await self._protocol.counts()).ready
            if ready + len(flow.children) > max_ready:
                message = f"Queue is full (max {max_ready} jobs). Try again when some are done"
                raise QueueFullError(message)
        try:
            await self._add(additions)
        except ReplyLostError:  # it is whole or absent, and whose it is its instant tells
            stored = await self._added_at(parent)
            if stored is not None:
                return AddedJob(parent, duplicate=stored != str(at_ms).encode())
            await self._add(additions)
        return AddedJob(parent, duplicate=False)

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

    async def _add(self, additions: tuple[Addition, ...]) -> None:
        """Send all additions as one. The scripts come along, lest one of them is not known."""
        scripts = dict.fromkeys(addition.script for addition in additions)
        packet: list[Query] = [("SCRIPT", "LOAD", script.body) for script in scripts]
        packet += [evalsha(one.script, one.keys, one.args) for one in additions]
        replies = (await ask_together(self._link, packet))[len(scripts) :]
        for reply in replies:
            if not isinstance(self._link.checked(reply), bytes):
                message = f"Redis answered {reply!r} when a flow was added"
                raise QueueUnavailableError(message)


def _number(reply: Reply) -> int:
    return reply if isinstance(reply, int) else 0


def _pairs(reply: Reply) -> int:
    """Count the fields of a hash; whoever has asked for all of it was told both of each pair."""
    return len(reply) // 2 if isinstance(reply, list) else 0
