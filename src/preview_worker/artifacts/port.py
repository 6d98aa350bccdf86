"""The seam between the worker and whatever keeps its previews."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from preview_worker.artifacts.draft import PreviewDraft
from preview_worker.artifacts.expiry import RetiredPreview

Fence = Callable[[int], Awaitable[int | None]]
"""Asked last before a preview becomes visible: is the job still ours?

It is told the number of the publication that readers see now, 0 for none, and answers a greater one
that no other publication of the job has, or None when the job is not ours.
"""


class FencedError(Exception):
    """The job is not ours any more, so nothing was published."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A private folder on the local disk that a preview is rendered into."""

    project_id: str
    job_id: str
    attempt: int
    directory: Path
    live: Path | None = None
    """A folder, not there yet, that readers may look into while the preview is rendered."""


@dataclass(frozen=True, slots=True)
class PublishedPreview:
    """A preview that readers can see. ``result`` is the job's return value, ready for JSON."""

    project_id: str
    job_id: str
    attempt: int
    input_digest: str
    dry_run: bool
    size_bytes: int
    result: dict[str, object]


class PreviewStore(Protocol):
    """Keeps one preview per job. Disk trouble raises ``PreviewError`` with ``transient.disk``."""

    async def find(self, project_id: str, job_id: str) -> PublishedPreview | None:
        """Return the job's published preview; None when there is none or it is damaged."""

    async def stage(self, project_id: str, job_id: str, attempt: int) -> Staging:
        """Open an empty folder for an attempt to render into."""

    async def publish(
        self, staging: Staging, draft: PreviewDraft, fence: Fence
    ) -> PublishedPreview:
        """Show the staged preview to readers, whole and at once, in place of an older one.

        The staging is used up, whatever happens. A preview never replaces one whose number is
        greater, however long this call was frozen after ``fence`` answered: then ``fence`` is
        asked again. One that was made from the same input stays and is returned: two attempts that
        ran at once are not published twice. Raises ``FencedError`` when ``fence`` says no, and
        ``PreviewError`` with ``permanent.protocol`` when a file that the draft names is not a plain
        file in the staging folder. After any error the older preview stands as it was.
        """

    async def discard(self, staging: Staging) -> None:
        """Remove a staging folder with all it holds. Safe to call twice, and after publish."""

    async def sweep(self, *, whole: bool = False) -> int:
        """Remove what dead workers left half done; return how many folders that were.

        Previews that were replaced a while ago go as well. Disk trouble is no reason to raise. A
        store of many workers is looked through a part at a time, by one of them; with ``whole``
        all of it now, by whoever asks, who is told by ``PreviewError`` of storage that is away.
        """

    async def retire(self, *, dry_run: bool = False) -> Sequence[RetiredPreview]:
        """Remove previews that the operator wants kept no longer, a bounded number of them.

        Never one that was published or found a moment ago, or whose job is at work; a reader that
        has it open reads on. With ``dry_run`` nothing is removed and all that is due is returned.
        Disk trouble is no reason to raise; storage that is away is one with ``dry_run``, and after
        a sweep of the ``whole``.
        """

    async def refusal(self) -> str | None:
        """Say why a preview could not be stored now; None when it could."""

    async def close(self) -> None:
        """Let go of what the store holds. Safe to call twice."""
