"""Real worker processes for tests: started, listened to through their log, and stopped."""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from preview_worker.queue import QueueSettings

Line = dict[str, Any]
_DEADLINE_S = 60.0


@dataclass(slots=True)
class WorkerUnderTest:
    """A ``preview-worker work`` process; its log lines are read as they come."""

    process: subprocess.Popen[str]
    lines: list[Line] = field(default_factory=list)
    _news: queue.Queue[Line | None] = field(default_factory=queue.Queue)

    def listen(self) -> None:
        """Read the log in the background until the process ends."""
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, event: str, **facts: object) -> Line:
        """Return the first line, old or new, of ``event`` that has all ``facts``."""
        seen = 0
        deadline_s = time.monotonic() + _DEADLINE_S
        while True:
            for line in self.lines[seen:]:
                if line.get("event") == event and facts.items() <= line.items():
                    return line
            seen = len(self.lines)
            try:
                news = self._news.get(timeout=max(0.01, deadline_s - time.monotonic()))
            except queue.Empty:
                news = None
            if news is None:
                message = f"no {event} with {facts} came; the log: {self.lines}"
                raise AssertionError(message)
            self.lines.append(news)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the process and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(_DEADLINE_S)

    @property
    def probes(self) -> str:
        """Where probes are answered."""
        return f"http://127.0.0.1:{self.wait_for('probes.serving')['port']}"

    def _read(self) -> None:
        assert self.process.stderr is not None
        for text in self.process.stderr:
            try:
                self._news.put(json.loads(text))
            except ValueError:
                self._news.put({"event": "stderr", "text": text})
        self._news.put(None)


def environment(settings: QueueSettings, data_dir: Path, **more: str) -> dict[str, str]:
    """Return what a worker or a command is told about the queue of a test."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "REDIS_URL": settings.redis_url,
        "PREVIEW_QUEUE_NAME": settings.queue_name,
        "DATA_DIR": str(data_dir),
        "HEALTH_PORT": "0",
        "PREVIEW_HEALTH_HOST": "127.0.0.1",
        **more,
    }


@contextmanager
def a_worker(
    settings: QueueSettings,
    data_dir: Path,
    program: Sequence[str] = ("-m", "preview_worker", "work"),
    awaited: str = "worker.started",
    before: Sequence[str] = (),
    **more: str,
) -> Iterator[WorkerUnderTest]:
    """Run a worker until the block ends; ``more`` are further variables of its environment.

    The block begins when the worker has told of the ``awaited`` event. The words ``before`` the
    command lead into whatever it is to run in.
    """
    process = subprocess.Popen(
        [*before, sys.executable, *program],
        env=environment(settings, data_dir, **more),
        stderr=subprocess.PIPE,
        text=True,
    )
    worker = WorkerUnderTest(process)
    worker.listen()
    try:
        worker.wait_for(awaited)
        yield worker
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        assert process.stderr is not None
        process.stderr.close()


def run_command(
    *arguments: str, env: dict[str, str], given: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run ``preview-worker`` with ``arguments`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "preview_worker", *arguments],
        env=env,
        input=given,
        capture_output=True,
        timeout=_DEADLINE_S,
        check=False,
    )


def fetch(worker: WorkerUnderTest, path: str) -> tuple[int, str]:
    """Return status and text of a probe."""
    url = worker.probes + path
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 -- loopback only
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def wait_until_ready(worker: WorkerUnderTest) -> None:
    """Return when the worker says that it is ready; a verdict may be as old as its cache allows."""
    deadline_s = time.monotonic() + _DEADLINE_S
    while fetch(worker, "/readyz")[0] != HTTPStatus.OK:
        assert time.monotonic() < deadline_s, fetch(worker, "/readyz")


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children] + [
        grandchild for child in children for grandchild in descendants(int(child))
    ]


def wait_until_gone(pids: list[int]) -> None:
    """Return when none of the processes runs; pidfds become readable at their end."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        readable, _, _ = select.select([descriptor], [], [], _DEADLINE_S)
        os.close(descriptor)
        assert readable, f"process {pid} still runs"
