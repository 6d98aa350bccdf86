"""A real ``preview-worker serve`` process for a benchmark, and a Redis of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from preview_worker.queue import QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis

_START_S = 120


@dataclass(frozen=True, slots=True)
class Site:
    """A server that answers. ``start_s`` is how long it took until its list of jobs was there."""

    url: str
    pid: int
    start_s: float


@contextmanager
def a_queue(name: str) -> Iterator[QueueSettings]:
    """Yield a fresh queue in a Redis that ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedRedis(Path(folder), durable=False)
        try:
            yield QueueSettings(redis_url=server.start(), queue_name=name)
        finally:
            server.stop()


@contextmanager
def a_site(queue: QueueSettings, **more: str) -> Iterator[Site]:
    """Serve ``queue`` from a process of its own; ``more`` are variables of its environment."""
    with tempfile.TemporaryDirectory() as folder:
        begin_s = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "preview_worker", "serve", "--port", "0"],
            env={
                **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "REDIS_URL": queue.redis_url,
                "PREVIEW_QUEUE_NAME": queue.queue_name,
                "DATA_DIR": folder,
                "NODE_ENV": "production",  # log lines as JSON
                "LOG_LEVEL": "info",
                **more,
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                url = _find_port(process)
                _await_list(url)
                yield Site(url, process.pid, time.perf_counter() - begin_s)
            finally:
                process.terminate()


def _find_port(process: subprocess.Popen[str]) -> str:
    if process.stderr is None:
        sys.exit("The server has no log")
    for line in process.stderr:
        told = json.loads(line) if line.startswith("{") else {}
        if told.get("event") == "probes.serving":
            return f"http://127.0.0.1:{told['port']}"
    sys.exit(f"The server ended with status {process.wait()}")


def _await_list(url: str) -> None:
    """Return when the server has read the queue: its page of jobs waits for that."""
    httpx.get(f"{url}/", timeout=_START_S).raise_for_status()
