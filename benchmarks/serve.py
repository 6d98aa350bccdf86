"""What the serving process costs and how soon it answers: many jobs in the queue, and stills.

One ``preview-worker serve`` on an empty queue and one on a full one: how long the start takes until
the list of jobs is there, memory, processor time while nothing happens, and how long a page of the
list and a search take. Then the picture of a payload that is no job, at 1280x720: the first one,
with which the render zygote starts, and those of payloads that were edited since.

    python -m benchmarks.serve [--jobs 20000] [--json PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figures import spread
from benchmarks.footprint import cpu_s, memory_mib
from benchmarks.site import Site, a_queue, a_site
from preview_worker.bootstrap import sample_asset_root, sample_request
from preview_worker.queue import JobRequest, QueueSettings
from preview_worker.queue.producer import BullProducer

Figures = dict[str, Any]

IDLE_S = 10.0
REPEATS = 10
_AT_ONCE = 100
_TIMEOUT_S = 60
_QUERIES = {
    "first_page": "limit=50",
    "search": "q=game+number+777&limit=50",
    "project": "projectId=project-7&limit=50",
}


async def fill(queue: QueueSettings, jobs: int) -> None:
    """Add so many jobs."""
    producer = BullProducer(queue)
    for first in range(0, jobs, _AT_ONCE):
        await asyncio.gather(
            *(producer.add(_request(first + number)) for number in range(_AT_ONCE))
        )
    await producer.close()


def _request(number: int) -> JobRequest:
    job_id = f"job-{number}"
    step = {"title": "Set up", "body": "Put the board in the middle, and deal three cards."}
    asked = {"title": f"How to play game number {number}", "steps": [step] * 8}
    payload = {"jobId": job_id, "projectId": f"project-{number % 20}", "previewRequest": asked}
    return JobRequest(payload=payload, job_id=job_id, priority=2)


def measure_index(jobs: int) -> Figures:
    """Serve a queue with so many jobs; return what that costs."""
    with a_queue("bench-serve") as queue:
        asyncio.run(fill(queue, jobs))
        with a_site(queue) as site:
            answers = {name: _answer_ms(site, query) for name, query in _QUERIES.items()}
            before_s = cpu_s(site.pid)
            time.sleep(IDLE_S)
            return {
                "jobs": jobs,
                "start_s": round(site.start_s, 2),
                "memory_mib": round(memory_mib(site.pid), 1),
                "idle_cpu_share": round((cpu_s(site.pid) - before_s) / IDLE_S, 4),
                "answer_ms": answers,
            }


def _answer_ms(site: Site, query: str) -> Figures:
    taken = []
    with httpx.Client(base_url=site.url, timeout=_TIMEOUT_S) as client:
        for _ in range(REPEATS):
            begin_s = time.perf_counter()
            client.get(f"/api/v1/jobs?{query}").raise_for_status()
            taken.append((time.perf_counter() - begin_s) * 1000)
    return spread(taken)


def measure_stills() -> Figures:
    """Ask a fresh server for the sample's first picture, and then for that of edited payloads."""
    with a_queue("bench-stills") as queue:
        root = str(sample_asset_root())
        with (
            a_site(queue, PREVIEW_ASSET_ROOTS=root) as site,
            httpx.Client(base_url=site.url, timeout=_TIMEOUT_S) as client,
        ):
            taken = [_still_ms(client, number) for number in range(REPEATS + 1)]
    return {"first_ms": round(taken[0], 1), "edited_ms": spread(taken[1:])}


def _still_ms(client: httpx.Client, edition: int) -> float:
    payload = json.loads(json.dumps(sample_request("still").payload))
    payload["previewRequest"]["steps"][0]["body"] += f" Edition {edition}."
    payload["previewRequest"]["options"] = {"resolution": "1280x720"}
    begin_s = time.perf_counter()
    answer = client.post("/api/v1/stills?at=3", json=payload)
    taken_ms = (time.perf_counter() - begin_s) * 1000
    answer.raise_for_status()
    return taken_ms


def _line(row: Figures) -> str:
    answers = row["answer_ms"]
    return (
        f"{row['jobs']:>6}  {row['start_s']:>7.2f}  {row['memory_mib']:>6.0f}"
        f"  {row['idle_cpu_share']:>8.1%}"
        + "".join(f"  {answers[name]['median']:>10.1f}" for name in _QUERIES)
    )


def main() -> None:
    """Measure, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    print("  jobs  start s     MiB  idle CPU  " + "  ".join(f"{name:>10}" for name in _QUERIES))
    table = []
    for jobs in (0, given.jobs):
        table.append(measure_index(jobs))
        print(_line(table[-1]), flush=True)
    stills = measure_stills()
    edited = stills["edited_ms"]
    print(f"still of the sample at 1280x720: the first {stills['first_ms']:.0f} ms,")
    print(f"of an edited payload {edited['median']:.0f} ms, at most {edited['max']:.0f} ms")
    figures = {
        "benchmark": "serve",
        "index": table,
        "stills": stills,
        "versions": {
            "python": platform.python_version(),
            "preview_worker": importlib.metadata.version("mobius-preview-worker"),
            "cpus": os.cpu_count(),
        },
    }
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
