"""The same jobs, rendered from nothing by 1, 2, 4, 8 workers, up the stairs and down again.

Every count comes twice in a climb, at the same distance from its middle, so that a machine which
becomes busier or calmer meanwhile favours no count. What only a worker's first jobs cost is not in
it: a worker lives for weeks, and a step for seconds, of which eight first jobs were an eighth.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from pathlib import Path

from benchmarks.payloads import PROJECT, Json, as_job, text_request
from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.producer import BullProducer
from scaling.crew import Crew, Line
from scaling.redis_bill import Bill, asking, bill
from scaling.rivals import Contention
from scaling.sameness import Digests, digests


@dataclass(frozen=True, slots=True)
class Flight:
    """What is rendered at every step, and how often the stairs are climbed."""

    jobs: int
    least_scenes: int
    most_scenes: int
    size: str
    climbs: int = 1
    rest_s: float = 5.0
    """A worker looks after things every two seconds or so, and is to do that more than once."""
    up: tuple[int, ...] = (1, 2, 4, 8)
    down: tuple[int, ...] = (8, 4, 2, 1)

    def requests(self) -> dict[str, Json]:
        """Return tutorials that share no scene, short and long ones in turn."""
        lengths = self.most_scenes - self.least_scenes + 1
        return {
            f"tutorial-{n}": text_request(self.least_scenes + n % lengths, self.size, n + 1)
            for n in range(self.jobs)
        }

    def climb(self) -> list[int]:
        """Return how many workers there are at each step of one climb."""
        return [*self.up, *self.down]


@dataclass(frozen=True, slots=True)
class Job:
    """One job as its worker told of it, in seconds."""

    wait_s: float
    duration_s: float
    child_cpu_s: float
    shots: int
    phases_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class Rest:
    """What one worker without a job costs in a second."""

    redis_commands: float
    redis_cpu_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Step:
    """All jobs rendered once by some workers."""

    climb: int
    workers: int
    wall_s: float
    """From the first addition to the last settlement."""
    cpu_s: float
    """Of all workers and their processes; Redis and the producer stand apart."""
    rivals: float
    """Processes of others that wanted a processor meanwhile, on average."""
    redis: Bill
    jobs: list[Job]
    files: Digests = field(repr=False)

    @property
    def per_cpu_s(self) -> float:
        """Return the previews made with one processor second."""
        return len(self.jobs) / self.cpu_s


class Stairs:
    """One run: what was found at each step, and what workers cost that have nothing to do."""

    def __init__(self, flight: Flight) -> None:
        """Stand at the foot."""
        self.steps: list[Step] = []
        self.rest: Rest | None = None
        self._flight = flight

    def climb(self, queue: QueueSettings, data_dir: Path, told: Callable[[Step], None]) -> None:
        """Render all of the flight at each step, and rest once at the top; ``told`` hears of it."""
        flight = self._flight
        with Crew(queue, data_dir) as crew:
            for climb, workers in product(range(flight.climbs), flight.climb()):
                number = len(self.steps)
                if crew.resize(workers):
                    _warm(crew, queue, flight, number)
                _forget(data_dir)
                self.steps.append(_rendered(crew, queue, flight, (climb, number)))
                told(self.steps[-1])
                if self.rest is None and workers == max(flight.up):
                    self.rest = _rest(crew, queue, flight.rest_s)


def _rest(crew: Crew, queue: QueueSettings, rest_s: float) -> Rest:
    redis, cpu_s, began_s = bill(queue), crew.cpu_s(), time.monotonic()
    time.sleep(rest_s)
    passed_s = time.monotonic() - began_s
    shared = len(crew.members) * passed_s
    spent = bill(queue) - redis - asking(queue)
    return Rest(spent.commands / shared, spent.cpu_s / shared, (crew.cpu_s() - cpu_s) / shared)


def _warm(crew: Crew, queue: QueueSettings, flight: Flight, number: int) -> None:
    """Let everybody render such a tutorial, so that no step pays for what a first one does."""
    cold, edition = set(range(len(crew.members))), 10_000 * (number + 1)
    while cold:
        editions = range(edition, edition + len(crew.members))
        edition += len(crew.members)
        size = flight.least_scenes, flight.size
        requests = {f"warm-{one}": text_request(*size, one) for one in editions}
        asyncio.run(_add(queue, requests, ""))
        told = crew.listen(len(requests))
        cold -= {line["worker"] for line in told if line["event"] == "job.settled"}


def _rendered(crew: Crew, queue: QueueSettings, flight: Flight, place: tuple[int, int]) -> Step:
    climb, number = place
    redis, cpu_s, began_s = bill(queue), crew.cpu_s(), time.time()
    with Contention(crew.pids()) as contention:
        asyncio.run(_add(queue, flight.requests(), f"@{number}"))
        told = crew.listen(flight.jobs)
    spent_s, spent = crew.cpu_s() - cpu_s, bill(queue) - redis - asking(queue)
    wall_s = max(_instant(line) for line in told if line["event"] == "job.settled") - began_s
    jobs = list(_jobs(told))
    return Step(
        climb=climb,
        workers=len(crew.members),
        wall_s=wall_s,
        cpu_s=spent_s,
        rivals=contention.rivals(sum(job.child_cpu_s for job in jobs), wall_s),
        redis=spent,
        jobs=jobs,
        files=digests(crew.data_dir),
    )


async def _add(queue: QueueSettings, requests: dict[str, Json], turn: str) -> None:
    producer = BullProducer(queue)
    for name, request in requests.items():
        await producer.add(JobRequest(as_job(request, name), job_id=f"{name}{turn}"))
    await producer.close()


def _jobs(told: Iterable[Line]) -> Iterator[Job]:
    by_job: dict[str, dict[str, Line]] = {}
    for line in told:
        if "job_id" in line:
            by_job.setdefault(line["job_id"], {})[line["event"]] = line
    for lines in by_job.values():
        if lines["job.settled"]["result"] != "completed":
            message = f"A job was not completed: {lines['job.settled']}"
            raise RuntimeError(message)
        published = lines["preview.published"]
        if published["reused_shots"]:
            message = f"A shot was there before: {published}"
            raise RuntimeError(message)
        yield Job(
            wait_s=lines["job.leased"]["wait_s"],
            duration_s=lines["job.settled"]["duration_s"],
            child_cpu_s=lines["child.exited"]["cpu_s"],
            shots=published["shots"],
            phases_s=published["phases_s"],
        )


def _instant(line: Line) -> float:
    return datetime.fromisoformat(line["timestamp"]).timestamp()


def _forget(data_dir: Path) -> None:
    """Remove every preview and every scene; no worker holds any while there is no job."""
    for folder in (data_dir / "previews" / PROJECT, data_dir / "cache" / "scenes" / PROJECT):
        shutil.rmtree(folder, ignore_errors=True)
