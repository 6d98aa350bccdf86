"""Rendering in a child process: started, listened to, bounded in time, and its end explained."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import signal
import time
from typing import TYPE_CHECKING, Any

from preview_worker.assets import Fetched, Wanted
from preview_worker.contract import (
    ErrorCode,
    PreviewError,
    PreviewJob,
    RenderedPreview,
    read_rendered,
)
from preview_worker.events import ChildExited, Observer
from preview_worker.render import Provision, RenderSettings, asset_addresses, input_digest
from preview_worker.worker.framing import FramingError, read_message
from preview_worker.worker.nursery import Child, Exit, Nursery, NurseryError, RefusedError
from preview_worker.worker.supply import Supply

if TYPE_CHECKING:
    from preview_worker.worker.ports import RenderTask, Report
    from preview_worker.worker.settings import WorkerSettings

_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}


class ChildRenderer:
    """Renders every task in a process of its own, so that none can harm the worker or the next."""

    def __init__(
        self,
        nursery: Nursery,
        observer: Observer,
        render_settings: RenderSettings,
        settings: WorkerSettings,
    ) -> None:
        """Take children from ``nursery`` and tell ``observer`` how each of them ended."""
        self._nursery = nursery
        self.supply = Supply(nursery)
        self._observer = observer
        self._render_settings = render_settings
        self._settings = settings

    async def start(self) -> None:
        """Load the media libraries, so that the first job need not wait for them.

        A system that has nothing left for them is asked again while ``supply`` refuses.
        """
        try:
            await self._nursery.start()
        except RefusedError:
            self.supply.note_refusal()

    async def close(self) -> None:
        """End every render process."""
        await self._nursery.close()

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
        """Render ``task`` in a fresh child; see ``Renderer.render`` for errors and cancelling."""
        try:
            child = await self._nursery.fork()
        except RefusedError as error:
            self.supply.note_refusal()
            raise PreviewError(ErrorCode.EXHAUSTED, f"{error}".capitalize() + ".") from None
        except NurseryError as error:
            raise PreviewError(ErrorCode.CHILD_KILLED, f"{error}".capitalize() + ".") from None
        started_s = time.monotonic()
        verdict: dict[str, Any] | None = None
        try:
            async with asyncio.timeout(self._settings.render_timeout_s):
                verdict = await self._converse(child, task, report)
                ended = await asyncio.shield(child.exited)
        except TimeoutError:
            ended = await self._stop(child)
            raise self._overdue(ended) from None
        except FramingError as error:
            await self._stop(child)
            raise PreviewError(ErrorCode.PROTOCOL, f"The render process failed: {error}.") from None
        finally:
            ended = await self._finish(child)
            self._observer.observe(_describe(task, verdict, ended, time.monotonic() - started_s))
        return _judge(verdict, ended)

    async def _converse(
        self, child: Child, task: RenderTask, report: Report
    ) -> dict[str, Any] | None:
        """Send the task, pass progress on, return the verdict or None when there was none."""
        provision = Provision(task.live, task.digest, task.fetched)
        order = pickle.dumps((task.job, task.directory, self._render_settings, provision))
        with contextlib.suppress(ConnectionError):  # it ended at once; its exit will tell why
            await child.send(order)
            while message := await read_message(child.reader):
                if "phase" not in message:
                    return message
                report(*_progress(message))
        return None

    async def _finish(self, child: Child) -> Exit:
        """See to it that the child is gone, even while this call is being cancelled."""
        ending = asyncio.ensure_future(self._stop(child))
        while not ending.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(ending)
        return ending.result()

    async def _stop(self, child: Child) -> Exit:
        """Ask the child's process group to end, then make it."""
        if not child.exited.done():
            self._nursery.kill(child, signal.SIGTERM)
            await asyncio.wait([child.exited], timeout=self._settings.kill_after_s)
            self._nursery.kill(child, signal.SIGKILL)
        ended = await child.exited
        await child.close()
        return ended

    def _overdue(self, ended: Exit) -> PreviewError:
        limit_s = self._settings.render_timeout_s
        starved = ended.cpu_s < self._settings.busy_share * limit_s
        code = ErrorCode.STARVED if starved else ErrorCode.TIMEOUT
        return PreviewError(
            code, f"The render was stopped after {limit_s:g} s; it used {ended.cpu_s:.1f} s of CPU."
        )


def _progress(message: dict[str, Any]) -> tuple[str, float]:
    phase, fraction = message["phase"], message.get("fraction")
    if not isinstance(phase, str) or not isinstance(fraction, int | float):
        reason = "a progress message has no phase and fraction"
        raise FramingError(reason)
    return phase, min(max(float(fraction), 0.0), 1.0)


def _judge(verdict: dict[str, Any] | None, ended: Exit) -> RenderedPreview:
    """Turn the child's verdict, or its end without one, into a preview or an error."""
    if verdict is None:
        raise _unexplained(ended)
    if "done" in verdict:
        try:
            return read_rendered(verdict["done"])
        except ValueError as error:
            detail = f"The render process spoke in riddles: {error}."
            raise PreviewError(ErrorCode.PROTOCOL, detail) from None
    try:
        raise PreviewError(ErrorCode.of(verdict["error"]), str(verdict["message"]))
    except (KeyError, ValueError):
        detail = "The render process gave a reason that nobody knows."
        raise PreviewError(ErrorCode.PROTOCOL, detail) from None


def _unexplained(ended: Exit) -> PreviewError:
    number = ended.signal_number
    if number in _CRASHES:
        return PreviewError(ErrorCode.CRASH, f"The render process crashed ({ended.description}).")
    if number is not None:
        detail = f"Something outside ended the render process ({ended.description})."
        return PreviewError(ErrorCode.CHILD_KILLED, detail)
    detail = f"The render process ended without a word ({ended.description})."
    return PreviewError(ErrorCode.PROTOCOL, detail)


def _describe(
    task: RenderTask, verdict: dict[str, Any] | None, ended: Exit, wall_s: float
) -> ChildExited:
    status = "error" if verdict and "done" not in verdict else ended.description
    return ChildExited(
        job_id=task.job_id, status=status, wall_s=wall_s, cpu_s=ended.cpu_s, rss_kib=ended.rss_kib
    )
