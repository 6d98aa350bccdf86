"""Single pictures of previews, painted behind the same walls as whole ones."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import TYPE_CHECKING

from preview_worker.api import Still
from preview_worker.artifacts.local import LocalStore
from preview_worker.bootstrap.fetching import StoredAssets
from preview_worker.contract import ErrorCode, PreviewError, read_job
from preview_worker.render import StillForm, StillWish
from preview_worker.worker import RenderTask

if TYPE_CHECKING:
    from pathlib import Path

    from preview_worker.settings import Settings
    from preview_worker.worker.rendering import ChildRenderer

_AT_ONCE = 2
_PATIENCE_S = 20.0


class StillPainter:
    """Paints each still in a render process, which is gone when it is painted."""

    def __init__(self, settings: Settings, renderer: ChildRenderer) -> None:
        """Paint as the workers of ``settings`` would, by ``renderer``; nothing is started yet.

        Assets in a bucket are fetched, those at other hosts are not.
        """
        self._render = settings.render
        self._assets = StoredAssets(settings)
        self._limits = settings.payload_limits
        self._store = LocalStore(settings.artifacts)
        self._renderer = renderer
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def paint(self, payload: bytes, at_s: Fraction, form: StillForm) -> Still:
        """Paint what the preview of ``payload`` shows ``at_s`` seconds after it began.

        Raises ``PreviewError`` as a render does, and (OPTION) for a time that it does not have.
        """
        job = read_job(payload, transport_id="still", limits=self._limits).job
        async with self._places:
            staging = await self._store.stage(job.project_id, job.job_id, 0)
            try:
                async with (
                    asyncio.timeout(_PATIENCE_S),
                    self._assets.fetch(job, self._render) as fetched,
                ):
                    task = RenderTask(
                        job.job_id,
                        job,
                        staging.directory,
                        fetched=fetched,
                        still=StillWish(at_s, form),
                    )
                    painted = await self._renderer.render(task, lambda *_: None)
                content = await asyncio.to_thread(_read, staging.directory / painted.files[0].name)
            except TimeoutError:
                raise PreviewError(ErrorCode.STARVED) from None
            finally:
                await self._store.discard(staging)
        fps = Fraction(painted.fps)
        seconds = float(painted.frames / fps)
        return Still(content, painted.files[0].media_type, seconds, fps, painted.scenes)

    async def close(self) -> None:
        """Remove what the render processes left."""
        await self._store.close()


def _read(path: Path) -> bytes:
    return path.read_bytes()
