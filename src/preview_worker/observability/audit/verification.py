"""Verifies a log as a whole, against its checkpoint and what is known of it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from preview_worker.observability.audit.checkpoint import (
    Checkpoint,
    CheckpointError,
    read_checkpoint,
)
from preview_worker.observability.audit.folder import CHECKPOINT, log_files
from preview_worker.observability.audit.record import Position
from preview_worker.observability.audit.walk import Fault, MisfitError, Walker

ANCHOR = "redis"
_TRIES = 3
"""Old files may be removed while somebody verifies."""


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """What was found of a log. ``fault`` is the first thing that is not as it was written."""

    files: int = 0
    records: int = 0
    gaps: int = 0
    """Records that tell of something that is missing or came late, for a reason that they give."""
    first_seq: int = 0
    head: Position | None = None
    sealed_seq: int = 0
    """Whatever is cut off up to here is missed. What came later is only chained."""
    sealed_with_key: bool = False
    """Whether a key was at hand and the checkpoint's seal is that key's."""
    anchored_seq: int | None = None
    """The same by the checkpoint that is kept elsewhere; None where there is none."""
    unfinished_bytes: int = 0
    """What a process that was killed left of a line, at the end; the next to append mends it."""
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        """Whether all is as it was written."""
        return self.fault is None


def verify_log(folder: Path, key: bytes | None = None, anchor: bytes | None = None) -> LogVerdict:
    """Read the whole log. ``anchor`` is the checkpoint that is kept elsewhere.

    Raises ``OSError`` when it cannot be read. Processes may append meanwhile.
    """
    for _ in range(_TRIES - 1):
        try:
            return _verify(folder, key, anchor)
        except FileNotFoundError:
            continue
    return _verify(folder, key, anchor)


def _verify(folder: Path, key: bytes | None, anchor: bytes | None) -> LogVerdict:
    walker = Walker()
    files = 0
    try:
        sealed = _checkpoints(folder, key, anchor)
        listed = log_files(folder)
        for files, file in enumerate(listed, start=1):
            for record in walker.read(file, last=files == len(listed)):
                for one in sealed:
                    _check_sealed(one, record.position)
        walker.check_beginning()
        _check_reached(sealed, walker)
    except MisfitError as error:
        return _verdict(walker, files, fault=error.fault)
    return _verdict(walker, files, sealed=sealed, keyed=key is not None)


def _checkpoints(folder: Path, key: bytes | None, anchor: bytes | None) -> Sequence[Checkpoint]:
    """Return the checkpoint in the folder and the one elsewhere, each as good as it should be."""
    try:
        local = read_checkpoint(folder)
        if local is not None:
            local.check(key)
    except CheckpointError as error:
        raise MisfitError(Fault(str(error), CHECKPOINT)) from error
    if local is None:
        if not log_files(folder) and anchor is None:
            return ()
        raise MisfitError(Fault("the checkpoint is gone", CHECKPOINT))
    return (local,) if anchor is None else (local, _anchored(anchor, key, local))


def _anchored(content: bytes, key: bytes | None, local: Checkpoint) -> Checkpoint:
    """Return the checkpoint that is kept elsewhere; it was written after the one in the folder."""
    try:
        anchor = Checkpoint.parse(content)
        anchor.check(key)
    except CheckpointError as error:
        raise MisfitError(Fault(f"in Redis, {error}", ANCHOR)) from error
    if anchor.position.chain != local.position.chain:
        raise MisfitError(Fault("another chain is anchored in Redis", ANCHOR))
    if anchor.position.seq > local.position.seq:
        wrong = f"the checkpoint is older than the one in Redis, of {anchor.time}"
        raise MisfitError(Fault(wrong, CHECKPOINT, seq=anchor.position.seq))
    return anchor


def _check_sealed(checkpoint: Checkpoint, position: Position) -> None:
    sealed = checkpoint.position
    if position.chain != sealed.chain:
        raise MisfitError(Fault("the log is not of the chain that was sealed", CHECKPOINT))
    if position.seq == sealed.seq and position != sealed:
        wrong = f"record {sealed.seq} is not the one that was sealed at {checkpoint.time}"
        raise MisfitError(Fault(wrong, CHECKPOINT, seq=sealed.seq))


def _check_reached(sealed: Sequence[Checkpoint], walker: Walker) -> None:
    reached = walker.position.seq if walker.position else 0
    for checkpoint in sealed:
        last = checkpoint.position.seq
        if last > reached:
            wrong = (
                f"records {reached + 1} to {last} are gone, which were sealed at {checkpoint.time}"
            )
            raise MisfitError(Fault(wrong, CHECKPOINT, seq=reached + 1))


def _verdict(
    walker: Walker,
    files: int,
    *,
    fault: Fault | None = None,
    sealed: Sequence[Checkpoint] = (),
    keyed: bool = False,
) -> LogVerdict:
    reached = [checkpoint.position.seq for checkpoint in sealed]
    return LogVerdict(
        files=files,
        records=walker.records,
        gaps=walker.gaps,
        first_seq=walker.first.seq if walker.first else 0,
        head=walker.position,
        sealed_seq=reached[0] if reached else 0,
        sealed_with_key=keyed and bool(sealed),
        anchored_seq=reached[1] if len(reached) > 1 else None,
        unfinished_bytes=walker.unfinished_bytes,
        fault=fault,
    )
