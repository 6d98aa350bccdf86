"""Seals the head of the log, after looking that what was sealed last still leads to it."""

from __future__ import annotations

import time
from typing import NamedTuple

from preview_worker.observability.audit.checkpoint import (
    Checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from preview_worker.observability.audit.folder import (
    CHECKPOINT,
    LogFile,
    locked,
    log_files,
    make_durable,
)
from preview_worker.observability.audit.record import Position, told_time
from preview_worker.observability.audit.settings import AuditSettings
from preview_worker.observability.audit.walk import Fault, MisfitError, Spot, Walker


class _Place(NamedTuple):
    """Where in which file a position lies, so that it need not be looked for again."""

    position: Position
    file: LogFile
    spot: Spot


class Sealer:
    """Writes the checkpoints of one folder. A log that does not fit is not sealed."""

    def __init__(self, settings: AuditSettings) -> None:
        """Seal with the key in ``settings``."""
        self._settings = settings
        self._place: _Place | None = None
        self.began_to_use_key = False
        """Whether the last checkpoint was the first that has a seal."""

    def seal(self) -> Checkpoint | None:
        """Return the checkpoint of the head, a new one if the head moved; None without a log.

        Everything before it is durable then. Raises ``MisfitError`` or ``CheckpointError`` when
        the log is not as it was written, and ``OSError``.
        """
        folder, key = self._settings.folder, self._settings.key
        with locked(folder, self._settings.lock_timeout_s):
            files = log_files(folder)
            previous = read_checkpoint(folder)
            if previous is None:
                if files:
                    raise MisfitError(Fault("the checkpoint is gone", CHECKPOINT))
                return None
            previous.check(key if previous.seal else None)
            if previous.seal and key is None:
                return previous  # this process must not put a weaker one in its place
            head = self._walk(previous, files)
            self.began_to_use_key = key is not None and not previous.seal
            if head == previous.position and not self.began_to_use_key:
                return previous
            checkpoint = Checkpoint.make(head, told_time(time.time()), key)
            write_checkpoint(folder, checkpoint)
            return checkpoint

    def _walk(self, previous: Checkpoint, files: list[LogFile]) -> Position:
        """Return the head of the log, which follows from what was sealed last."""
        sealed = previous.position
        place = self._place
        if place is None or place.position != sealed or place.file not in files:
            place = None
        begin = place.file.first_seq if place else max(1, sealed.seq)
        before = [file for file in files if file.first_seq <= begin][-1:]
        walked = before + [file for file in files if file.first_seq > begin]
        walker = Walker(sealed if place or sealed.seq == 0 else None)
        met = walker.position is not None
        for number, file in enumerate(walked, start=1):
            spot = place.spot if place and number == 1 else Spot()
            for record in walker.read(file, last=number == len(walked), spot=spot):
                if record.seq == sealed.seq:
                    met = record.position == sealed
            make_durable(file.path)
            self._remember(walker, file)
        if not met or walker.position is None:
            wrong = f"record {sealed.seq} is not the one that was sealed at {previous.time}"
            raise MisfitError(Fault(wrong, CHECKPOINT, seq=sealed.seq))
        return walker.position

    def _remember(self, walker: Walker, file: LogFile) -> None:
        if walker.position is not None:
            self._place = _Place(walker.position, file, walker.spot)
