"""Tidying up by hand: one whole round of what a worker's janitor does little by little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preview_worker.bootstrap.auditing import open_audit
from preview_worker.bootstrap.storage import open_store
from preview_worker.events import Observer, PreviewRetired

if TYPE_CHECKING:
    from preview_worker.artifacts import PreviewStore, RetiredPreview
    from preview_worker.settings import Settings

_IDLE_CALLS = 100
"""So many calls in which nothing goes are enough to look through two hundred thousand previews."""


async def sweep_store(settings: Settings, *, dry_run: bool) -> tuple[int, list[RetiredPreview]]:
    """Sweep the staging area and retire previews; return the folders swept and what was retired.

    With ``dry_run`` nothing is removed, and the previews are those that would be.
    """
    store = open_store(settings)
    try:
        due = list(await store.retire(dry_run=True))
        if dry_run:
            return 0, due
        swept = await store.sweep(whole=True)
        async with open_audit(settings) as observer:
            return swept, await _retire(store, len(due), observer)
    finally:
        await store.close()


async def _retire(store: PreviewStore, most: int, observer: Observer) -> list[RetiredPreview]:
    """Retire up to about ``most`` previews and tell of each."""
    gone: list[RetiredPreview] = []
    idle = 0
    while len(gone) < most and idle < _IDLE_CALLS:
        some = await store.retire()
        for one in some:
            observer.observe(
                PreviewRetired(
                    project=one.project,
                    job=one.job,
                    size_bytes=one.size_bytes,
                    age_s=one.age_s,
                    reason=one.reason,
                )
            )
        gone += some
        idle = 0 if some else idle + 1
    return gone
