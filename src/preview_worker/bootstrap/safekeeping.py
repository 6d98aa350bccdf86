"""Backups of the queue, and their way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        return await backup.write(path)
    finally:
        await backup.close()


async def restore(settings: Settings, path: Path, *, merge: bool) -> Restoration:
    """Put the backup at ``path`` into the queue of ``settings``; see ``QueueRestore.read``."""
    restoring = QueueRestore(settings.queue)
    try:
        return await restoring.read(path, merge=merge)
    finally:
        await restoring.close()
