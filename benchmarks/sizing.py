"""How many workers one needs: previews per core-hour, memory by concurrency, start, disk.

A real ``preview-worker work`` renders editions of the text tutorial of ``benchmarks/payloads.py``.
Work is counted in processor seconds of the worker and all its processes, those that ended included,
so that a busy machine changes the figures little: a core that is kept busy has 3600 an hour.

    python -m benchmarks.sizing [--jobs 8] [--quick] [--json PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.footprint import Watch, cpu_s, memory_mib
from benchmarks.payloads import Json, as_job, edited, text_request
from benchmarks.site import Site, a_queue, a_worker
from preview_worker.queue import JobRequest, JobState, QueueSettings
from preview_worker.queue.producer import BullProducer

Figures = dict[str, Any]
CORE_HOUR_S = 3600
CONCURRENCIES = (1, 2, 4)
_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Load:
    """How much is rendered: ``jobs`` tutorials of ``scenes`` scenes in ``size``."""

    jobs: int
    scenes: int
    size: str

    def editions(self, round_number: int) -> dict[str, Json]:
        """Return tutorials that share no scene with any other round."""
        first = round_number * self.jobs
        return {
            f"edition-{number}": text_request(self.scenes, self.size, number)
            for number in range(first + 1, first + self.jobs + 1)
        }


async def settle(queue: QueueSettings, requests: Mapping[str, Json], turn: str) -> None:
    """Add a job for each request at once, and return when all are completed."""

    async def follow(name: str, request: Json) -> None:
        producer = BullProducer(queue)
        transport_id = f"{name}-{turn}"
        await producer.add(JobRequest(payload=as_job(request, name), job_id=transport_id))
        last = [status async for status in producer.watch(transport_id)][-1]
        await producer.close()
        if last.state is not JobState.COMPLETED:
            message = f"{transport_id} was not completed: {last}"
            raise RuntimeError(message)

    await asyncio.gather(*(follow(name, request) for name, request in requests.items()))


def cost_s(queue: QueueSettings, site: Site, requests: Mapping[str, Json], turn: str) -> float:
    """Return the processor seconds of one of ``requests``, rendered together."""
    before_s = cpu_s(site.pid)
    asyncio.run(settle(queue, requests, turn))
    return (cpu_s(site.pid) - before_s) / len(requests)


def measure_work(load: Load, folder: Path) -> tuple[Figures, Figures, Figures]:
    """Render everything new, then with one scene edited, then the same again; look at the disk."""
    with a_queue("sizing") as queue, a_worker(queue, DATA_DIR=str(folder)) as site:
        start = {"wall_s": round(site.start_s, 2), "cpu_s": round(cpu_s(site.pid), 2)}
        asyncio.run(settle(queue, load.editions(0), "first"))  # whatever only a first render pays
        before_bytes = {name: _bytes(folder / name) for name in ("previews", "cache")}
        new = load.editions(1)
        cold = cost_s(queue, site, new, "cold")
        disk = {
            f"{name}_bytes": (_bytes(folder / name) - before) // load.jobs
            for name, before in before_bytes.items()
        }
        changed = {name: edited(request) for name, request in new.items()}
        costs = {
            "cold": cold,
            "edited": cost_s(queue, site, changed, "edited"),
            "unchanged": cost_s(queue, site, changed, "unchanged"),
        }
    work = {
        name: {
            "cpu_s": round(cost, 4),
            "per_core_hour": round(CORE_HOUR_S / cost) if cost else None,
        }
        for name, cost in costs.items()
    }
    return work, disk, start


def measure_memory(load: Load) -> Figures:
    """Return what a worker and its renders take at the most, by how many there are at a time."""
    found: Figures = {}
    for concurrency in CONCURRENCIES:
        number = str(concurrency)
        with (
            a_queue(f"memory-{number}") as queue,
            a_worker(queue, PREVIEW_WORKER_CONCURRENCY=number) as site,
        ):
            found.setdefault("idle_mib", round(memory_mib(site.pid)))
            many = Load(max(load.jobs, concurrency), load.scenes, load.size)
            with Watch(site.pid) as watch:
                asyncio.run(settle(queue, many.editions(0), "cold"))
        found[number] = round(watch.peak_mib)
    return found


def _bytes(folder: Path) -> int:
    """Return what the files below ``folder`` take on the disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def show(figures: Figures) -> None:
    """Print the tables."""
    print("tutorial     CPU s   per core-hour")
    for name, told in figures["work"].items():
        print(f"{name:<10} {told['cpu_s']:>7.3f}   {told['per_core_hour'] or '-':>13}")
    memory = figures["memory"]
    print(f"memory, idle: {memory['idle_mib']} MiB")
    for concurrency in CONCURRENCIES:
        print(f"memory, {concurrency} at a time: {memory[str(concurrency)]} MiB")
    disk = figures["disk"]
    print(f"disk: {disk['previews_bytes'] / _MIB:.2f} MiB a preview,", end=" ")
    print(f"{disk['cache_bytes'] / _MIB:.2f} MiB of scenes")
    start = figures["start"]
    print(f"from start until ready: {start['wall_s']:.2f} s, {start['cpu_s']:.2f} CPU s")


def main() -> None:
    """Measure, print the tables, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=8, help="tutorials of each kind")
    parser.add_argument("--quick", action="store_true", help="two small tutorials of each kind")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    load = Load(2, 3, "320x180") if given.quick else Load(given.jobs, 11, "1920x1080")
    with tempfile.TemporaryDirectory() as folder:
        work, disk, start = measure_work(load, Path(folder) / "data")
    figures = {
        "benchmark": "sizing",
        "jobs": load.jobs,
        "work": work,
        "memory": measure_memory(load),
        "disk": disk,
        "start": start,
        "load_average": [round(number, 2) for number in os.getloadavg()],
        "versions": {
            "python": platform.python_version(),
            "preview_worker": importlib.metadata.version("mobius-preview-worker"),
            "cpus": os.cpu_count(),
        },
    }
    show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
