"""The nursery and its zygote, with real processes."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from preview_worker.events import ChildRestarted, Observer
from preview_worker.worker.framing import read_message
from preview_worker.worker.nursery import Nursery, NurseryError
from preview_worker.worker.offspring import Child
from preview_worker.worker.walls import Ceilings, Enclosure
from tests.fakes.observers import Recorder

pytestmark = pytest.mark.anyio

WARM_UP = "tests.fakes.renders:warm_up"


@asynccontextmanager
async def nursery_of(
    render: str, warm_up: str = WARM_UP, observer: Observer | None = None
) -> AsyncIterator[Nursery]:
    """Run a nursery whose children call one of the stand-ins."""
    nursery = Nursery(f"tests.fakes.renders:{render}", warm_up, observer)
    try:
        yield nursery
    finally:
        await nursery.close()


@asynccontextmanager
async def child_of(nursery: Nursery) -> AsyncIterator[Child]:
    """Fork a child and close our end of its connection at last."""
    child = await nursery.fork()
    try:
        yield child
    finally:
        await child.close()


async def set_to_work(child: Child, directory: Path) -> dict[str, object] | None:
    """Send a child its task and return its first message."""
    await send_orders(child, directory)
    return await read_message(child.reader)


async def send_orders(child: Child, directory: Path) -> None:
    """Send a child the walls that it has to put up, and its task."""
    enclosure = Enclosure((), (directory,), Ceilings(1 << 30, 60, 1 << 30))
    for order in (enclosure, (None, directory, None, None, False)):
        await child.send(pickle.dumps(order))


async def test_a_child_runs_the_task_and_ends(tmp_path: Path) -> None:
    """What the render raised comes back as a verdict, and the process ends by itself."""
    async with nursery_of("refuse") as nursery, child_of(nursery) as child:
        verdict = await set_to_work(child, tmp_path)
        assert verdict is not None
        assert verdict["error"] == "invalid.asset_missing"
        assert (await child.exited).description == "ok"


async def test_children_share_one_zygote(tmp_path: Path) -> None:
    """The media libraries are loaded once for all children."""
    async with (
        nursery_of("hang") as nursery,
        child_of(nursery) as first,
        child_of(nursery) as second,
    ):
        await set_to_work(first, tmp_path)
        await set_to_work(second, tmp_path)
        assert first.pid != second.pid
        assert {nursery.zygote_pid} == {_parent_of(first.pid), _parent_of(second.pid)}


async def test_the_death_of_a_child_is_told_with_its_signal(tmp_path: Path) -> None:
    """The worker learns from the zygote how a child ended."""
    async with nursery_of("crash") as nursery, child_of(nursery) as child:
        await send_orders(child, tmp_path)
        assert (await child.exited).description == "signal:SIGSEGV"


async def test_a_child_that_ends_before_anybody_speaks_to_it_tells_how(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system may kill a process at any moment, its first one too."""
    connect = asyncio.open_unix_connection

    async def connect_when_it_is_gone(sock: socket.socket) -> object:
        [child] = _children_of(nursery.zygote_pid)
        os.kill(child, signal.SIGKILL)
        while await asyncio.to_thread(_children_of, nursery.zygote_pid):
            pass
        monkeypatch.undo()
        async with child_of(nursery):  # told of after the other one's end
            return await connect(sock=sock)

    async with nursery_of("hang") as nursery:
        await nursery.start()
        monkeypatch.setattr(asyncio, "open_unix_connection", connect_when_it_is_gone)
        async with child_of(nursery) as child:
            assert (await child.exited).description == "signal:SIGKILL"


async def test_killing_a_child_kills_what_it_started(tmp_path: Path) -> None:
    """The whole process group goes, so nothing is left that could write files."""
    async with nursery_of("leave_a_grandchild") as nursery, child_of(nursery) as child:
        await set_to_work(child, tmp_path)
        grandchild = int((tmp_path / "grandchild").read_text())
        nursery.kill(child, signal.SIGKILL)
        await child.exited
        await _gone(grandchild)


async def test_children_die_with_their_zygote(tmp_path: Path) -> None:
    """No render goes on without anybody to report to."""
    async with nursery_of("hang") as nursery, child_of(nursery) as child:
        await set_to_work(child, tmp_path)
        assert nursery.zygote_pid is not None
        os.kill(nursery.zygote_pid, signal.SIGKILL)
        assert (await child.exited).status is None
        await _gone(child.pid)


async def test_a_child_of_a_zygote_that_just_died_counts_as_ended_once_it_is_signalled(
    tmp_path: Path,
) -> None:
    """Whoever stops a render need not know that its zygote is gone, of which nobody heard yet."""
    async with nursery_of("leave_a_grandchild") as nursery, child_of(nursery) as child:
        await set_to_work(child, tmp_path)
        grandchild = int((tmp_path / "grandchild").read_text())
        zygote = nursery.zygote_pid
        assert zygote is not None
        _kill_and_see_it_dead(zygote)
        nursery.kill(child, signal.SIGTERM)
        assert child.exited.result().status is None
        await _gone(child.pid)
        await _gone(grandchild)


async def test_a_zygote_that_heeds_no_signals_is_ended_with_its_children(tmp_path: Path) -> None:
    """It has stopped, and so many orders wait for it that no more find room."""
    async with nursery_of("leave_a_grandchild") as nursery, child_of(nursery) as child:
        await set_to_work(child, tmp_path)
        grandchild = int((tmp_path / "grandchild").read_text())
        zygote = nursery.zygote_pid
        assert zygote is not None
        os.kill(zygote, signal.SIGSTOP)
        while not child.exited.done():
            nursery.kill(child, signal.SIGTERM)
        assert nursery.zygote_pid is None
        for pid in (zygote, child.pid, grandchild):
            await _gone(pid)


async def test_a_dead_zygote_is_replaced_when_the_next_child_is_wanted() -> None:
    """One bad end does not take the worker out of service, and is told."""
    recorder = Recorder()
    async with nursery_of("refuse", observer=recorder) as nursery:
        async with child_of(nursery) as first:
            assert recorder.events == []
            dead = nursery.zygote_pid
            assert dead is not None
            os.kill(dead, signal.SIGKILL)
            await first.exited
        async with child_of(nursery) as second:
            assert nursery.zygote_pid not in {None, dead}
            assert second.pid != first.pid
            assert recorder.events == [ChildRestarted(job_id=None, reason="zygote")]


async def test_closing_ends_all_children(tmp_path: Path) -> None:
    """After close nothing of the nursery runs any more."""
    nursery = Nursery("tests.fakes.renders:hang", WARM_UP)
    async with child_of(nursery) as child:
        await set_to_work(child, tmp_path)
        zygote = nursery.zygote_pid
        await nursery.close()
        assert zygote is not None
        await _gone(zygote)
        await _gone(child.pid)


async def test_closing_twice_is_harmless() -> None:
    """Whoever cleans up need not know whether somebody did before."""
    nursery = Nursery("tests.fakes.renders:hang", WARM_UP)
    await nursery.start()
    await nursery.close()
    await nursery.close()


async def test_a_zygote_that_cannot_load_its_libraries_is_an_error() -> None:
    """A worker that could never render says so at its start."""
    async with nursery_of("succeed", "tests.fakes.scarcity:fail_to_warm_up") as nursery:
        with pytest.raises(NurseryError, match="did not start"):
            await nursery.start()


async def test_a_zygote_with_threads_is_refused() -> None:
    """Forking a process with threads can lock up the child, so it is never done."""
    async with nursery_of("succeed", "tests.fakes.renders:warm_up_with_a_thread") as nursery:
        with pytest.raises(NurseryError, match="threads"):
            await nursery.start()


def _kill_and_see_it_dead(pid: int) -> None:
    """Return when our child is dead; its parent has not waited for it, nor has the loop turned."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def _children_of(pid: int | None) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


async def _gone(pid: int) -> None:
    """Return when the process is no more, or only a zombie that its new parent has to reap."""
    deadline_s = asyncio.get_running_loop().time() + 5
    while _is_alive(pid):
        assert asyncio.get_running_loop().time() < deadline_s, f"process {pid} is still there"
        await asyncio.to_thread(os.sched_yield)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
