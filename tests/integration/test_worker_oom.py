"""A control group that has no memory for a render: the kernel kills it, and the worker notices."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from preview_worker.worker.oom import oom_kills

LIMIT_BYTES = 192 * 1024**2

RENDER_IN_GROUP = """
import asyncio, os, sys
from pathlib import Path
Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
from preview_worker.contract import PreviewError
from preview_worker.events import ChildExited
from preview_worker.render import RenderSettings
from preview_worker.worker import FrugalRenderer, WorkerSettings
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.rendering import ChildRenderer
from tests.fakes.observers import Recorder
from tests.unit.worker.test_rendering import a_task, ignore

async def main():
    seen = Recorder()
    nursery = Nursery("tests.fakes.scarcity:devour", "tests.fakes.renders:warm_up")
    inner = ChildRenderer(nursery, seen, RenderSettings(), WorkerSettings())
    renderer = FrugalRenderer(inner, 10.0)
    await renderer.start()
    try:
        await renderer.render(a_task(Path(sys.argv[2])), ignore)
    except PreviewError as error:
        print(error.code.code, *(event.status for event in seen.all_of(ChildExited)))
    await renderer.close()

asyncio.run(main())
"""


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group with little memory, below our own; skipped where none may be made."""
    made = _make_group()
    if made is None:
        pytest.skip("control groups cannot be made here")
    yield made
    with suppress(OSError):
        made.rmdir()


def _make_group() -> Path | None:
    name = f"preview-test-{uuid.uuid4().hex}"
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers not in {"", "memory"}:
            continue
        parent = Path("/sys/fs/cgroup", controllers, path[1:])
        limit = "memory.limit_in_bytes" if controllers else "memory.max"
        with suppress(OSError):
            (parent / name).mkdir()
            if (parent / name / limit).is_file():
                (parent / name / limit).write_text(str(LIMIT_BYTES))
                return parent / name
            (parent / name).rmdir()
    return None


def test_a_render_that_the_kernel_kills_twice_is_too_large(group: Path, tmp_path: Path) -> None:
    """P10: a real kill each time, the worker lives, and the reason is known."""
    before = oom_kills()
    ended = subprocess.run(
        [sys.executable, "-c", RENDER_IN_GROUP, str(group), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = ended.stdout.split()
    assert said == ["permanent.memory_budget", "signal:SIGKILL", "signal:SIGKILL"], ended.stderr
    assert oom_kills() in {before, before + 2}  # a group counts for those above it in version 2
