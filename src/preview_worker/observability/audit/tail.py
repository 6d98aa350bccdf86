"""Finds the end of the log: after which record the next one comes, and what is broken there."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from preview_worker.observability.audit.checkpoint import CheckpointError, read_checkpoint
from preview_worker.observability.audit.folder import LogFile, log_files
from preview_worker.observability.audit.record import Position, Record, read_line


class Mark(NamedTuple):
    """A file as it was seen last, by which one knows that nobody wrote to it since."""

    path: Path
    number: int
    """The file system's number of the file, which another file in its place does not have."""
    size_bytes: int

    @classmethod
    def of(cls, path: Path) -> Mark:
        """Look at a file."""
        status = path.stat()
        return cls(path, status.st_ino, status.st_size)


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of the log. ``position`` is None where no record is to be found."""

    position: Position | None = None
    mark: Mark | None = None
    """The newest file, if there is any."""
    torn: bytes = b""
    """What stands behind the last record: a line that its writer did not live to finish."""
    begun_s: float = 0.0
    """When the newest file was begun, POSIX seconds."""


def find_tail(folder: Path, known: Tail) -> Tail:
    """Return the end of the log as it is now; ``known`` is what was found last."""
    files = log_files(folder)
    if not files:
        return Tail()
    mark = Mark.of(files[-1].path)
    if mark == known.mark:
        return known
    if _has_only_grown(mark, known):
        return _read_on(mark, known)
    return _read_whole(files, mark)


def remembered_head(folder: Path) -> Position | None:
    """Return how far the checkpoint says that the log reached, None if it says nothing."""
    with contextlib.suppress(CheckpointError, OSError):
        checkpoint = read_checkpoint(folder)
        return None if checkpoint is None else checkpoint.position
    return None


def first_record(file: LogFile) -> Record | None:
    """Return the record that a file begins with."""
    with file.path.open("rb") as content:
        return read_line(content.readline().removesuffix(b"\n"))


def _has_only_grown(mark: Mark, known: Tail) -> bool:
    seen = known.mark
    same = seen is not None and (mark.path, mark.number) == (seen.path, seen.number)
    return same and seen is not None and mark.size_bytes > seen.size_bytes and not known.torn


def _read_on(mark: Mark, known: Tail) -> Tail:
    """Read what was written to the newest file since it was seen last."""
    seen_bytes = known.mark.size_bytes if known.mark else 0
    with mark.path.open("rb") as file:
        file.seek(seen_bytes)
        content = file.read(mark.size_bytes - seen_bytes)
    record, torn = _last_record(content)
    position = known.position if record is None else record.position
    return replace(known, position=position, mark=mark, torn=torn)


def _read_whole(files: Sequence[LogFile], mark: Mark) -> Tail:
    record, torn = _last_record(files[-1].path.read_bytes())
    begun_s = _told_s(first_record(files[-1]))
    if record is None:  # the newest file was begun and holds nothing yet
        for older in reversed(files[:-1]):
            record, _ = _last_record(older.path.read_bytes())
            if record is not None:
                break
    return Tail(None if record is None else record.position, mark, torn, begun_s)


def _last_record(content: bytes) -> tuple[Record | None, bytes]:
    """Return the last record in some lines, and what stands behind it."""
    end = content.rfind(b"\n")
    while end >= 0:
        begin = content.rfind(b"\n", 0, end) + 1
        record = read_line(content[begin:end])
        if record is not None:
            return record, content[end + 1 :]
        end = begin - 1
    return None, content


def _told_s(record: Record | None) -> float:
    """Return when a record says that it was written, 0 when it does not say it."""
    try:
        return datetime.fromisoformat(str(record.document["time"])).timestamp() if record else 0.0
    except (KeyError, ValueError):
        return 0.0
