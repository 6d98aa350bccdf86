"""Renders that the kernel ended for want of memory: told from other deaths, and tried alone.

The kernel's counter says that it killed something of this control group, and a render that was
ended by a signal which we did not send says what. Beside others it may have had bad luck, so it is
rendered again while nothing else is. What is too much even then will not become less.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from preview_worker.assets import Fetched, Wanted
from preview_worker.contract import ErrorCode, PreviewError, PreviewJob, RenderedPreview
from preview_worker.worker.ports import Renderer, RenderTask, Report

_GROUPS = Path("/sys/fs/cgroup")


def oom_kills(membership: str | None = None, groups: Path = _GROUPS) -> int:
    """Return how many processes of our control group the kernel killed for want of memory.

    ``membership`` is what ``/proc/self/cgroup`` says. A container may see its own group as the root
    of all, so that is looked at as well; where nobody counts it is always 0.
    """
    if membership is None:
        with contextlib.suppress(OSError):
            membership = Path("/proc/self/cgroup").read_text(encoding="utf-8")
    for line in (membership or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            files = [groups / part / "memory.events" for part in (path[1:], "")]
        elif "memory" in controllers.split(","):
            files = [groups / "memory" / part / "memory.oom_control" for part in (path[1:], "")]
        else:
            continue
        for file in files:
            with contextlib.suppress(OSError, ValueError):
                return _count(file.read_text(encoding="ascii"))
    return 0


def _count(text: str) -> int:
    """Return the value of ``oom_kill``; raise ``ValueError`` when there is none."""
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name == "oom_kill":
            return int(value)
    message = "nobody counts"
    raise ValueError(message)


class Company:
    """Lets tasks run side by side, or one of them alone."""

    def __init__(self) -> None:
        """Nobody is there."""
        self._present = 0
        self._changed = asyncio.Condition()
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def beside_others(self) -> AsyncIterator[None]:
        """Be there with others, but not while somebody is, or waits to be, alone."""
        async with self._alone:
            self._present += 1
        try:
            yield
        finally:
            self._present -= 1
            async with self._changed:
                self._changed.notify_all()

    @asynccontextmanager
    async def alone(self, within_s: float) -> AsyncIterator[None]:
        """Wait until all others have gone, and keep new ones out; raises ``TimeoutError``."""
        async with asyncio.timeout(within_s):
            await self._alone.acquire()
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: not self._present)
            yield
        finally:
            self._alone.release()


class FrugalRenderer:
    """A ``Renderer`` that repeats alone what the kernel killed for want of memory."""

    def __init__(self, renderer: Renderer, patience_s: float) -> None:
        """Render with ``renderer``; others may take ``patience_s`` to end before one is alone."""
        self._renderer = renderer
        self._patience_s = patience_s
        self._company = Company()

    async def start(self) -> None:
        """Get ready to render."""
        await self._renderer.start()

    async def close(self) -> None:
        """Stop every render."""
        await self._renderer.close()

    async def wanted(self, job: PreviewJob) -> Wanted:
        """Return the addresses of assets that have to be fetched first."""
        return await self._renderer.wanted(job)

    async def digest(self, job: PreviewJob, fetched: Fetched) -> str:
        """Hash what decides the preview's looks."""
        return await self._renderer.digest(job, fetched)

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Render ``task``, a second time and alone if the kernel had no memory for the first."""
        async with self._company.beside_others():
            preview = await self._attempt(task, report)
        if preview is not None:
            return preview
        try:
            async with self._company.alone(self._patience_s):
                preview = await self._attempt(task, report)
        except TimeoutError:
            raise PreviewError(ErrorCode.OOM) from None
        if preview is None:
            reason = "The kernel had no memory for the render, though it ran alone."
            raise PreviewError(ErrorCode.MEMORY, reason)
        return preview

    async def _attempt(self, task: RenderTask, report: Report) -> RenderedPreview | None:
        """Return the preview; None when the kernel ended the render for want of memory."""
        before = await asyncio.to_thread(oom_kills)
        try:
            return await self._renderer.render(task, report)
        except PreviewError as error:
            if error.code is not ErrorCode.CHILD_KILLED:
                raise
            if await asyncio.to_thread(oom_kills) <= before:
                raise
            return None
