"""A janitor killed at any line leaves each preview whole or gone, and nothing for ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

# Publishes previews of which the older half is due, then forks one child per so many lines of the
# janitor's work; each child is killed just before that line. Tells what was found afterwards.
PROGRAM = """
import asyncio, collections, json, os, pathlib, signal, sys, threading, time
from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from tests.unit.artifacts.drafts import draft, fill, ours

root, step = pathlib.Path(sys.argv[1]), int(sys.argv[2])
settings = ArtifactSettings(data_dir=root, retention_max_age_s=3600)
traced = os.path.join("preview_worker", "artifacts", "")
JOBS = [f"job-{number}" for number in range(4)]

async def publish():
    store = LocalStore(settings)
    for number, job in enumerate(JOBS):
        staging = await store.stage("project-1", job, 1)
        fill(staging.directory)
        await store.publish(staging, draft(job), ours)
        then = time.time() - (90000 if number < 2 else 0)
        os.utime(root / "previews" / "project-1" / job, (then, then))
    await store.close()

async def tidy():
    store = LocalStore(settings)
    await store.sweep()
    await store.retire()

def die_before_line(number):
    seen = 0
    def trace(frame, event, _):
        nonlocal seen
        if traced not in frame.f_code.co_filename:
            return None
        if event == "line":
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    threading.settrace(trace)
    sys.settrace(trace)

def killed_before(number):
    child = os.fork()
    if child == 0:
        die_before_line(number)
        asyncio.run(tidy())
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])

def standing():
    return {path.name for path in (root / "previews").glob("*/*")}

async def whole(jobs):
    store = LocalStore(ArtifactSettings(data_dir=root))
    return [job for job in jobs if await store.find("project-1", job) is not None]

def age_staging():
    for owner in (root / ".staging").iterdir():
        for path in (owner, *(owner.iterdir() if owner.is_dir() else ())):
            os.utime(path, (0, 0))

counts, wrong = collections.Counter(), []
number = step
asyncio.run(publish())
while killed_before(number):
    there = standing()
    counts[len(there)] += 1
    if not {"job-2", "job-3"} <= there:
        wrong.append(f"{number}: what was not due is gone: {sorted(there)}")
    if sorted(asyncio.run(whole(sorted(there)))) != sorted(there):
        wrong.append(f"{number}: half a preview can be found")
    age_staging()
    asyncio.run(LocalStore(settings).sweep())
    left = [path.name for path in (root / ".staging").iterdir() if path.name != "turns"]
    if left:
        wrong.append(f"{number}: left in staging: {left}")
    asyncio.run(publish())
    number += step
print(json.dumps({"counts": counts, "wrong": wrong}))
"""


@pytest.mark.slow
def test_a_janitor_that_is_killed_leaves_previews_whole_or_gone(tmp_path: Path) -> None:
    """P1: what had left its place is removed by the next sweep, and what is not due stays."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path), "9"],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)

    assert told["wrong"] == []
    assert {"2", "4"} <= set(told["counts"]) <= {"2", "3", "4"}
