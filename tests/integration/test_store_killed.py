"""A worker killed at any line of publishing leaves the older preview or the newer one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Publishes once, then forks one child per line that a second publication runs through; each child
# is killed just before that line. Prints what a reader found after each death.
PROGRAM = """
import asyncio, collections, json, os, pathlib, shutil, signal, sys, threading
from preview_worker.artifacts import ArtifactSettings, exchange
from preview_worker.artifacts.local import LocalStore
from tests.unit.artifacts.drafts import draft, fill, ours

root, by_steps = pathlib.Path(sys.argv[1]), sys.argv[2] == "by steps"
if by_steps:
    exchange._linux_rename = lambda: None

async def publish(digest):
    store = LocalStore(ArtifactSettings(data_dir=root))
    staging = await store.stage("project-1", "job-1", 1)
    fill(staging.directory)
    await store.publish(staging, draft(input_digest=digest), ours)

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
    sys.settrace(trace)
    threading.settrace(trace)

def killed_before(number):
    child = os.fork()
    if child == 0:
        die_before_line(number)
        asyncio.run(publish("new"))
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])

def restored():
    shutil.rmtree(root)
    asyncio.run(publish("old"))

def swept():
    for owner in (root / ".staging").iterdir():
        for path in (owner, *owner.iterdir()):
            os.utime(path, (0, 0))
    asyncio.run(LocalStore(ArtifactSettings(data_dir=root)).sweep())
    return find()

def find():
    return asyncio.run(LocalStore(ArtifactSettings(data_dir=root)).find("project-1", "job-1"))

# By steps only the renames differ, so only their lines are worth dying at.
traced = os.path.join("preview_worker", "artifacts", "exchange.py" if by_steps else "")
found = collections.Counter()
number = step = int(sys.argv[3])
asyncio.run(publish("old"))
while killed_before(number):
    preview = find()
    if preview is None:
        found["nothing"] += 1
        preview = swept()
    found[preview.input_digest if preview else "lost"] += 1
    if not preview or preview.input_digest != "old":
        restored()
    shutil.rmtree(root / ".staging", ignore_errors=True)
    number += step
print(json.dumps(found))
"""


def deaths(root: Path, kind: str, every: int) -> dict[str, int]:
    """Kill publications before every so many lines and count what readers found afterwards."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(root), kind, str(every)],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_a_death_leaves_old_or_new(tmp_path: Path) -> None:
    """With the kernel's exchange there is no line after which a reader finds nothing or half."""
    found = deaths(tmp_path, "exchange", 5)

    assert set(found) == {"old", "new"}
    assert min(found.values()) > 1


@pytest.mark.slow
def test_a_death_between_two_renames_is_mended_by_a_sweep(tmp_path: Path) -> None:
    """Where folders cannot be exchanged, the older preview comes back when somebody sweeps."""
    found = deaths(tmp_path, "by steps", 1)

    assert set(found) == {"nothing", "old", "new"}
    assert found["nothing"] < found["old"]
