"""A disk that fills up at whatever point of publishing, or may not be written, harms nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

# Publishes an older preview, then tries to publish a newer one with less and less room: page by
# page on a small file system of its own where we may mount one, else by the largest size that a
# file may have. After every failure it looks at what readers see, makes room, and publishes.
PROGRAM = """
import asyncio, collections, ctypes, errno, json, os, pathlib, resource, subprocess, sys
from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.local import LocalStore
from preview_worker.contract import PreviewError
from tests.unit.artifacts.drafts import draft, fill, ours

root, way = pathlib.Path(sys.argv[1]), sys.argv[2]
PAGE = 4096
CONTENT = {"preview.mp4": b"m" * 5 * PAGE, "poster.jpg": b"p" * 2 * PAGE}

def mount():
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(0x00020000) != 0:
        return False
    run = lambda *words: subprocess.run(words, capture_output=True).returncode == 0
    return run("mount", "--make-rprivate", "/") and run(
        "mount", "-t", "tmpfs", "-o", "size=256k", "small", str(root))

def remount(mode):
    subprocess.run(["mount", "-o", f"remount,{mode}", str(root)], check=True)

def leave_room(pages):
    usage = os.statvfs(root)
    (root / "ballast").write_bytes(b"b" * (usage.f_bavail - pages) * PAGE)

def limit(pages):
    most = resource.RLIM_INFINITY if pages is None else pages * PAGE // 4
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

async def publish(digest):
    store = LocalStore(ArtifactSettings(data_dir=root))
    try:
        staging = await store.stage("project-1", "job-1", 1)
        try:
            fill(staging.directory, CONTENT)
        except OSError as error:
            await store.discard(staging)
            return f"render: {errno.errorcode[error.errno]}"
        await store.publish(staging, draft(input_digest=digest), ours)
    except PreviewError as error:
        return f"{error.code.code}: {error.message}"
    finally:
        await store.close()
    return "published"

async def refused():
    store = LocalStore(ArtifactSettings(data_dir=root))
    try:
        return await store.refusal()
    finally:
        await store.close()

def found():
    store = LocalStore(ArtifactSettings(data_dir=root))
    preview = asyncio.run(store.find("project-1", "job-1"))
    for artifact in preview.result["artifacts"]:
        content = (root / artifact["path"]).read_bytes()
        assert len(content) == artifact["bytes"]
    return preview.input_digest

def left():
    return [path.name for path in (root / ".staging").iterdir() if path.name != "turns"]

if way != "limit" and not mount():
    print(json.dumps("not permitted"))
    sys.exit()
told, wrong = collections.Counter(), []
assert asyncio.run(publish("old")) == "published"
for room in [None] if way == "read-only" else range(0, 26):
    if way == "read-only":
        remount("ro")
    elif way == "full":
        leave_room(room)
    else:
        limit(room)
    said = asyncio.run(publish(f"new-{room}"))
    refusal = asyncio.run(refused())
    told[said] += 1
    seen = found()
    if seen != (f"new-{room}" if said == "published" else "old"):
        wrong.append(f"{room}: {said}, but readers see {seen}")
    if way == "read-only":
        remount("rw")
        if not refusal:
            wrong.append("a read-only disk refuses nothing")
    elif way == "full":
        if (room < 5 and not refusal) or (room > 8 and said != "published" and refusal):
            wrong.append(f"{room} pages of 64 are free: {refusal}")
        (root / "ballast").unlink()
    else:
        limit(None)
    if left():
        wrong.append(f"{room}: left in staging: {left()}")
    if asyncio.run(publish("old")) != "published" or found() != "old":
        wrong.append(f"{room}: it does not recover")
print(json.dumps({"told": told, "wrong": wrong}))
"""


def attempts(root: Path, way: str) -> dict[str, Any]:
    """Publish with less and less room and return what was told, and what was wrong."""
    root.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(root), way],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    if told == "not permitted":
        pytest.skip("only root may mount a file system")
    assert isinstance(told, dict)
    return told


def test_a_disk_that_is_full_at_any_page_harms_nothing(tmp_path: Path) -> None:
    """D1: the older preview is whole, staging is empty, and it works again when there is room."""
    report = attempts(tmp_path / "data", "full")

    assert report["wrong"] == []
    failed = {said for said in report["told"] if said != "published"}
    assert len(failed) >= 3
    assert all(said.startswith(("render: ENOSPC", "transient.disk: ")) for said in failed)
    assert report["told"]["published"] > 1


def test_a_file_that_may_not_grow_at_any_size_harms_nothing(tmp_path: Path) -> None:
    """D1: the same by a limit on the size of files, where nothing can be mounted."""
    report = attempts(tmp_path / "data", "limit")

    assert report["wrong"] == []
    assert any(said.startswith("render: EFBIG") for said in report["told"])


def test_a_disk_that_becomes_read_only_harms_nothing(tmp_path: Path) -> None:
    """D2: it is told as transient, readers read on, and it works again when it may be written."""
    report = attempts(tmp_path / "data", "read-only")

    assert report["wrong"] == []
    [said] = report["told"]
    assert said.startswith("transient.disk: The disk refused while a folder for the preview was")
