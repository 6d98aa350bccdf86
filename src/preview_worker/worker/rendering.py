"""Rendering in a child process: started, listened to, bounded in time, and its end explained."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from preview_worker.assets import Fetched, Wanted
from preview_worker.contract import ErrorCode, PreviewError, PreviewJob, RenderedPreview
from preview_worker.events import ChildExited, ChildRestarted, Observer
from preview_worker.render import (
    Provision,
    RenderSettings,
    asset_addresses,
    input_digest,
    rehearse_plan,
)
from preview_worker.worker.conversation import SilentError, converse
from preview_worker.worker.enclosures import enclose, trim, with_own_cache
from preview_worker.worker.exchange import Exchange
from preview_worker.worker.framing import FramingError
from preview_worker.worker.leavings import empty_folder, size_of
from preview_worker.worker.nursery import Nursery, NurseryError, RefusedError
from preview_worker.worker.offspring import Child, Exit
from preview_worker.worker.silence import Silence
from preview_worker.worker.supply import Supply
from preview_worker.worker.verdicts import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from preview_worker.worker.ports import RenderTask, Report
    from preview_worker.worker.settings import WorkerSettings
    from preview_worker.worker.sharing import SceneSharing


class ChildRenderer:
    """Renders every task in a process of its own, so that none can harm the worker or the next."""

    def __init__(
        self,
        nursery: Nursery,
        observer: Observer,
        render_settings: RenderSettings,
        settings: WorkerSettings,
        sharing: SceneSharing | None = None,
    ) -> None:
        """Take children from ``nursery`` and tell ``observer`` how each of them ended.

        With ``sharing``, scenes come from other workers as well, and go to them.
        """
        self._nursery = nursery
        self.supply = Supply(nursery)
        self._observer = observer
        self._render_settings = render_settings
        self._settings = settings
        self._sharing = sharing
        self._trimming: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the media libraries, so that the first job need not wait for them.

        Meanwhile a plan is rehearsed here: this process plans every job too. A system that has
        nothing left for the libraries is asked again while ``supply`` refuses.
        """
        rehearsal = asyncio.ensure_future(asyncio.to_thread(rehearse_plan, self._render_settings))
        try:
            await self._nursery.start()
        except RefusedError:
            self.supply.note_refusal()
        finally:
            await rehearsal

    async def close(self) -> None:
        """End every render process."""
        await self._nursery.close()
        if self._trimming is not None:
            await asyncio.wait([self._trimming])
        if self._sharing is not None:
            await self._sharing.close()

    async def refusal(self) -> str | None:
        """Say why nothing could be rendered now; None when it could."""
        return None if self._nursery.zygote_pid else "the render zygote does not run"

    async def wanted(self, job: PreviewJob) -> Wanted:
        """Plan the job in a thread to see which addresses it names."""
        return await asyncio.to_thread(asset_addresses, job, self._render_settings)

    async def digest(self, job: PreviewJob, fetched: Fetched) -> str:
        """Hash what decides the preview's looks, in a thread because it reads asset files."""
        return await asyncio.to_thread(input_digest, job, self._render_settings, fetched)

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Render ``task`` in a fresh child; see ``Renderer.render`` for errors and cancelling.

        A crash may have been bad luck, so it is tried once more, within the same time limit.
        """
        deadline_s = asyncio.get_running_loop().time() + self._settings.render_timeout_s
        try:
            try:
                preview = await self._attempt(task, report, deadline_s)
            except PreviewError as error:
                if error.code is not ErrorCode.CRASH:
                    raise
                await asyncio.to_thread(empty_folder, task.directory)
                self._observer.observe(ChildRestarted(job_id=task.job_id, reason="crash"))
                preview = await self._attempt(task, report, deadline_s)
            await asyncio.to_thread(self._check_output, task)
        finally:
            self._trim()
        return preview

    async def _attempt(
        self, task: RenderTask, report: Report, deadline_s: float
    ) -> RenderedPreview:
        async with self._open_exchange(task) as exchange:
            return await self._listen(task, report, deadline_s, exchange)

    def _open_exchange(self, task: RenderTask) -> AbstractAsyncContextManager[Exchange | None]:
        """Return what answers the render's questions for scenes, if those are shared."""
        sharing, folder = self._sharing, with_own_cache(self._render_settings, task.job).cache_dir
        if sharing is None or folder is None or task.still is not None or task.job.dry_run:
            return contextlib.nullcontext()
        thorough = task.part is not None
        return Exchange(sharing, task.job_id, folder, thorough=thorough)

    async def _listen(
        self, task: RenderTask, report: Report, deadline_s: float, exchange: Exchange | None
    ) -> RenderedPreview:
        """Have one child render ``task``, and return what it says."""
        orders = await self._orders(task, shared=exchange is not None)
        child = await self._fork()
        started_s = time.monotonic()
        verdict: dict[str, Any] | None = None
        silence = Silence(self._settings.silence_max_s)
        try:
            async with asyncio.timeout_at(deadline_s):
                verdict = await converse(child, orders, report, silence, exchange)
            await asyncio.wait([child.exited], timeout=self._settings.kill_after_s)
        except TimeoutError:
            ended = await self._stop(child)
            raise self._overdue(ended, time.monotonic() - started_s) from None
        except SilentError:
            ended = await self._stop(child)
            raise self._silent(ended, silence) from None
        except FramingError as error:
            await self._stop(child)
            raise PreviewError(ErrorCode.PROTOCOL, f"The render process failed: {error}.") from None
        finally:
            ended = await self._finish(
                child, lambda end: _describe(task, verdict, end, time.monotonic() - started_s)
            )
        return judge(verdict, ended, self._settings)

    async def _fork(self) -> Child:
        try:
            return await self._nursery.fork()
        except RefusedError as error:
            self.supply.note_refusal()
            raise PreviewError(ErrorCode.EXHAUSTED, f"{error}".capitalize() + ".") from None
        except NurseryError as error:
            raise PreviewError(ErrorCode.CHILD_KILLED, f"{error}".capitalize() + ".") from None

    async def _orders(self, task: RenderTask, *, shared: bool) -> tuple[object, object]:
        """Return the enclosure of the child and the arguments of its render."""
        settings = with_own_cache(self._render_settings, task.job)
        try:
            enclosure = await asyncio.to_thread(enclose, task, settings, self._settings)
        except OSError as error:
            reason = f"The render's folders could not be made: {error.strerror}."
            raise PreviewError(ErrorCode.DISK, reason) from error
        wishes = (task.still, task.part)
        provision = Provision(task.live, task.digest, task.fetched, *wishes, lost=task.lost)
        return enclosure, (task.job, task.directory, settings, provision, shared)

    def _check_output(self, task: RenderTask) -> None:
        written = size_of(task.directory)
        if written > self._settings.output_max_bytes:
            reason = f"The render wrote {written} bytes of {self._settings.output_max_bytes}."
            raise PreviewError(ErrorCode.OUTPUT, reason)

    def _trim(self) -> None:
        """Keep the cache small, in the background; it is looked at once in a while only."""
        if self._trimming is None or self._trimming.done():
            self._trimming = asyncio.create_task(trim(self._render_settings))

    async def _finish(self, child: Child, describe: Callable[[Exit], ChildExited]) -> Exit:
        """See to it that the child is gone and told of; only then heed that we are cancelled."""
        ending = asyncio.ensure_future(self._stop(child))
        cancelled: asyncio.CancelledError | None = None
        while not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError as error:
                cancelled = error
        self._observer.observe(describe(ending.result()))
        if cancelled is not None:
            raise cancelled
        return ending.result()

    async def _stop(self, child: Child) -> Exit:
        """Ask the child's process group to end, then make it, then wait no longer."""
        settings = self._settings
        for number, patience_s in (
            (signal.SIGTERM, settings.kill_after_s),
            (signal.SIGKILL, settings.let_go_after_s),
        ):
            if not child.exited.done():
                self._nursery.kill(child, number)
                await asyncio.wait([child.exited], timeout=patience_s)
        self._nursery.let_go(child)
        await child.close()
        return child.exited.result()

    def _overdue(self, ended: Exit, wall_s: float) -> PreviewError:
        starved = ended.cpu_s < self._settings.busy_share * wall_s
        code = ErrorCode.STARVED if starved else ErrorCode.TIMEOUT
        reason = f"The render was stopped after {wall_s:.0f} s; it used {ended.cpu_s:.1f} s of CPU."
        return PreviewError(code, reason)

    def _silent(self, ended: Exit, silence: Silence) -> PreviewError:
        limit_s, spent_s = self._settings.silence_max_s, ended.cpu_s - silence.cpu_s
        starved = spent_s < self._settings.busy_share * limit_s
        code = ErrorCode.STARVED if starved else ErrorCode.TIMEOUT
        reason = f"The render showed no sign of life for {limit_s:g} s, and was stopped; it used "
        return PreviewError(code, f"{reason}{max(spent_s, 0):.1f} s of CPU meanwhile.")


def _describe(
    task: RenderTask, verdict: dict[str, Any] | None, ended: Exit, wall_s: float
) -> ChildExited:
    status = "error" if verdict and "done" not in verdict else ended.description
    return ChildExited(
        job_id=task.job_id, status=status, wall_s=wall_s, cpu_s=ended.cpu_s, rss_kib=ended.rss_kib
    )
