"""Previews in a bucket that many workers share, on as many machines as there are."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from preview_worker.artifacts.disk import disk_trouble
from preview_worker.artifacts.draft import PreviewDraft
from preview_worker.artifacts.expiry import RetiredPreview
from preview_worker.artifacts.inventory import Stock, seal_folder, take_stock
from preview_worker.artifacts.local import LocalStore
from preview_worker.artifacts.manifest import MANIFEST_NAME
from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.line import in_call
from preview_worker.artifacts.objects.pointer import job_prefix
from preview_worker.artifacts.objects.shelf import BucketShelf
from preview_worker.artifacts.objects.tidying import Tidying
from preview_worker.artifacts.port import Fence, FencedError, PublishedPreview, Staging
from preview_worker.artifacts.settings import ArtifactSettings
from preview_worker.artifacts.shelf import OutdatedError
from preview_worker.artifacts.steps import in_thread
from preview_worker.contract import ErrorCode, PreviewError

T = TypeVar("T")

PATIENCE_S = 120.0
"""For how long a job waits for a storage that is away, which costs it no attempt."""
_TRY_AGAIN_S = 0.5
_ASK_AGAIN_S = 10.0
"""How long it is believed that the bucket is there."""
_ASK_MISSING_S = 2.0


class BucketStore:
    """A ``PreviewStore`` in object storage. Previews are staged on the local disk.

    Network and disk are waited for in threads. A caller that is cancelled breaks off what it asks
    of the bucket, and waits until the step that it had begun is over, so nothing goes on behind its
    back.
    """

    def __init__(
        self,
        bucket: Bucket,
        root: str,
        settings: ArtifactSettings,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Keep previews in ``bucket``, which readers know as ``root``; nothing is asked yet.

        ``patience_s`` is for how long a step is taken again that the storage has refused.
        """
        wanted = settings.retention_max_age_s or settings.retention_max_bytes
        self._bucket = bucket
        self._now = now
        self._patience_s = patience_s
        self._local = LocalStore(settings)
        touch_after_s = settings.retention_spared_s / 2 if wanted else None
        self._shelf = BucketShelf(bucket, root, touch_after_s, now)
        self._tidying = Tidying(bucket, self._shelf, settings, now)
        self._asked: tuple[float, str | None] = (-_ASK_AGAIN_S, None)

    async def find(self, project_id: str, job_id: str) -> PublishedPreview | None:
        """Return the job's published preview; None when there is none or it is damaged."""
        return await self._outlast(lambda: self._shelf.find(project_id, job_id))

    async def stage(self, project_id: str, job_id: str, attempt: int) -> Staging:
        """Open an empty folder on the local disk for an attempt to render into."""
        return await self._local.stage(project_id, job_id, attempt)

    async def publish(
        self, staging: Staging, draft: PreviewDraft, fence: Fence
    ) -> PublishedPreview:
        """Show the staged preview to readers, whole and at once; see ``PreviewStore.publish``."""
        place = job_prefix(draft.project_id, draft.job_id)
        folder = f"{draft.attempt}-{secrets.token_hex(8)}"
        try:
            stock = await in_thread(lambda: self._take_stock(staging, draft))
            await self._outlast(lambda: self._shelf.upload(staging.directory, place, folder, stock))
            ids = draft.project_id, draft.job_id
            standing = await self._outlast(lambda: self._shelf.standing(*ids))
            while (number := await fence(standing)) is not None:
                try:
                    show = functools.partial(self._show, staging, draft, stock, folder, number)
                    published = await self._outlast(show)
                except OutdatedError as error:
                    standing = error.number  # somebody published while we were held up
                else:
                    if published.attempt != draft.attempt:
                        await in_call(lambda: self._take_back(place, folder, stock))
                    return published
            await in_call(lambda: self._take_back(place, folder, stock))
            message = f"job {draft.job_id!r} is not ours any more; nothing was published"
            raise FencedError(message)
        finally:
            await self.discard(staging)

    async def discard(self, staging: Staging) -> None:
        """Remove a staging folder with all it holds. Safe to call twice, and after publish."""
        await self._local.discard(staging)

    async def sweep(self, *, whole: bool = False) -> int:
        """Remove what dead workers left half done, here and in the bucket; return how many."""
        sweep = self._tidying.sweep_whole if whole else self._tidying.sweep
        return await self._local.sweep() + await in_call(sweep)

    async def retire(self, *, dry_run: bool = False) -> Sequence[RetiredPreview]:
        """Remove previews that are to be kept no longer, or tell all of them."""
        return await in_call(self._tidying.due if dry_run else self._tidying.retire)

    async def refusal(self) -> str | None:
        """Say why a preview could not be stored now; None when it could."""
        return await self._local.refusal() or await in_call(self._refusal)

    async def close(self) -> None:
        """Remove our own staging folder. Safe to call twice."""
        await self._local.close()

    async def _outlast(self, step: Callable[[], T]) -> T:
        """Take a step, and take it again while the storage is away.

        What is rendered is worth waiting for, and an attempt is not spent on somebody else's
        outage. Raises what the storage said last when it is away for too long.
        """
        refused_at_s: float | None = None
        while True:
            try:
                return await in_call(step)
            except PreviewError as error:
                if error.code is not ErrorCode.STORAGE:
                    raise
                self._asked = -_ASK_AGAIN_S, None  # whatever was believed of the bucket
                now_s = time.monotonic()
                refused_at_s = now_s if refused_at_s is None else refused_at_s
                if now_s - refused_at_s >= self._patience_s:
                    raise
            await asyncio.sleep(_TRY_AGAIN_S)

    def _take_stock(self, staging: Staging, draft: PreviewDraft) -> Stock:
        with disk_trouble("the preview was written"):
            return take_stock(staging.directory, draft, self._now())

    def _show(
        self, staging: Staging, draft: PreviewDraft, stock: Stock, folder: str, number: int
    ) -> PublishedPreview:
        with disk_trouble("the preview was written"):
            manifest = seal_folder(staging.directory, draft, stock, number)
        return self._shelf.put(folder, manifest)

    def _take_back(self, place: str, folder: str, stock: Stock) -> None:
        """Remove what was uploaded for nobody; a sweep does it where this fails."""
        names = [file.name for file in stock.files]
        with contextlib.suppress(PreviewError):
            self._bucket.remove([f"{place}/{folder}/{name}" for name in (*names, MANIFEST_NAME)])

    def _refusal(self) -> str | None:
        """Ask the bucket, unless it was asked a moment ago: this is asked every second."""
        asked_at_s, answer = self._asked
        if time.monotonic() - asked_at_s < (_ASK_MISSING_S if answer else _ASK_AGAIN_S):
            return answer
        try:
            self._bucket.look()
            self._bucket.prove()
            answer = None
        except PreviewError as error:
            answer = error.message
        self._asked = time.monotonic(), answer
        return answer
