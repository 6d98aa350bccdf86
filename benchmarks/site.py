"""Real ``preview-worker`` processes for a benchmark, and a Redis of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from preview_worker.queue import QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis

_START_S = 120
_PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class Site:
    """A process that answers over HTTP, the seconds until it did, and the file of its log."""

    url: str
    pid: int
    start_s: float
    log: Path


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
    """Serve ``queue`` from a process of its own; ``more`` are variables of its environment.

    It has read the queue: its page of jobs waits for that.
    """
    with _running("serve", queue, more, "/") as site:
        yield site


@contextmanager
def a_worker(queue: QueueSettings, **more: str) -> Iterator[Site]:
    """Have a process of its own take the jobs of ``queue``; ``more`` as for ``a_site``."""
    with _running("work", queue, more, "/readyz") as site:
        yield site


@contextmanager
def _running(
    command: str, queue: QueueSettings, more: Mapping[str, str], awaited: str
) -> Iterator[Site]:
    """Run a command of ours until the block ends; begin when it answers ``awaited`` well."""
    with tempfile.TemporaryDirectory() as folder:
        log, port = Path(folder) / "log", _free_port()
        begin_s = time.perf_counter()
        with log.open("w") as lines:
            process = subprocess.Popen(
                [sys.executable, "-m", "preview_worker", command],
                env={
                    **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                    "REDIS_URL": queue.redis_url,
                    "PREVIEW_QUEUE_NAME": queue.queue_name,
                    "DATA_DIR": str(Path(folder) / "data"),
                    "HEALTH_PORT": str(port),
                    "PREVIEW_HEALTH_HOST": "127.0.0.1",
                    "NODE_ENV": "production",  # log lines as JSON
                    "LOG_LEVEL": "info",
                    **more,
                },
                stderr=lines,
            )
        with process:
            try:
                url = f"http://127.0.0.1:{port}"
                _await(process, url + awaited, log)
                yield Site(url, process.pid, time.perf_counter() - begin_s, log)
            finally:
                process.terminate()


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _await(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when ``url`` is answered with success."""
    while process.poll() is None:
        with suppress(httpx.ConnectError):
            if httpx.get(url, timeout=_START_S).is_success:
                return
        time.sleep(_PAUSE_S)
    sys.exit(f"It ended with status {process.returncode}: {log.read_text()[-2000:]}")
