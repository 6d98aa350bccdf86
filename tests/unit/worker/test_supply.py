"""Processes and descriptors that are not to be had: told apart from defects, and found again."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import RenderSettings
from preview_worker.worker.nursery import Nursery, RefusedError
from preview_worker.worker.rendering import ChildRenderer
from preview_worker.worker.settings import WorkerSettings
from preview_worker.worker.supply import Supply, is_exhaustion
from tests.fakes.observers import Recorder
from tests.fakes.scarcity import FORKS_REFUSED
from tests.scarcity import no_descriptors_left
from tests.unit.worker.test_nursery import child_of, nursery_of, set_to_work
from tests.unit.worker.test_rendering import a_task, ignore

pytestmark = pytest.mark.anyio


@contextmanager
def forks_refused(marker: Path) -> Iterator[None]:
    """Have the zygote's forks fail as at the limit of processes, as long as the block runs."""
    marker.touch()
    try:
        yield
    finally:
        marker.unlink()


@pytest.fixture
def marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file whose presence refuses forks, known to the zygote by its search path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / FORKS_REFUSED


async def test_a_child_without_descriptors_is_refused_and_the_next_one_is_not() -> None:
    """P15: the socket pair cannot be made; nothing of it is left open."""
    async with nursery_of("refuse") as nursery:
        await nursery.start()
        with no_descriptors_left(), pytest.raises(RefusedError, match="Too many open files"):
            await nursery.fork()
        async with child_of(nursery):
            pass


async def test_a_zygote_without_descriptors_is_refused() -> None:
    """P15: there is none yet, and none can be started now."""
    async with nursery_of("refuse") as nursery:
        with no_descriptors_left(), pytest.raises(RefusedError, match="Too many open files"):
            await nursery.start()
        await nursery.start()


async def test_a_fork_that_fails_leaves_zygote_and_children_alone(
    tmp_path: Path, marker: Path
) -> None:
    """P15: the limit of processes costs one job's turn, not the renders beside it."""
    async with (
        nursery_of("refuse", "tests.fakes.scarcity:warm_up_without_forks") as nursery,
        child_of(nursery) as child,
    ):
        zygote = nursery.zygote_pid
        with forks_refused(marker), pytest.raises(RefusedError, match="temporarily unavail"):
            await nursery.fork()
        assert nursery.zygote_pid == zygote
        assert await set_to_work(child, tmp_path)
        assert (await child.exited).description == "ok"


async def test_supply_refuses_until_a_child_is_to_be_had_again(marker: Path) -> None:
    """P15: nobody has to add a job or start the worker anew."""
    async with nursery_of("refuse", "tests.fakes.scarcity:warm_up_without_forks") as nursery:
        supply = Supply(nursery)
        await nursery.start()
        assert await supply.refusal() is None
        with forks_refused(marker):
            assert await supply.refusal() is None  # nobody was refused yet
            supply.note_refusal()
            assert "temporarily unavailable" in (await supply.refusal() or "")
        assert await supply.refusal() is None
        with no_descriptors_left():
            assert "Too many open files" in (await supply.refusal() or "")
        assert await supply.refusal() is None


async def test_a_render_that_gets_no_process_is_tried_again(tmp_path: Path, marker: Path) -> None:
    """P15: the job is not at fault, and the renderer asks for patience."""
    nursery = Nursery("tests.fakes.renders:succeed", "tests.fakes.scarcity:warm_up_without_forks")
    renderer = ChildRenderer(nursery, Recorder(), RenderSettings(), WorkerSettings())
    try:
        await renderer.start()
        with forks_refused(marker):
            with pytest.raises(PreviewError) as refused:
                await renderer.render(a_task(tmp_path), ignore)
            assert refused.value.code is ErrorCode.EXHAUSTED
            assert await renderer.supply.refusal() is not None
        assert await renderer.supply.refusal() is None
    finally:
        await renderer.close()


@pytest.mark.parametrize(
    ("error", "exhausted"),
    [
        (OSError(errno.EMFILE, "Too many open files"), True),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), True),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("something else"), False),
        (OSError(errno.ENOENT, "No such file or directory"), False),
    ],
    ids=str,
)
def test_exhaustion_is_told_from_defects(error: Exception, *, exhausted: bool) -> None:
    """P15: a thread that cannot be started is no bug of ours."""
    assert is_exhaustion(error) is exhausted
