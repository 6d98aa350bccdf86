"""Adds jobs as a Node client would, and tells how they fare."""

from __future__ import annotations

from collections.abc import AsyncIterator

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.flows import Flows
from preview_worker.queue.jobs import ChildCounts, JobStatus
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink, ReplyLostError
from preview_worker.queue.port import (
    AddedJob,
    FlowRequest,
    JobRequest,
    QueueFullError,
    QueueUnavailableError,
)
from preview_worker.queue.protocol import BullProtocol, now_ms
from preview_worker.queue.request import Addition, plan_addition
from preview_worker.queue.scripts import evalsha
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.status import StatusReader
from preview_worker.queue.watcher import watch_job
from preview_worker.queue.wire import RedisError, Reply


class BullProducer:
    """``JobProducer`` over BullMQ's scripts, on one connection and one more per ``watch``."""

    def __init__(self, settings: QueueSettings) -> None:
        """Lay out the producer; connects nowhere. Raises ``ValueError`` for a wrong Redis URL."""
        self._settings = settings
        self._keys = QueueKeys(settings.prefix, settings.queue_name)
        self._name = f"{client_name(settings)}:producer"
        self._link = RedisLink(settings, client_name=self._name)
        self._protocol = BullProtocol(self._link, self._keys, settings)
        self._statuses = StatusReader(self._protocol)
        self._flows = Flows(self._link, self._protocol, self._keys)

    async def add(self, request: JobRequest, *, max_ready: int | None = None) -> AddedJob:
        """Add a job; see ``JobProducer.add``.

        The count and the addition are two steps, as in the upstream client: producers that add at
        the same moment may pass the limit by a few.
        """
        at_ms = now_ms()
        addition = plan_addition(request, self._keys, at_ms)
        if max_ready is not None and (await self._protocol.counts()).ready >= max_ready:
            message = f"Queue is full (max {max_ready} jobs). Try again when some are done"
            raise QueueFullError(message)
        try:
            return await self._add(request, addition)
        except ReplyLostError:
            if request.job_id is None:
                raise
            return await self._add_again(request, addition, at_ms)

    async def add_flow(self, flow: FlowRequest, *, max_ready: int | None = None) -> AddedJob:
        """Add a parent with its children, all or none; see ``JobProducer.add_flow``."""
        return await self._flows.add(flow, max_ready)

    async def children(self, job_id: str) -> ChildCounts | None:
        """Count the children of a job; None when it has none."""
        return await self._flows.children(job_id)

    async def status(self, job_id: str) -> JobStatus | None:
        """Tell the state of a job; None when there is no such job."""
        return await self._statuses.read(job_id)

    async def watch(self, job_id: str) -> AsyncIterator[JobStatus]:
        """Yield the job's status now and after every change, and end with its final state."""
        patience_s = self._settings.block_s
        link = RedisLink(self._settings, client_name=self._name, patience_s=patience_s)
        try:
            async for status in watch_job(job_id, self._statuses, link, self._settings.block_s):
                yield status
        finally:
            await link.close()

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()

    async def _add(self, request: JobRequest, addition: Addition) -> AddedJob:
        """Add the job and learn, in one transaction, whether its id was there before."""
        key = self._keys.job(request.job_id or "")
        command = evalsha(addition.script, addition.keys, addition.args)
        together = [("MULTI",), ("EXISTS", key), command, ("EXEC",)]
        existed, added = _executed(await self._link.call_together(together))
        if isinstance(added, RedisError) and added.code == "NOSCRIPT":
            await self._link.call("SCRIPT", "LOAD", addition.script.body)
            existed, added = _executed(await self._link.call_together(together))
        job_id = self._link.checked(added)
        if not isinstance(job_id, bytes):
            message = f"Redis answered {job_id!r} when a job was added"
            raise QueueUnavailableError(message)
        return AddedJob(id=job_id.decode(), duplicate=existed == 1)

    async def _add_again(self, request: JobRequest, addition: Addition, at_ms: int) -> AddedJob:
        """Repeat an addition whose reply was lost: its id makes that safe.

        When the first one had arrived after all, the job carries our instant.
        """
        added = await self._add(request, addition)
        if not added.duplicate:
            return added
        stored = await self._link.call("HGET", self._keys.job(added.id), "timestamp")
        return AddedJob(id=added.id, duplicate=stored != str(at_ms).encode())


def _executed(replies: list[Reply]) -> tuple[Reply, Reply]:
    results = replies[-1]
    if not isinstance(results, list):
        return None, None
    return results[0], results[1]
