"""Jobs per second of the queue room against a Node BullMQ worker, on the same Redis in one run.

Both sides complete the same jobs with a handler that does nothing, one process each. Node and we
take turns, several times, and the medians are compared: on a busy machine a single run says little.
The second figure is how soon a job is taken by a worker that had nothing to do.

    python benchmarks/queue.py [--jobs 10000] [--repeats 5] [--json PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from preview_worker.queue import Completed, JobRequest, LeasedJob, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer

INTEROP = Path(__file__).resolve().parent.parent / "tests" / "interop"
CONCURRENCIES = (2, 8, 50)
NODE_PACKAGE = "bullmq-6"
IDLE_ROUNDS = 40
IDLE_S = 0.1

Figures = dict[str, Any]


class NodePeer:
    """A Node process with BullMQ, driven line by line."""

    def __init__(self, url: str) -> None:
        """Install the npm packages if need be, and start the process."""
        npm, node = shutil.which("npm"), shutil.which("node")
        if npm is None or node is None:
            sys.exit("This benchmark compares with Node: install Node 18 or newer")
        if not (INTEROP / "node_modules").exists():
            subprocess.run([npm, "ci"], cwd=INTEROP, check=True)
        self._process = subprocess.Popen(
            [node, "driver.mjs", NODE_PACKAGE, url],
            cwd=INTEROP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            sys.exit("The Node process has no pipes")
        self._given, self._told = self._process.stdin, self._process.stdout
        self._read()

    def ask(self, command: str, **given: object) -> Any:  # noqa: ANN401 -- a JSON value
        """Have a command carried out and return its reply."""
        self._given.write(json.dumps({"command": command, **given}) + "\n")
        self._given.flush()
        reply = self._read()
        if "error" in reply:
            sys.exit(f"Node: {reply['error']}")
        return reply["ok"]

    def stop(self) -> None:
        """End the process."""
        self._given.close()
        self._process.wait()

    def _read(self) -> Any:  # noqa: ANN401 -- a JSON value
        return json.loads(self._told.readline())


async def drain(settings: QueueSettings, count: int, concurrency: int) -> float:
    """Complete ``count`` jobs with an empty handler; return the seconds that took."""
    queue = BullQueue(settings)
    await queue.open()
    await queue.ping()
    done, finished = 0, asyncio.Event()

    async def work() -> None:
        nonlocal done
        job: LeasedJob | None = None
        while True:
            job = job or await queue.lease()
            if job is None:
                continue
            job = (await queue.settle(job, Completed({}), lease_next=True)).next_job
            done += 1
            if done == count:
                finished.set()

    begin_s = time.perf_counter()
    slots = [asyncio.create_task(work()) for _ in range(concurrency)]
    await finished.wait()
    spent_s = time.perf_counter() - begin_s
    for slot in slots:
        slot.cancel()
    await asyncio.gather(*slots, return_exceptions=True)
    await queue.close()
    return spent_s


async def pickup_ms(settings: QueueSettings) -> list[float]:
    """Return how long each of some jobs waited for a worker that was idle."""
    queue, producer = BullQueue(settings), BullProducer(settings)
    await queue.open()
    waits_ms = []
    for _ in range(IDLE_ROUNDS):
        leasing = asyncio.create_task(queue.lease())
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(leasing), IDLE_S)
        begin_s = time.perf_counter()
        await producer.add(JobRequest({}, priority=2))
        job = await leasing
        waits_ms.append((time.perf_counter() - begin_s) * 1000)
        if job is not None:
            await queue.settle(job, Completed({}))
    await queue.close()
    await producer.close()
    return waits_ms


def measure(url: str, peer: NodePeer, jobs: int, repeats: int) -> list[Figures]:
    """Let both sides take turns at each concurrency; return the medians in jobs per second."""
    table = []
    for concurrency in CONCURRENCIES:
        ours, theirs = [], []
        for _ in range(repeats):
            settings = _filled(url, peer, jobs)
            ours.append(jobs / asyncio.run(drain(settings, jobs, concurrency)))
            peer.ask("obliterate")
            _filled(url, peer, jobs)
            spent_s = peer.ask("drain", count=jobs, concurrency=concurrency)["seconds"]
            theirs.append(jobs / spent_s)
            peer.ask("obliterate")
        table.append(_row(concurrency, ours, theirs))
        print(_line(table[-1]), flush=True)
    return table


def _filled(url: str, peer: NodePeer, jobs: int) -> QueueSettings:
    name = f"bench-{uuid.uuid4().hex}"
    peer.ask("use", queue=name)
    peer.ask("addMany", count=jobs, name="render-preview", data={"jobId": "x"}, opts={})
    return QueueSettings(redis_url=url, queue_name=name)


def _row(concurrency: int, ours: list[float], theirs: list[float]) -> Figures:
    return {
        "concurrency": concurrency,
        "ours_jobs_per_s": round(statistics.median(ours)),
        "node_jobs_per_s": round(statistics.median(theirs)),
        "ratio": round(statistics.median(ours) / statistics.median(theirs), 3),
        "ours_runs": [round(rate) for rate in ours],
        "node_runs": [round(rate) for rate in theirs],
    }


def _line(row: Figures) -> str:
    return (
        f"{row['concurrency']:>11}  {row['ours_jobs_per_s']:>11}  {row['node_jobs_per_s']:>11}"
        f"  {row['ratio']:>6.2f}"
    )


def _versions(url: str) -> Figures:
    lock = json.loads((INTEROP / "package-lock.json").read_text())
    node = shutil.which("node") or "node"
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return {
        "python": platform.python_version(),
        "hiredis": importlib.metadata.version("hiredis"),
        "bullmq_python": importlib.metadata.version("bullmq"),
        "node": shown.stdout.strip(),
        "bullmq_node": lock["packages"][f"node_modules/{NODE_PACKAGE}"]["version"],
        "redis": asyncio.run(_redis_version(url)),
        "cpus": os.cpu_count(),
    }


async def _redis_version(url: str) -> str:
    link = RedisLink(QueueSettings(redis_url=url), client_name="benchmark")
    told = await link.call("INFO", "server")
    await link.close()
    found = re.search(rb"redis_version:(\S+)", told if isinstance(told, bytes) else b"")
    return found[1].decode() if found else "unknown"


def main() -> None:
    """Measure, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedRedis(Path(folder), durable=False)
        url = server.start()
        peer = NodePeer(url)
        try:
            print("concurrency  ours jobs/s  node jobs/s   ratio")
            table = measure(url, peer, given.jobs, given.repeats)
            waits_ms = sorted(asyncio.run(pickup_ms(QueueSettings(redis_url=url))))
            versions = _versions(url)
        finally:
            peer.stop()
            server.stop()
    figures = {
        "benchmark": "queue",
        "jobs": given.jobs,
        "repeats": given.repeats,
        "ratio_vs_node": min(row["ratio"] for row in table),
        "throughput": table,
        "idle_pickup_ms": {
            "median": round(statistics.median(waits_ms), 2),
            "worst": round(waits_ms[-1], 2),
        },
        "versions": versions,
    }
    print(
        f"idle pickup: median {figures['idle_pickup_ms']['median']} ms, "
        f"worst {figures['idle_pickup_ms']['worst']} ms"
    )
    print(f"ratio to Node, smallest: {figures['ratio_vs_node']}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
