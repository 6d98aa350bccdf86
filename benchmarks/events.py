"""How late live events are: one server process, many clients that listen, jobs that change.

Everything is real: ``preview-worker serve``, Redis, HTTP connections of a client process, jobs
that are added, taken, told of and settled as the worker does it. For every entry that BullMQ's
scripts wrote into the stream of events, and for every client, the delay is counted from the
instant at which Redis wrote it (the id of the entry) to the instant at which the client had parsed
an event that tells of that change, or of a later one of the same job.

    python -m benchmarks.events [--clients 200] [--rates 2 5 20] [--seconds 20] [--json PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.footprint import Watch, cpu_s
from benchmarks.site import a_queue, a_site
from preview_worker.queue import Completed, JobRequest, LeasedJob, QueueSettings
from preview_worker.queue.bull_feed import BullFeed
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.producer import BullProducer

Figures = dict[str, Any]

PROGRESS = (8, 20, 35, 50, 64, 78, 90, 97)
RENDER_S = 2.0
"""How long a job runs, from its lease to its end."""
LIMIT_MS = 250
_SETTLE_S = 1.0
_ALL_EVENTS = 1_000_000
_RANKS = {"added": 0, "waiting": 0, "active": 1, "completed": 1000}
_STATES = {"waiting": 0, "prioritized": 0, "active": 1, "completed": 1000}


@dataclass(frozen=True, slots=True)
class Load:
    """What happens while ``clients`` listen."""

    clients: int
    rate: float
    """Jobs that begin in a second."""
    seconds: float


class Bustle:
    """A producer and a worker whose jobs do nothing but change."""

    def __init__(self, queue: QueueSettings, load: Load) -> None:
        """Change jobs of ``queue`` as ``load`` says."""
        self._producer = BullProducer(queue)
        self._queue = BullQueue(queue)
        self._load = load

    async def run(self) -> int:
        """Have jobs come and go; return how many there were."""
        await self._queue.open()
        count = round(self._load.rate * self._load.seconds)
        begin_s = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as running:
            for number in range(count):
                due_s = begin_s + number / self._load.rate
                await asyncio.sleep(due_s - asyncio.get_running_loop().time())
                await self._producer.add(_request(f"job-{self._load.rate:g}-{number}"))
                while (job := await self._queue.lease()) is None:
                    pass
                running.create_task(self._work(job))
        await asyncio.sleep(_SETTLE_S)
        await self._producer.close()
        await self._queue.close()
        return count

    async def _work(self, job: LeasedJob) -> None:
        for percent in PROGRESS:
            await asyncio.sleep(RENDER_S / len(PROGRESS))
            await self._queue.progress(job, percent)
        await self._queue.settle(job, Completed({"status": "success"}))


def _request(job_id: str) -> JobRequest:
    asked = {"title": f"How to play, {job_id}", "steps": [{"title": "Set up", "body": "Sit."}]}
    payload = {"jobId": job_id, "projectId": "bench", "previewRequest": asked}
    return JobRequest(payload=payload, job_id=job_id, priority=2)


def measure(load: Load) -> Figures:
    """Put ``load`` on a fresh server and queue; return delays and what the server used."""
    with a_queue("bench-events") as queue, a_site(queue) as site:
        clients = _listeners(f"{site.url}/api/v1/events", load.clients)
        before_s = cpu_s(site.pid)
        with Watch(site.pid) as watch:
            jobs = asyncio.run(Bustle(queue, load).run())
        used_s = cpu_s(site.pid) - before_s
        told, _ = clients.communicate()
        entries = asyncio.run(_entries(queue))
    seen = json.loads(told)
    delays = sorted(delay for client in seen for delay in _delays(entries, client["seen"]))
    return {
        "clients": load.clients,
        "jobs_per_s": load.rate,
        "jobs": jobs,
        "changes": len(entries),
        "deliveries": sum(len(client["seen"]) for client in seen),
        "missed": load.clients * len(entries) - len(delays),
        "others": _together([client["others"] for client in seen]),
        "delay_ms": {
            "median": round(_quantile(delays, 0.5), 1),
            "p99": round(_quantile(delays, 0.99), 1),
            "max": round(delays[-1], 1),
        },
        "cpu_share": round(used_s / (load.seconds + RENDER_S + _SETTLE_S), 3),
        "peak_mib": round(watch.peak_mib, 1),
    }


def _listeners(url: str, count: int) -> subprocess.Popen[bytes]:
    """Start the process of the clients, and return when all of them are connected."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from benchmarks import listeners; listeners.main()",
            url,
            f"{count}",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    if process.stdout is None or process.stdout.readline() != b"ready\n":
        sys.exit("The clients could not connect")
    return process


async def _entries(queue: QueueSettings) -> list[tuple[str, int, int]]:
    """Return every change that the stream tells: its job, how far that is, and when, in ms."""
    feed = BullFeed(queue)
    events = await feed.after("0-0", _ALL_EVENTS)
    await feed.close()
    return [
        (event.job_id, _rank(event.name, event.fields.get("data", "")), event.at_ms)
        for event in events
        if event.name == "progress" or event.name in _RANKS
    ]


def _rank(name: str, data: str) -> int:
    return 1 + int(data) if name == "progress" else _RANKS[name]


def _delays(entries: list[tuple[str, int, int]], seen: list[list[Any]]) -> list[float]:
    """Return how late one client learnt of each change; those it never learnt of are absent."""
    known: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for job_id, state, percent, at_ms in seen:
        rank = _STATES[state] + (percent if state == "active" else 0)
        if not known[job_id] or rank > known[job_id][-1][0]:
            known[job_id].append((rank, at_ms))
    delays = []
    for job_id, rank, at_ms in entries:
        moments = known[job_id]
        place = bisect_left(moments, (rank, 0.0))
        if place < len(moments):
            delays.append(max(moments[place][1] - at_ms, 0.0))
    return delays


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _together(counts: list[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for each in counts:
        for name, number in each.items():
            total[name] += number
    return dict(total)


def _line(row: Figures) -> str:
    delay = row["delay_ms"]
    return (
        f"{row['clients']:>7}  {row['jobs_per_s']:>6g}  {row['changes']:>7}"
        f"  {row['deliveries']:>10}"
        f"  {delay['median']:>7}  {delay['p99']:>7}  {delay['max']:>7}"
        f"  {row['cpu_share']:>5.0%}  {row['peak_mib']:>8.0f}  {row['missed']:>6}"
    )


def main() -> None:
    """Measure each rate, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rates", type=float, nargs="+", default=[2, 5, 20])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    print(
        "clients  jobs/s  changes  deliveries  med. ms   p99 ms   max ms    CPU  peak MiB  missed"
    )
    table = []
    for rate in given.rates:
        table.append(measure(Load(given.clients, rate, given.seconds)))
        print(_line(table[-1]), flush=True)
    figures = {
        "benchmark": "events",
        "limit_ms": LIMIT_MS,
        "loads": table,
        "versions": {
            "python": platform.python_version(),
            "uvicorn": importlib.metadata.version("uvicorn"),
            "starlette": importlib.metadata.version("starlette"),
            "cpus": os.cpu_count(),
        },
    }
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
