"""What an object storage has to do for us: every request of real workers to a real one, counted.

The storage is Ceph's gateway as the tests run it, where ``CEPH_FOR_TESTS`` names it (``tools/ceph``
unpacks it). How many requests there are does not depend on how busy the machine is, so a run that
has no storage takes those that were recorded.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.payloads import Json, as_job, text_request
from benchmarks.site import a_queue
from preview_worker.bootstrap.submission import flow_of
from preview_worker.contract import BatchPlan
from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.producer import BullProducer
from scaling.crew import Crew, Line
from scaling.door import OF_JOBS, CountingDoor, Visit, per_job
from tests.ceph import FOLDER, Storage, running

Figures = dict[str, Any]
PARTS = 3
READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Case:
    """What a job of one kind asked of the storage, on average."""

    name: str
    shared: bool
    """Whether workers shared their scenes by way of the storage."""
    jobs: int
    shots: float
    reused_shots: float
    requests: Mapping[str, float]
    sent_bytes: float
    received_bytes: float

    @property
    def writes(self) -> float:
        """Requests that change something."""
        return sum(count for name, count in self.requests.items() if not _reads(name))

    @property
    def reads(self) -> float:
        """Requests that change nothing."""
        return sum(count for name, count in self.requests.items() if _reads(name))


@dataclass(frozen=True, slots=True)
class Idle:
    """What one worker asked in a second while there was no job, by what about."""

    seconds: float
    requests: Mapping[str, float]


def storage_here() -> Path | None:
    """Return where the programs of a storage are, if there are any."""
    return Path(FOLDER) if FOLDER else None


def measure_storage_of(root: Path, scenes: Sequence[int], size: str, idle_s: float) -> Figures:
    """Start a storage from its programs in ``root``, and do ``measure_storage``."""
    with tempfile.TemporaryDirectory() as folder, running(root, Path(folder), set()) as storage:
        measured = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return {"measured": measured, **measure_storage(storage, scenes, size, idle_s)}


def measure_storage(storage: Storage, scenes: Sequence[int], size: str, idle_s: float) -> Figures:
    """Render tutorials of so many ``scenes`` in each case, without and with shared scenes."""
    cases, idle = list[Case](), None
    for shared in (False, True):
        with CountingDoor(storage.port) as door:
            counted = Counted(door, storage, shared=shared)
            cases += counted.cases([text_request(n, size, n) for n in scenes])
            if shared:
                idle = counted.idle(idle_s)
    told = [{**asdict(one), "writes": one.writes, "reads": one.reads} for one in cases]
    return {"cases": told, "idle": asdict(idle) if idle else None}


class Counted:
    """Workers whose way to the storage leads through a door."""

    def __init__(self, door: CountingDoor, storage: Storage, *, shared: bool) -> None:
        """Give them a place in ``storage``, and have them share scenes or not."""
        self._door, self._shared = door, shared
        settings = storage.settings()
        self._variables = {
            "PREVIEW_STORAGE_URL": settings.url,
            "PREVIEW_STORAGE_ENDPOINT": f"http://127.0.0.1:{door.port}",
            "PREVIEW_STORAGE_ALLOW_HTTP": "true",
            "PREVIEW_STORAGE_ACCESS_KEY_ID": settings.access_key_id or "",
            "PREVIEW_STORAGE_SECRET_ACCESS_KEY": settings.secret_access_key or "",
            "PREVIEW_STORAGE_SCENES": str(shared).lower(),
        }

    def cases(self, requests: list[Json]) -> list[Case]:
        """Have a worker render, render again, and film in parts; and another one, elsewhere."""
        again = [{**request, "description": "The same, described anew"} for request in requests]
        batch = [text_request(PARTS + 2, requests[0]["options"]["resolution"], 1_000)]
        with tempfile.TemporaryDirectory() as folder, a_queue("storage") as queue:
            with self._crew(queue, Path(folder) / "one") as crew:
                crew.resize(1)
                found = [
                    self._case(crew, queue, "new", requests),
                    self._case(crew, queue, "known", again),
                    self._case(crew, queue, "batch", batch, parts=PARTS),
                ]
            with self._crew(queue, Path(folder) / "other") as crew:
                crew.resize(1)
                found.append(self._case(crew, queue, "known elsewhere", again))
        return found

    def idle(self, idle_s: float) -> Idle:
        """Let a worker do nothing for a while."""
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            crew = stack.enter_context(
                self._crew(stack.enter_context(a_queue("idle")), Path(folder))
            )
            crew.resize(1)
            before, began_s = len(self._door.visits), time.monotonic()
            time.sleep(idle_s)
            passed_s = time.monotonic() - began_s
            visits = self._door.since(before)
        names = [f"{visit.method} {visit.about}" for visit in visits]
        return Idle(passed_s, {name: names.count(name) / passed_s for name in sorted({*names})})

    def _crew(self, queue: QueueSettings, data_dir: Path) -> Crew:
        return Crew(queue, data_dir, self._variables)

    def _case(
        self, crew: Crew, queue: QueueSettings, name: str, requests: list[Json], parts: int = 0
    ) -> Case:
        before = len(self._door.visits)
        asyncio.run(_add(queue, name.replace(" ", "-"), requests, parts))
        told = crew.listen(len(requests) * (1 + parts))
        visits = self._door.since(before)
        return _summed(name, shared=self._shared, told=told, visits=visits)


async def _add(queue: QueueSettings, name: str, requests: list[Json], parts: int) -> None:
    producer = BullProducer(queue)
    for number, request in enumerate(requests):
        job_id = f"{name}-{number}"
        job = JobRequest(as_job(request, job_id), job_id=job_id)
        if parts:
            await producer.add_flow(flow_of(job, BatchPlan(parts)))
        else:
            await producer.add(job)
    await producer.close()


def _summed(name: str, *, shared: bool, told: list[Line], visits: list[Visit]) -> Case:
    failed = [line for line in told if line["event"] == "job.settled" and _is_bad(line)]
    if failed:
        message = f"A job was not completed: {failed[0]}"
        raise RuntimeError(message)
    published = [line for line in told if line["event"] == "preview.published"]
    jobs = len(published)
    for_jobs = [visit for visit in visits if visit.about in OF_JOBS]
    return Case(
        name=name,
        shared=shared,
        jobs=jobs,
        shots=sum(line["shots"] for line in published) / jobs,
        reused_shots=sum(line["reused_shots"] for line in published) / jobs,
        requests=per_job(visits, jobs),
        sent_bytes=round(sum(visit.sent for visit in for_jobs) / jobs),
        received_bytes=round(sum(visit.received for visit in for_jobs) / jobs),
    )


def _is_bad(line: Line) -> bool:
    return bool(line["result"] != "completed")


def _reads(name: str) -> bool:
    return name.split(" ", maxsplit=1)[0] in READS
