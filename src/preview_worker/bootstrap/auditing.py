"""The audit log of this process: its actor, its observer, and its checkpoints in Redis."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple

from preview_worker.bootstrap.observers import Observers
from preview_worker.observability.audit.checkpoint import (
    Checkpoint,
    CheckpointError,
    read_checkpoint,
)
from preview_worker.observability.audit.figures import AuditFigures
from preview_worker.observability.audit.log import AuditLog, tell_on_stderr
from preview_worker.observability.audit.observer import AuditObserver
from preview_worker.observability.audit.record import Actor
from preview_worker.observability.audit.verification import LogVerdict, verify_log
from preview_worker.queue import QueueUnavailableError
from preview_worker.queue.anchors import CheckpointAnchors
from preview_worker.settings import describe_settings

if TYPE_CHECKING:
    from pathlib import Path

    from preview_worker.events import Event, Observer
    from preview_worker.settings import Settings

if sys.platform != "win32":
    import pwd

Kind = Literal["worker", "command", "api"]
_ANCHOR_TIMEOUT_S = 2.0
_ANNOUNCE_TIMEOUT_S = 0.25
"""So long a settlement waits for its announcement; it takes a fraction of a millisecond."""


class Auditor:
    """An ``Observer`` that keeps the audit log between ``start`` and ``close``."""

    def __init__(self, settings: Settings, kind: Kind) -> None:
        """Keep the log that ``settings`` name; nothing is touched or connected yet."""
        tell = tell_on_stderr if kind == "worker" else _warn
        self._settings = settings
        self._log = AuditLog(settings.audit, an_actor(kind), tell)
        self._observer = AuditObserver(self._log, settings.preview_queue_name, _told(settings))
        self._anchors = CheckpointAnchors(settings.queue)
        self._anchored: Checkpoint | None = None
        self._sealing: asyncio.Task[None] | None = None

    @property
    def figures(self) -> AuditFigures:
        """How the log is doing."""
        return self._log.figures

    def observe(self, event: Event) -> None:
        """Record ``event`` if it is a deed."""
        self._observer.observe(event)

    async def announce(self, job_id: str, outcome: str) -> None:
        """Record how a job is about to be settled; return when that will outlive this process."""
        self._observer.announce(job_id, outcome)
        await asyncio.to_thread(self._log.reach, _ANNOUNCE_TIMEOUT_S)

    def start(self) -> None:
        """Begin to write, and to seal from time to time."""
        self._log.start()
        self._sealing = asyncio.create_task(self._seal_for_ever())

    async def close(self) -> None:
        """Write and seal what there is, and stop."""
        if self._sealing is None:
            return
        self._sealing.cancel()
        await asyncio.wait([self._sealing])
        self._sealing = None
        await self._anchor(await asyncio.to_thread(self._log.stop))
        await self._anchors.close()

    async def _seal_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._settings.audit.checkpoint_s)
            await self._anchor(await asyncio.to_thread(self._log.seal))

    async def _anchor(self, checkpoint: Checkpoint | None) -> None:
        """Keep a checkpoint in Redis as well; one that cannot be put there now is old news soon."""
        if checkpoint is None or checkpoint == self._anchored:
            return
        with contextlib.suppress(QueueUnavailableError, TimeoutError):
            async with asyncio.timeout(_ANCHOR_TIMEOUT_S):
                chain, seq, _ = checkpoint.position
                await self._anchors.put(chain, seq, checkpoint.line())
            self._anchored = checkpoint


class _LateAuditor:
    """Starts the log with the first event, so that a command which does nothing leaves no trace."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.auditor: Auditor | None = None

    def observe(self, event: Event) -> None:
        if self.auditor is None:
            if not self._settings.data_dir.is_dir():
                where = f"there is no folder {self._settings.data_dir} (DATA_DIR)"
                _warn({"reason": where})
                return
            self.auditor = Auditor(self._settings, "command")
            self.auditor.start()
        self.auditor.observe(event)


@asynccontextmanager
async def open_audit(settings: Settings, *others: Observer) -> AsyncIterator[Observer]:
    """Yield an observer that records what a command does, and tells ``others`` of it too.

    What cannot be recorded is told on the standard error stream; it never fails the command.
    """
    late = _LateAuditor(settings)
    try:
        yield Observers(*others, *([late] if settings.preview_audit else []))
    finally:
        if late.auditor is not None:
            await late.auditor.close()


class AuditReview(NamedTuple):
    """What was found of a log, and whether Redis could be asked for its checkpoint."""

    verdict: LogVerdict
    asked_redis: bool


async def review_audit(settings: Settings, folder: Path) -> AuditReview:
    """Verify the log in ``folder``, against Redis too; raise ``OSError`` if it cannot be read."""
    anchor: bytes | None = None
    asked = False
    with contextlib.suppress(CheckpointError):
        local = read_checkpoint(folder)
        with contextlib.suppress(QueueUnavailableError, TimeoutError):
            anchor = await _find_anchor(settings, local)
            asked = True
    verdict = await asyncio.to_thread(verify_log, folder, settings.audit.key, anchor)
    return AuditReview(verdict, asked)


def an_actor(kind: Kind) -> Actor:
    """Return who this process acts for: the account that the system knows it by."""
    return Actor(kind=kind, user=_account(), host=socket.gethostname(), pid=os.getpid())


async def _find_anchor(settings: Settings, local: Checkpoint | None) -> bytes | None:
    if local is None:
        return None
    anchors = CheckpointAnchors(settings.queue)
    try:
        async with asyncio.timeout(_ANCHOR_TIMEOUT_S):
            return await anchors.find(local.position.chain)
    finally:
        await anchors.close()


def _account() -> str:
    if sys.platform == "win32":
        return os.getlogin()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # containers run as numbers that no account has
        return f"uid {os.getuid()}"


def _told(settings: Settings) -> Mapping[str, str]:
    """Return the settings that somebody chose, secrets masked."""
    rows = describe_settings(settings)
    return {row.name: row.value for row in rows if row.source != "default"}


def _warn(facts: Mapping[str, object]) -> None:
    """Tell a person at a terminal that something is not on record."""
    sys.stderr.write(f"warning: this is not in the audit log: {facts['reason']}\n")
