"""Real BullMQ clients: the npm packages beside this file, and a process that is told what to do."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue import LeasedJob
from preview_worker.queue.bullmq import BullQueue

FOLDER = Path(__file__).parent
VERSIONS = ("bullmq-5", "bullmq-6")
"""The version that the Mobius producers pin, and the newest."""

UPSTREAM: dict[str, Any] = {
    "attempts": 5,
    "backoff": {"type": "exponential", "delay": 1000},
    "removeOnComplete": {"age": 3600, "count": 100},
    "removeOnFail": {"age": 86400, "count": 100},
}
"""The options with which the upstream client adds its jobs, besides id and priority."""

DATA = {"jobId": "job-1", "projectId": "gems", "title": "Käse ☃ 💎", "n": 1.5, "none": None}

_INSTALL_S = 110
_STOP_S = 5


def install_packages() -> None:
    """Install the locked npm packages unless they are there; skip the test where that fails."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node and npm are not installed: install Node 18 or newer to run these tests")
    digest = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules" / ".locked"
    if stamp.exists() and stamp.read_text() == digest:
        return
    done = subprocess.run(
        [npm, "ci"], cwd=FOLDER, capture_output=True, text=True, timeout=_INSTALL_S, check=False
    )
    if done.returncode:
        pytest.skip(f"npm ci failed: {done.stderr.strip()[-500:]}")
    stamp.write_text(digest)


class NodeProcess:
    """One Node process with one version of BullMQ; it serves one test after the other."""

    def __init__(self, version: str, url: str) -> None:
        """Start the process with the package ``version`` for the Redis at ``url``."""
        self._process = subprocess.Popen(
            [shutil.which("node") or "node", "driver.mjs", version, url],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert self._read() == {"ready": True}

    def ask(self, command: str, given: dict[str, object]) -> Any:
        """Have a command carried out and return its reply."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": command, **given}) + "\n")
        self._process.stdin.flush()
        reply = self._read()
        assert "ok" in reply, reply
        return reply["ok"]

    def stop(self) -> None:
        """Let the process close its clients and end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the Node process ended"
        return json.loads(line)


class NodeClient:
    """A Node process as one test uses it: for one queue, without blocking the event loop."""

    def __init__(self, process: NodeProcess, queue_name: str) -> None:
        """Use ``process`` for ``queue_name``."""
        self._process = process
        self.queue_name = queue_name
        process.ask("use", {"queue": queue_name})

    async def __call__(self, command: str, **given: object) -> Any:
        """Have a command carried out and return its reply."""
        return await asyncio.to_thread(self._process.ask, command, given)


async def leased(queue: BullQueue) -> LeasedJob:
    """Lease a job that must come; how soon is for others to say."""
    async with asyncio.timeout(60):
        while (job := await queue.lease()) is None:
            pass
        return job


async def until(
    ask: Callable[[], Awaitable[Any]], fits: Callable[[Any], bool], within_s: float = 60
) -> Any:
    """Ask until the answer fits; each question is a round trip through Node."""
    deadline_s = time.monotonic() + within_s
    while not fits(answer := await ask()):
        if time.monotonic() > deadline_s:
            pytest.fail(f"still {answer}")
    return answer
