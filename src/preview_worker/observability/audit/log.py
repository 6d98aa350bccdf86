"""The audit log as a process keeps it: deeds are taken at once and written by a thread.

Nobody who works waits for the disk. What was taken but not yet written when the process is killed
is lost: the thread writes as soon as there is something, so that is a fraction of a millisecond.
What was written but not yet sealed can be lost at a power cut, at most ``checkpoint_s``.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice

from preview_worker.observability.audit.chain import AppendFailedError, Chain
from preview_worker.observability.audit.checkpoint import Checkpoint, CheckpointError
from preview_worker.observability.audit.figures import AuditFigures
from preview_worker.observability.audit.record import Actor, Deed, told_time
from preview_worker.observability.audit.sealer import Sealer
from preview_worker.observability.audit.settings import AuditSettings
from preview_worker.observability.audit.walk import MisfitError

_BATCH = 500
_LAST_WORD_S = 3.0

Tell = Callable[[Mapping[str, object]], None]


class AuditLog:
    """Takes deeds from any thread. Nothing here raises: the deed matters more than its record."""

    def __init__(self, settings: AuditSettings, actor: Actor, tell: Tell | None = None) -> None:
        """Write for ``actor``; ``tell`` gets what the disk refuses, and why."""
        self.figures = AuditFigures()
        self._settings = settings
        self._actor = actor
        self._tell = tell or tell_on_stderr
        self._chain = Chain(settings, actor)
        self._sealer = Sealer(settings)
        self._news = threading.Condition()
        self._held: deque[Deed] = deque()
        self._told = 0
        self._dropped = 0
        self._trouble: Mapping[str, object] | None = None
        self._retry_at_s = 0.0
        self._complaint = ""
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def record(self, deed: Deed) -> None:
        """Take a deed, to be written very soon."""
        with self._news:
            full = len(self._held) >= self._settings.max_held
            if full:
                self.figures.dropped += 1
                self._dropped += 1
            else:
                self._held.append(deed)
                self.figures.held = len(self._held)
            self._news.notify_all()
        if full:
            self._tell_unwritten(deed, "too many records are held")

    def flush(self, timeout_s: float) -> bool:
        """Return whether everything that was taken was written, as soon as it was."""
        with self._news:
            return self._news.wait_for(lambda: not self._held, timeout_s)

    def reach(self, timeout_s: float) -> bool:
        """Return whether everything that was taken can be read somewhere, as soon as it can.

        That is in the log, or, while the disk refuses, on the standard error stream.
        """
        with self._news:
            return self._news.wait_for(lambda: self._told == len(self._held), timeout_s)

    def seal(self) -> Checkpoint | None:
        """Seal the head now; None when that cannot be done, which is told."""
        try:
            checkpoint = self._sealer.seal()
        except (OSError, MisfitError, CheckpointError) as error:
            self._complain(f"the audit log cannot be sealed: {error}")
            return None
        if checkpoint is not None:
            self.figures.sealed_seq = checkpoint.position.seq
            if self._sealer.began_to_use_key:
                self.record(Deed(action="audit.key", detail={"seq": checkpoint.position.seq}))
        return checkpoint

    def stop(self) -> Checkpoint | None:
        """Write what is held if the disk lets us, and seal. Nothing is taken afterwards."""
        with self._news:
            self._stopping = True
            self._retry_at_s = 0.0
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join(_LAST_WORD_S)
        return self.seal()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(self._has_work, self._patience_s())
                if self._stopping and (not self._held or self._retry_at_s):
                    return
                batch = list(islice(self._held, _BATCH)) if self._is_due() else []
            if batch:
                self._write(batch)
            elif self._trouble is not None:
                self._tell_held(str(self._trouble["reason"]))

    def _has_work(self) -> bool:
        untold = self._trouble is not None and self._told < len(self._held)
        return untold or self._is_due()

    def _is_due(self) -> bool:
        if time.monotonic() < self._retry_at_s:
            return False
        return bool(self._held) or self._stopping

    def _patience_s(self) -> float | None:
        return max(0.001, self._retry_at_s - time.monotonic()) if self._retry_at_s else None

    def _write(self, batch: list[Deed]) -> None:
        try:
            self._chain.append(batch, self._gap())
        except AppendFailedError as error:
            self._written(error.written)
            self._note_trouble(str(error))
        except Exception as error:  # noqa: BLE001 -- a defect here must not end the thread
            self._set_aside(batch, f"{type(error).__name__}: {error}")
        else:
            self._trouble, self._retry_at_s, self._dropped = None, 0.0, 0
            self._written(len(batch))

    def _set_aside(self, batch: list[Deed], reason: str) -> None:
        """Write the rest of a batch in which there is a deed that no line can be made of."""
        if len(batch) > 1:
            for deed in batch:
                self._write([deed])
                if self._trouble is not None:
                    return  # the disk refuses as well, so this is still the first that is held
            return
        self.figures.failures += 1
        self.figures.dropped += 1
        self._tell_unwritten(batch[0], reason)
        self._written(1, dropped=1)

    def _gap(self) -> Mapping[str, object] | None:
        """Return what the next record has to tell of the time in which nothing could be written."""
        if self._trouble is None:
            return None
        return {**self._trouble, "late": len(self._held), "dropped": self._dropped}

    def _written(self, count: int, *, dropped: int = 0) -> None:
        head = self._chain.head
        with self._news:
            for _ in range(count):
                self._held.popleft()
            self._told = max(0, self._told - count)
            self.figures.held = len(self._held)
            self.figures.records += count - dropped
            self.figures.last_seq = head.seq if head else 0
            self._news.notify_all()

    def _note_trouble(self, reason: str) -> None:
        self.figures.failures += 1
        if self._trouble is None:
            self._trouble = {"reason": reason, "since": told_time(time.time())}
        self._retry_at_s = time.monotonic() + self._settings.retry_s
        self._tell_held(reason)

    def _tell_held(self, reason: str) -> None:
        """Tell of each deed that is held, once."""
        with self._news:
            untold = list(islice(self._held, self._told, None))
        for deed in untold:
            self._tell_unwritten(deed, reason)
        with self._news:
            self._told += len(untold)
            self._news.notify_all()

    def _tell_unwritten(self, deed: Deed, reason: str) -> None:
        with contextlib.suppress(Exception):
            record = deed.document(self._actor)
            self._tell({"event": "audit.unwritten", "reason": reason, "record": record})

    def _complain(self, message: str) -> None:
        """Tell of something that is wrong with the log, once for as long as it stays the same."""
        self.figures.failures += 1
        if message != self._complaint:
            self._complaint = message
            with contextlib.suppress(Exception):
                self._tell({"event": "audit.unsealed", "reason": message})


def tell_on_stderr(facts: Mapping[str, object]) -> None:
    """Write a line of JSON, as the log's lines are."""
    line = {"level": "error", "timestamp": told_time(time.time()), **facts}
    sys.stderr.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    sys.stderr.flush()
