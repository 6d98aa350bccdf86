"""What it costs to be watched: cold renders with all telemetry on, and with none.

Two ``preview-worker work`` processes, each with a queue of its own. One is watched by everything
there is: debug lines in JSON, the audit log, spans that go to a collector over OTLP, and every
second a scrape with exemplars and a verbose readiness probe. The other logs errors only, and nobody
asks it.
Turn by turn both render an edition of the same tutorial that was never rendered before, each while
the other rests. A job's time is BullMQ's own: from ``processedOn`` to ``finishedOn``.

    python -m benchmarks.telemetry [--turns 20] [--json PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
import platform
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx

from benchmarks.figures import spread
from benchmarks.footprint import cpu_s
from benchmarks.payloads import PROJECT, text_request
from benchmarks.site import Site, a_queue, a_worker
from preview_worker.queue import JobRequest, JobState, QueueSettings
from preview_worker.queue.producer import BullProducer

Figures = dict[str, Any]

LIMIT = 1.03
"""How much longer a watched render may take."""
SCRAPE_S = 1.0
_OPENMETRICS = "application/openmetrics-text; version=1.0.0"
_SEEN_WITHIN_S = 30.0
_QUIET = {"LOG_LEVEL": "error", "PREVIEW_AUDIT": "false"}


class Collector(BaseHTTPRequestHandler):
    """Takes what is exported to it, and counts it."""

    posts: ClassVar[int] = 0
    received_bytes: ClassVar[int] = 0
    came: ClassVar[threading.Event] = threading.Event()

    def do_POST(self) -> None:
        """Take an export."""
        content = self.rfile.read(int(self.headers["content-length"]))
        Collector.posts += 1
        Collector.received_bytes += len(content)
        Collector.came.set()
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def a_collector() -> Iterator[str]:
    """Take exports until the block ends; the value is the endpoint."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def asked_every_second(site: Site) -> Iterator[None]:
    """Scrape and probe ``site`` until the block ends."""
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=site.url) as client:
            while not over.wait(SCRAPE_S):
                with suppress(httpx.TransportError):
                    client.get("/metrics", headers={"accept": _OPENMETRICS})
                    client.get("/readyz?verbose")

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


async def render_s(queue: QueueSettings, edition: int) -> float:
    """Have an edition rendered; return its seconds as BullMQ counts them."""
    job_id = f"edition-{edition}"
    payload = {
        "jobId": job_id,
        "projectId": PROJECT,
        "requestId": job_id,
        "dryRun": False,
        "previewRequest": text_request(edition=edition),
    }
    producer = BullProducer(queue)
    await producer.add(JobRequest(payload=payload, job_id=job_id, priority=2))
    status = [status async for status in producer.watch(job_id)][-1]
    await producer.close()
    if status.state is not JobState.COMPLETED:
        message = f"{job_id} did not complete: {status}"
        raise RuntimeError(message)
    return ((status.finished_on_ms or 0) - (status.processed_on_ms or 0)) / 1000


def measure(turns: int) -> Figures:
    """Render in turns; return the times, the ratio and what was exported."""
    with (
        a_queue("watched") as watched,
        a_queue("alone") as alone,
        a_collector() as endpoint,
        a_worker(alone, **_QUIET) as quiet,
        a_worker(watched, LOG_LEVEL="debug", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) as loud,
        asked_every_second(loud),
    ):
        for queue in (watched, alone):
            asyncio.run(render_s(queue, 0))  # whatever only the first render pays
        taken: dict[str, list[float]] = {"on": [], "off": []}
        before = {"on": cpu_s(loud.pid), "off": cpu_s(quiet.pid)}
        for turn in range(1, turns + 1):
            pair = [("on", watched), ("off", alone)]
            for name, queue in pair if turn % 2 else reversed(pair):
                taken[name].append(asyncio.run(render_s(queue, turn)))
        used = {"on": cpu_s(loud.pid), "off": cpu_s(quiet.pid)}
        if not Collector.came.wait(_SEEN_WITHIN_S):
            message = "no span came to the collector"
            raise RuntimeError(message)
    pairs = [on / off for on, off in zip(taken["on"], taken["off"], strict=True)]
    return {
        "turns": turns,
        "wall_s": {name: spread(times) for name, times in taken.items()},
        "cpu_s": {name: round((used[name] - before[name]) / turns, 3) for name in taken},
        "ratio": round(statistics.median(pairs), 4),
        "limit": LIMIT,
        "exports": {"posts": Collector.posts, "bytes": Collector.received_bytes},
    }


def main() -> None:
    """Measure, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = measure(given.turns)
    print("telemetry   median s     least      most   CPU s")
    for name in ("off", "on"):
        walls = found["wall_s"][name]
        row = "  ".join(f"{walls[each]:>8.3f}" for each in ("median", "min", "max"))
        print(f"{name:<9}   {row}  {found['cpu_s'][name]:>6.2f}")
    exports = found["exports"]
    print(f"on / off, median of {given.turns} pairs: {found['ratio']:.3f} (at most {LIMIT:g})")
    print(f"exported meanwhile: {exports['bytes']} bytes in {exports['posts']} posts")
    figures = {
        "benchmark": "telemetry",
        **found,
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
