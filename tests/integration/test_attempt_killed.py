"""A worker killed at any line of an attempt: the next one finishes, and renders only if it must."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from preview_worker.queue.embedded import EmbeddedRedis

ROOT = Path(__file__).parents[2]

# For every so many lines of an attempt, a child leases a job of its own and is killed just before
# that line; then its lock is taken away, as its end would in time, and another attempt is made.
# Real Redis, a real folder; only the render is a stand-in, which counts itself.
PROGRAM = """
import asyncio, collections, json, os, pathlib, signal, sys, threading
from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.queue import JobRequest, JobState, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.producer import BullProducer
from preview_worker.worker import Executor
from tests.fakes.observers import Recorder
from tests.fakes.parts import FakeRenderer
from tests.fakes.payloads import a_payload
from tests.redis_server import command, leased

url, root, step = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
settings = QueueSettings(redis_url=url, queue_name="killed", lock_s=5.0, renew_s=1.0,
                         stall_check_s=0.1, block_s=0.5)
rooms = tuple(os.path.join("preview_worker", room, "") for room in ("artifacts", "worker", "queue"))
renders = root / "renders"

class Renderer(FakeRenderer):
    async def render(self, task, report):
        with renders.open("a") as file:
            file.write("x")
        return await super().render(task, report)

def die_before_line(number):
    seen = 0
    def trace(frame, event, _):
        nonlocal seen
        if not any(room in frame.f_code.co_filename for room in rooms):
            return None
        if event == "line":
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    threading.settrace(trace)
    sys.settrace(trace)

async def attempt(die_at=None):
    queue, store = BullQueue(settings), LocalStore(ArtifactSettings(data_dir=root / "data"))
    await queue.open()
    job = await leased(queue, within_s=20)
    if die_at is not None:
        die_before_line(die_at)
    outcome = await Executor(queue, Renderer(), store, Recorder()).execute(job)
    await queue.settle(job, outcome)
    sys.settrace(None)
    await queue.close()
    await store.close()

def killed_before(number):
    child = os.fork()
    if child == 0:
        asyncio.run(attempt(number))
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])

async def add(job_id):
    producer = BullProducer(settings)
    await producer.add(JobRequest(payload=a_payload(jobId=job_id), job_id=job_id))
    await producer.close()

async def state(job_id):
    producer = BullProducer(settings)
    status = await producer.status(job_id)
    await producer.close()
    return status

async def let_go(job_id):
    keys = QueueKeys(settings.prefix, settings.queue_name)
    await command(settings, "DEL", f"{keys.root}{job_id}:lock")
    await command(settings, "SADD", keys.stalled, job_id)

def count():
    return renders.stat().st_size if renders.exists() else 0

def published(job_id):
    store = LocalStore(ArtifactSettings(data_dir=root / "data"))
    return asyncio.run(store.find("lighthouse", job_id))

tally, wrong = collections.Counter(), []
number = step
while True:
    job_id = f"job-{number}"
    asyncio.run(add(job_id))
    if not killed_before(number):
        break
    before, there = count(), published(job_id)
    if asyncio.run(state(job_id)).state is not JobState.COMPLETED:
        asyncio.run(let_go(job_id))
        asyncio.run(attempt())
    after, ended = count(), asyncio.run(state(job_id))
    kind = "skipped" if there else "rendered"
    tally[kind] += 1
    if after - before != (0 if there else 1):
        wrong.append(f"{number}: {after - before} renders although published is {bool(there)}")
    if ended.state is not JobState.COMPLETED or ended.attempts_made != 1:
        wrong.append(f"{number}: {ended}")
    if published(job_id) is None:
        wrong.append(f"{number}: completed without a preview")
    number += step
for owner in (root / "data" / ".staging").iterdir():
    for path in (owner, *(owner.iterdir() if owner.is_dir() else ())):
        os.utime(path, (0, 0))
store = LocalStore(ArtifactSettings(data_dir=root / "data"))
asyncio.run(store.sweep())
left = [path.name for path in (root / "data" / ".staging").iterdir()]
print(json.dumps({"tally": tally, "wrong": wrong, "left": left}))
"""


@pytest.mark.slow
def test_no_death_costs_a_job_or_a_render_too_many(tmp_path: Path) -> None:
    """P1, P2: what was published is found, everything else is rendered once more, and all end."""
    server = EmbeddedRedis(tmp_path / "redis", durable=False)
    url = server.start()
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM, url, str(tmp_path), "61"],
            capture_output=True,
            check=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )
    finally:
        server.stop()
    told: dict[str, Any] = json.loads(done.stdout)

    assert told["wrong"] == []
    assert told["tally"]["rendered"] > 3
    assert told["tally"]["skipped"] > 1
    assert told["left"] == ["turns"]
