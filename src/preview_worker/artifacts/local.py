"""Previews on a local disk, or on a share that behaves like one."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from preview_worker.artifacts.disk import disk_trouble, remove_entry
from preview_worker.artifacts.draft import PreviewDraft
from preview_worker.artifacts.expiry import RetiredPreview
from preview_worker.artifacts.inventory import Stock, seal_folder, take_stock
from preview_worker.artifacts.live import LiveArea
from preview_worker.artifacts.port import Fence, FencedError, PublishedPreview, Staging
from preview_worker.artifacts.retention import Retention
from preview_worker.artifacts.settings import ArtifactSettings
from preview_worker.artifacts.shelf import OutdatedError, Shelf
from preview_worker.artifacts.staging import StagingArea
from preview_worker.artifacts.steps import in_thread
from preview_worker.artifacts.turns import Turns
from preview_worker.contract import PreviewError

STAGING = ".staging"

_MIB = 1024 * 1024


class LocalStore:
    """A ``PreviewStore`` under one data directory; many workers may share it.

    Disk work runs in threads. A caller that is cancelled waits until the step that it had begun
    is over, so nothing goes on behind its back.
    """

    def __init__(
        self,
        settings: ArtifactSettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Keep previews under ``settings.data_dir``; nothing is written before the first job."""
        self._settings = settings
        self._root = settings.data_dir.absolute()
        self._area = StagingArea(self._root / STAGING, settings.stale_after_s)
        self._live = LiveArea(self._root, settings.live_kept_s)
        self._now = now
        turns = Turns(self._root / STAGING)
        self._shelf = Shelf(self._root, turns)
        self._retention = Retention(
            self._root, settings, turns, self._jobs_at_work, self._area.trash
        )

    async def find(self, project_id: str, job_id: str) -> PublishedPreview | None:
        """Return the job's published preview; None when there is none or it is damaged."""
        return await in_thread(lambda: self._shelf.find(project_id, job_id))

    async def stage(self, project_id: str, job_id: str, attempt: int) -> Staging:
        """Open an empty folder for an attempt to render into."""
        directory = await in_thread(lambda: self._open(self._label(project_id, job_id, attempt)))
        live = self._live.folder(project_id, job_id, attempt)
        return Staging(project_id, job_id, attempt, directory, live)

    async def publish(
        self, staging: Staging, draft: PreviewDraft, fence: Fence
    ) -> PublishedPreview:
        """Show the staged preview to readers, whole and at once; see ``PreviewStore.publish``."""
        try:
            stock = await in_thread(lambda: self._take_stock(staging, draft))
            ids = draft.project_id, draft.job_id
            standing = await in_thread(lambda: self._shelf.standing(*ids))
            while (number := await fence(standing)) is not None:
                try:
                    show = functools.partial(self._show, staging, draft, stock, number)
                    return await in_thread(show)
                except OutdatedError as error:
                    standing = error.number  # somebody published while we were held up
            message = f"job {draft.job_id!r} is not ours any more; nothing was published"
            raise FencedError(message)
        finally:
            await self.discard(staging)

    async def discard(self, staging: Staging) -> None:
        """Remove a staging folder with all it holds. Safe to call twice, and after publish."""
        await in_thread(lambda: remove_entry(staging.directory))

    async def sweep(self, *, whole: bool = False) -> int:
        """Remove what dead workers left half done; return how many folders that were."""
        del whole  # nothing less is ever done
        return await in_thread(self._sweep)

    async def retire(self, *, dry_run: bool = False) -> Sequence[RetiredPreview]:
        """Remove previews that are to be kept no longer, or tell all of them."""
        return await in_thread(lambda: self._retire(dry_run=dry_run))

    async def refusal(self) -> str | None:
        """Say why a preview could not be stored now; None when it could."""
        return await in_thread(self._refusal)

    async def close(self) -> None:
        """Remove our own staging folder. Safe to call twice."""
        await in_thread(self._area.close)

    def _label(self, project_id: str, job_id: str, attempt: int) -> str:
        return f"{self._shelf.place(project_id, job_id).name}.{attempt}"

    def _open(self, label: str) -> Path:
        with disk_trouble("a folder for the preview was made"):
            self._root.mkdir(parents=True, exist_ok=True)
            return self._area.open(label)

    def _take_stock(self, staging: Staging, draft: PreviewDraft) -> Stock:
        with disk_trouble("the preview was written"):
            return take_stock(staging.directory, draft, self._now())

    def _show(
        self, staging: Staging, draft: PreviewDraft, stock: Stock, number: int
    ) -> PublishedPreview:
        with disk_trouble("the preview was published"):
            manifest = seal_folder(staging.directory, draft, stock, number)
            published = self._shelf.put(staging.directory, manifest)
            if published.attempt == draft.attempt and staging.directory.exists():
                self._area.set_aside(staging.directory)
            return published

    def _sweep(self) -> int:
        self._live.sweep()
        kept_s = 0 if self._shortage() else self._settings.superseded_kept_s
        return self._area.expire(kept_s) + self._area.sweep(self._shelf.salvage)

    def _retire(self, *, dry_run: bool) -> Sequence[RetiredPreview]:
        try:
            return self._retention.due() if dry_run else self._retention.retire()
        except OSError:
            return ()  # the next round may do better; readiness tells of the disk

    def _jobs_at_work(self) -> set[str]:
        return {label.rpartition(".")[0] for label in self._area.labels()}

    def _refusal(self) -> str | None:
        try:
            probe = self._open("probe")
            remove_entry(probe)
        except PreviewError as error:
            return error.message
        return self._shortage()

    def _shortage(self) -> str | None:
        """Say how much room is missing below the low-water mark, if any is."""
        try:
            usage = shutil.disk_usage(self._root)
        except OSError:
            return None  # there is no folder yet, so nothing is short
        needed = min(self._settings.min_free_bytes, usage.total // 10)
        if usage.free < needed:
            return (
                f"{usage.free // _MIB} MiB are free under DATA_DIR, but {needed // _MIB} MiB "
                "are kept in reserve. Free some space."
            )
        return None
