"""One preview in a folder that somebody named: for rendering a payload without a queue."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePath

from preview_worker.artifacts.disk import disk_trouble, make_folder, remove_entry
from preview_worker.artifacts.draft import PreviewDraft
from preview_worker.artifacts.expiry import RetiredPreview
from preview_worker.artifacts.inventory import seal_folder, take_stock
from preview_worker.artifacts.manifest import MANIFEST_NAME
from preview_worker.artifacts.port import Fence, FencedError, PublishedPreview, Staging
from preview_worker.artifacts.record import read_manifest

_PARTIAL = ".partial-"


class FolderStore:
    """A ``PreviewStore`` that writes the files of a preview straight into one folder.

    Files of the same names are replaced, the manifest last; other files there are left alone.
    """

    def __init__(self, folder: Path) -> None:
        """Write into ``folder``, which is made when the first preview is staged."""
        self._folder = folder.absolute()

    async def find(self, project_id: str, job_id: str) -> PublishedPreview | None:
        """Find nothing: whoever names a folder wants the preview rendered into it."""
        del project_id, job_id
        return None

    async def stage(self, project_id: str, job_id: str, attempt: int) -> Staging:
        """Open an empty folder inside the named one."""
        return Staging(project_id, job_id, attempt, await asyncio.to_thread(self._open))

    async def publish(
        self, staging: Staging, draft: PreviewDraft, fence: Fence
    ) -> PublishedPreview:
        """Move the finished files into the folder; see ``PreviewStore.publish``."""
        try:
            if (number := await fence(0)) is None:
                message = f"job {draft.job_id!r} is not ours any more; nothing was published"
                raise FencedError(message)
            return await asyncio.to_thread(self._move, staging, draft, number)
        finally:
            await self.discard(staging)

    async def discard(self, staging: Staging) -> None:
        """Remove the staging folder. Safe to call twice, and after publish."""
        await asyncio.to_thread(remove_entry, staging.directory)

    async def sweep(self, *, whole: bool = False) -> int:
        """Remove nothing: the folder belongs to somebody else."""
        del whole
        return 0

    async def retire(self, *, dry_run: bool = False) -> Sequence[RetiredPreview]:
        """Remove nothing, as above."""
        del dry_run
        return ()

    async def refusal(self) -> str | None:
        """Expect no trouble; the folder is made when it is needed."""
        return None

    async def close(self) -> None:
        """Hold nothing that would have to be let go."""

    def _open(self) -> Path:
        with disk_trouble("a folder for the preview was made"):
            self._folder.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=self._folder))

    def _move(self, staging: Staging, draft: PreviewDraft, number: int) -> PublishedPreview:
        with disk_trouble("the preview was written"):
            stock = take_stock(staging.directory, draft, datetime.now(UTC))
            manifest = seal_folder(staging.directory, draft, stock, number)
            paths = (path for path in staging.directory.rglob("*") if path.is_file())
            names = {path.relative_to(staging.directory) for path in paths}
            last = Path(MANIFEST_NAME)
            for name in [*sorted(names - {last}), last]:
                for parent in reversed(name.parents[:-1]):
                    make_folder(self._folder / parent)
                (staging.directory / name).replace(self._folder / name)
        return read_manifest(manifest).published(self._folder, PurePath())
