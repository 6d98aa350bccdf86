"""What the worker needs of others: a renderer here, a queue and a store from their own rooms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from preview_worker.assets import Fetched, Wanted
from preview_worker.contract import PreviewJob, RenderedPreview
from preview_worker.render import LostPart, PartWish, StillWish

Report = Callable[[str, float], None]
"""Told of progress: the phase's name, and the part of the whole that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class RenderTask:
    """One render: what, where to, and the id under which its process is spoken of."""

    job_id: str
    job: PreviewJob
    directory: Path
    digest: str | None = None
    """What ``Renderer.digest`` said of the job."""
    live: Path | None = None
    """Where people may watch the preview while it is rendered, should the job ask for it."""
    fetched: Fetched = field(default_factory=dict)
    """The job's assets from other hosts."""
    still: StillWish | None = None
    """One picture is wanted instead of the preview."""
    part: PartWish | None = None
    """Some of its shots are wanted in the cache, and no preview."""
    lost: tuple[LostPart, ...] = ()
    """Parts of a batch that failed: placeholders stand for what they did not film."""


class Renderer(Protocol):
    """Turns a job into a preview in a folder."""

    async def start(self) -> None:
        """Get ready to render."""

    async def close(self) -> None:
        """Stop every render and free what was held. Safe to call twice."""

    async def wanted(self, job: PreviewJob) -> Wanted:
        """Return the addresses of assets that have to be fetched before the job is rendered."""

    async def digest(self, job: PreviewJob, fetched: Fetched) -> str:
        """Return a hash of all that decides what the preview looks like.

        Raises ``PreviewError`` when the job names assets that cannot be used.
        """

    async def render(self, task: RenderTask, report: Report) -> RenderedPreview:
        """Render into the task's folder; raise ``PreviewError`` when that cannot be done.

        Cancelling the call kills the render and returns when its process is gone.
        """
