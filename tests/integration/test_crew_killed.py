"""The crew of a render, in a real worker: it never outlives the process that it works for."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from tests.jobs import LONG, add
from tests.workers import WorkerUnderTest, a_worker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="crews are forked on Linux only")

DEADLINE_S = 30


def test_the_crew_of_a_killed_render_ends_with_it(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """As when the kernel picks the render for want of memory: the worker goes on and is told."""
    with a_worker(queue_settings, tmp_path, PREVIEW_RENDER_PROCESSES="3") as worker:
        add(queue_settings, LONG)
        render, crew = _render_with_crew(worker, 3)
        with ExitStack() as stack:
            ends = [stack.enter_context(_watched(pid)) for pid in crew]
            for member in crew:
                os.kill(member, signal.SIGSTOP)  # so that none can end of its own accord
            os.kill(render, signal.SIGKILL)
            for end in ends:
                assert select.select([end], [], [], DEADLINE_S)[0]
        worker.wait_for("job.settled", result="retry")


def test_a_render_whose_crew_loses_a_member_ends(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """It is told as killed, which is tried again, and the rest of the crew goes as well."""
    with a_worker(queue_settings, tmp_path, PREVIEW_RENDER_PROCESSES="2") as worker:
        add(queue_settings, LONG)
        render, (member, other) = _render_with_crew(worker, 2)
        with _watched(render) as first, _watched(other) as second:
            os.kill(other, signal.SIGSTOP)
            os.kill(member, signal.SIGKILL)
            for end in (first, second):
                assert select.select([end], [], [], DEADLINE_S)[0]
        settled = worker.wait_for("job.settled", result="retry")

    assert settled["code"] == "transient.child_killed"


@contextmanager
def _watched(pid: int) -> Iterator[int]:
    """Return a descriptor that is readable when the process has ended, as it has afterwards."""
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)


def _render_with_crew(worker: WorkerUnderTest, members: int) -> tuple[int, list[int]]:
    """Return the render process of a job and its crew, as soon as all of it works."""
    worker.wait_for("job.started")  # what had a crew before that was the trial of the walls
    deadline_s = time.monotonic() + DEADLINE_S
    while True:
        for zygote in _children(worker.process.pid):
            for render in _children(zygote):
                crew = _children(render)
                if len(crew) == members and all(map(_works, crew)):
                    return render, crew
        assert time.monotonic() < deadline_s, "no render forked a crew"


def _works(pid: int) -> bool:
    """Tell whether a process has used so much time that it is no longer about to begin."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return int(facts[11]) * 1000 >= 50 * os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    """Return the children of all threads of a process; none of one that is gone."""
    try:
        listings = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for listing in listings for child in listing.split()]
