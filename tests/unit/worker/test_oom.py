"""Renders that the kernel ended for want of memory: told from other deaths, and tried alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError, RenderedPreview
from preview_worker.worker import FrugalRenderer, RenderTask, Report, oom
from preview_worker.worker.oom import oom_kills
from tests.fakes.parts import FakeRenderer
from tests.unit.worker.test_rendering import a_task, ignore

pytestmark = pytest.mark.anyio

EVENTS = "low 0\nhigh 0\nmax 12\noom 4\noom_kill 3\noom_group_kill 0\n"
CONTROL = "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"


@pytest.mark.parametrize(
    ("membership", "file", "text", "kills"),
    [
        ("0::/pods/a\n", "pods/a/memory.events", EVENTS, 3),
        ("0::/\n", "memory.events", EVENTS, 3),
        ("0::/not/mounted/here\n", "memory.events", EVENTS, 3),
        ("5:devices:/\n4:memory:/pods/a\n0::/\n", "memory/pods/a/memory.oom_control", CONTROL, 2),
        ("4:cpu,memory:/docker/x\n", "memory/memory.oom_control", CONTROL, 2),
        ("0::/\n", "memory.events", "low 0\n", 0),
        ("0::/\n", "elsewhere", EVENTS, 0),
        ("", "elsewhere", EVENTS, 0),
    ],
)
def test_kills_are_counted_where_the_control_group_is(
    tmp_path: Path, membership: str, file: str, text: str, kills: int
) -> None:
    """P10: by both versions, as seen from inside a container and from outside."""
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text)
    assert oom_kills(membership, tmp_path) == kills


class Machine(FakeRenderer):
    """Renders one at a time at most; a second one beside it is killed by the kernel."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int = 1) -> None:
        """Have room for so many renders side by side."""
        super().__init__(gate=asyncio.Event())
        self.room = room
        self.kills = 0
        self.running = 0
        self.killed = asyncio.Event()
        self.begun = asyncio.Event()
        monkeypatch.setattr(oom, "oom_kills", lambda: self.kills)

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Render, if there is room."""
        if self.running >= self.room:
            self.renders += 1
            self.kills += 1
            self.killed.set()
            raise PreviewError(ErrorCode.CHILD_KILLED)
        self.running += 1
        self.begun.set()
        try:
            return await super().render(task, report)
        finally:
            self.running -= 1


def open_the_gate(machine: Machine) -> None:
    """Let the renders end."""
    assert machine.gate is not None
    machine.gate.set()


async def test_a_render_that_was_too_much_beside_others_is_repeated_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10: it waits until the others have ended, keeps new ones out, and both are rendered."""
    machine = Machine(monkeypatch)
    renderer = FrugalRenderer(machine, 20.0)
    first = asyncio.create_task(renderer.render(a_task(tmp_path), ignore))
    await machine.begun.wait()
    second = asyncio.create_task(renderer.render(a_task(tmp_path), ignore))
    await machine.killed.wait()
    open_the_gate(machine)
    assert (await first).title == (await second).title
    assert (machine.renders, machine.kills) == (3, 1)


async def test_a_render_that_is_too_much_alone_is_not_tried_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10: a second kill is an answer."""
    machine = Machine(monkeypatch, room=0)
    with pytest.raises(PreviewError, match="though it ran alone") as failed:
        await FrugalRenderer(machine, 20.0).render(a_task(tmp_path), ignore)
    assert failed.value.code is ErrorCode.MEMORY
    assert machine.renders == 2


async def test_a_render_that_cannot_be_alone_is_left_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10: the others go on for too long, so the job is tried again by its backoff."""
    machine = Machine(monkeypatch)
    renderer = FrugalRenderer(machine, 0.05)
    first = asyncio.create_task(renderer.render(a_task(tmp_path), ignore))
    await machine.begun.wait()
    with pytest.raises(PreviewError) as failed:
        await renderer.render(a_task(tmp_path), ignore)
    assert failed.value.code is ErrorCode.OOM
    open_the_gate(machine)
    await first
    assert (await renderer.render(a_task(tmp_path), ignore)).frames


async def test_a_death_that_the_kernel_does_not_own_up_to_is_told_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P10: somebody may kill a render by hand."""
    monkeypatch.setattr(oom, "oom_kills", lambda: 7)
    renderer = FrugalRenderer(FakeRenderer(error=PreviewError(ErrorCode.CHILD_KILLED)), 1.0)
    with pytest.raises(PreviewError) as failed:
        await renderer.render(a_task(tmp_path), ignore)
    assert failed.value.code is ErrorCode.CHILD_KILLED
