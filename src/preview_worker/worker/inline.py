"""Rendering in this very process: for a payload that somebody renders by hand.

There is no wall between the renderer and the worker here, so jobs from a queue never come this way.
"""

from __future__ import annotations

import asyncio

from preview_worker.assets import Fetched, Wanted
from preview_worker.contract import PreviewJob, RenderedPreview
from preview_worker.render import (
    Provision,
    RenderSettings,
    asset_addresses,
    input_digest,
    render_preview,
)
from preview_worker.worker.enclosures import trim, with_own_cache
from preview_worker.worker.ports import RenderTask, Report


class InlineRenderer:
    """A ``Renderer`` that works in a thread."""

    def __init__(self, settings: RenderSettings) -> None:
        """Render within the limits of ``settings``."""
        self._settings = settings

    async def start(self) -> None:
        """Do nothing: the media libraries are loaded by the first render."""

    async def close(self) -> None:
        """Do nothing: no process was started."""

    async def wanted(self, job: PreviewJob) -> Wanted:
        """Plan the job in a thread to see which addresses it names."""
        return await asyncio.to_thread(asset_addresses, job, self._settings)

    async def digest(self, job: PreviewJob, fetched: Fetched) -> str:
        """Hash what decides the preview's looks."""
        return await asyncio.to_thread(input_digest, job, self._settings, fetched)

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Render in a thread; progress is reported from that thread's side into the loop."""
        loop = asyncio.get_running_loop()

        def relay(phase: str, fraction: float) -> None:
            loop.call_soon_threadsafe(report, phase, fraction)

        provision = Provision(task.live, task.digest, task.fetched)
        settings = with_own_cache(self._settings, task.job)
        preview = await asyncio.to_thread(
            render_preview, task.job, task.directory, settings, relay, provision
        )
        await trim(self._settings)
        return preview
