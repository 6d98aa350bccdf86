"""What a render may use up, and what becomes of one that wants more or leaves something behind."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import RenderSettings
from preview_worker.worker.nursery import Nursery
from preview_worker.worker.rendering import ChildRenderer
from preview_worker.worker.settings import WorkerSettings
from tests.fakes.observers import Recorder
from tests.unit.worker.test_rendering import PATIENT, a_task, ignore, renderer_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are those of Linux"),
]

MIB = 1 << 20
FRUGAL = replace(PATIENT, memory_max_bytes=256 * MIB, output_max_bytes=4 * MIB)
ATTENTIVE = replace(PATIENT, silence_max_s=2, busy_share=0.05)
"""A twentieth of the time is more than a process that sleeps uses, and less than one that spins
gets even on a machine that is busy with other things."""


@pytest.mark.parametrize(
    ("render", "settings", "code"),
    [
        ("misdeeds:hoard_memory", FRUGAL, ErrorCode.MEMORY),
        ("misdeeds:write_one_large_file", FRUGAL, ErrorCode.OUTPUT),
        ("misdeeds:write_many_files", FRUGAL, ErrorCode.OUTPUT),
        ("misdeeds:spin_in_c", replace(PATIENT, cpu_max_s=1), ErrorCode.TIMEOUT),
        ("spin", replace(PATIENT, cpu_max_s=1), ErrorCode.TIMEOUT),
        ("misdeeds:spin_in_c", ATTENTIVE, ErrorCode.TIMEOUT),
        ("misdeeds:wait_for_a_helper_that_spins", ATTENTIVE, ErrorCode.TIMEOUT),
        ("misdeeds:fall_asleep", ATTENTIVE, ErrorCode.STARVED),
        ("misdeeds:abort", PATIENT, ErrorCode.CRASH),
        ("misdeeds:leave", PATIENT, ErrorCode.PROTOCOL),
        ("misdeeds:garble", PATIENT, ErrorCode.PROTOCOL),
        ("misdeeds:hang_up", PATIENT, ErrorCode.PROTOCOL),
    ],
)
async def test_a_render_that_goes_too_far_has_its_code(
    tmp_path: Path, render: str, settings: WorkerSettings, code: ErrorCode
) -> None:
    """P8, P9, P11, P13: whatever it does, the job is told why there is no preview."""
    async with renderer_of(render, Recorder(), settings) as renderer:
        with pytest.raises(PreviewError) as failed:
            await renderer.render(a_task(tmp_path), ignore)
    assert failed.value.code is code


async def test_nothing_is_left_of_a_render_that_daemonises(tmp_path: Path) -> None:
    """P12: who lost his parent is found by his group, and gone when the render's end is told."""
    async with renderer_of("misdeeds:daemonise", Recorder()) as renderer:
        await renderer.render(a_task(tmp_path), ignore)
        orphan = int((tmp_path / "orphan").read_text())
        with pytest.raises(ProcessLookupError):
            os.kill(orphan, 0)


async def test_a_child_has_no_descriptor_but_its_own(tmp_path: Path) -> None:
    """Standard input, output and error, and the connection to the worker."""
    async with renderer_of("misdeeds:list_descriptors", Recorder()) as renderer:
        preview = await renderer.render(a_task(tmp_path), ignore)
    assert preview.title == "0 1 2 3"


@pytest.mark.parametrize("required", [True, False])
async def test_a_wall_that_is_not_to_be_had(tmp_path: Path, *, required: bool) -> None:
    """A render refuses to work without it, unless it may: another worker may have it."""
    nursery = Nursery("tests.fakes.renders:succeed", "tests.fakes.renders:lose_landlock")
    settings = replace(PATIENT, sandbox="required" if required else "degraded")
    renderer = ChildRenderer(nursery, Recorder(), RenderSettings(), settings)
    try:
        if not required:
            await renderer.render(a_task(tmp_path), ignore)
            return
        with pytest.raises(PreviewError, match="PREVIEW_SANDBOX=degraded") as failed:
            await renderer.render(a_task(tmp_path), ignore)
        assert failed.value.code is ErrorCode.SANDBOX
    finally:
        await renderer.close()


async def test_a_render_that_takes_its_time_is_let_be(tmp_path: Path) -> None:
    """P11: it beats while it waits and works, and so do its helpers while they live."""
    async with renderer_of("misdeeds:take_its_time", Recorder(), ATTENTIVE) as renderer:
        preview = await renderer.render(a_task(tmp_path), ignore)
    assert preview.title == "Lighthouse Keepers"
