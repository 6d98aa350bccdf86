"""Backups of the queue, and their way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preview_worker.bootstrap.auditing import open_audit
from preview_worker.events import QueueSteered
from preview_worker.queue.backup import QueueBackup
from preview_worker.queue.restore import QueueRestore

if TYPE_CHECKING:
    from pathlib import Path

    from preview_worker.queue import BackupSummary, Restoration
    from preview_worker.settings import Settings


async def back_up(settings: Settings, path: Path) -> BackupSummary:
    """Write the queue of ``settings`` and its dead letters to ``path``."""
    backup = QueueBackup(settings.queue)
    try:
        async with open_audit(settings) as observer:
            written = await backup.write(path)
            observer.observe(
                QueueSteered(
                    queue=written.queue,
                    deed="backup",
                    result="done",
                    count=sum(written.counts.values()),
                    detail=f"sha256 {written.sha256}",
                )
            )
    finally:
        await backup.close()
    return written


async def restore(settings: Settings, path: Path, *, merge: bool) -> Restoration:
    """Put the backup at ``path`` into the queue of ``settings``; see ``QueueRestore.read``."""
    restoring = QueueRestore(settings.queue)
    try:
        async with open_audit(settings) as observer:
            done = await restoring.read(path, merge=merge)
            observer.observe(
                QueueSteered(
                    queue=settings.preview_queue_name,
                    deed="restore",
                    result="done",
                    count=done.restored,
                    detail=f"sha256 {done.backup.sha256}, {done.skipped} were there already",
                )
            )
    finally:
        await restoring.close()
    return done
