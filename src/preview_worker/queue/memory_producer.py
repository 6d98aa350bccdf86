"""Adds jobs to a queue in this process's memory, with the rules of the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from preview_worker.queue.jobs import ChildCounts, JobState, JobStatus
from preview_worker.queue.memory_turns import take_turn
from preview_worker.queue.port import AddedJob, FlowRequest, JobRequest, QueueFullError
from preview_worker.queue.request import check_flow, check_request, encode_payload, stored_options
from preview_worker.queue.status import is_final
from preview_worker.queue.store import MemoryStore


class MemoryProducer:
    """``JobProducer`` over a ``MemoryStore``."""

    def __init__(self, store: MemoryStore) -> None:
        """Add to ``store``."""
        self._store = store

    async def add(self, request: JobRequest, *, max_ready: int | None = None) -> AddedJob:
        """Add a job; see ``JobProducer.add``."""
        check_request(request)
        payload = encode_payload(request.payload)
        if max_ready is not None and self._store.counts().ready >= max_ready:
            message = f"Queue is full (max {max_ready} jobs). Try again when some are done"
            raise QueueFullError(message)
        self._store.counter += 1
        job_id = request.job_id or str(self._store.counter)
        if job_id in self._store.jobs:
            return AddedJob(id=job_id, duplicate=True)
        self._store.put(job_id, request, payload, stored_options(request))
        return AddedJob(id=job_id, duplicate=False)

    async def add_flow(self, flow: FlowRequest, *, max_ready: int | None = None) -> AddedJob:
        """Add a parent with its children, all or none; see ``JobProducer.add_flow``."""
        parent_id = check_flow(flow)
        if parent_id in self._store.jobs:
            return AddedJob(parent_id, duplicate=True)
        if max_ready is not None and self._store.counts().ready + len(flow.children) > max_ready:
            message = f"Queue is full (max {max_ready} jobs). Try again when some are done"
            raise QueueFullError(message)
        flow = take_turn(self._store, flow)
        await self.add(flow.parent)
        parent = self._store.jobs[parent_id]
        parent.state = JobState.WAITING_CHILDREN
        parent.fails_with_children = flow.on_failure == "fail"
        for request in flow.children:
            child = self._store.jobs[(await self.add(request)).id]
            child.parent_id = parent_id
            parent.children[child.id] = child.state
        return AddedJob(parent_id, duplicate=False)

    async def children(self, job_id: str) -> ChildCounts | None:
        """Count the children of a job; None when it has none."""
        parent = self._store.jobs.get(job_id)
        return None if parent is None else parent.count_children()

    async def status(self, job_id: str) -> JobStatus | None:
        """Tell the state of a job; None when there is no such job."""
        stored = self._store.jobs.get(job_id)
        return None if stored is None else stored.status()

    async def watch(self, job_id: str) -> AsyncIterator[JobStatus]:
        """Yield the job's status now and after every change, and end with its final state."""
        stored = self._store.jobs.get(job_id)
        told: JobStatus | None = None
        while stored is not None:
            status = stored.status()
            if status != told:
                told = status
                yield status
            if is_final(status.state) or job_id not in self._store.jobs:
                return
            await self._store.changed(1.0)

    async def close(self) -> None:
        """Nothing to close."""
