"""Reads a log from its end: the newest records first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from preview_worker.observability.audit.accounts import Selection
from preview_worker.observability.audit.folder import log_files
from preview_worker.observability.audit.record import Record, read_line

MOST_READ = 50_000
"""Records that are looked through for one page: about a second's work."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some records, the newest first. ``before`` is where the next page goes on, None at the end.

    A page may be short, or empty, before the end: there were too many records that are not meant.
    """

    records: tuple[Record, ...]
    before: int | None


def look_back(
    folder: Path, selection: Selection, limit: int, before: int | None = None
) -> AuditPage:
    """Return up to ``limit`` records whose numbers are below ``before``; nothing is verified.

    Raises ``OSError`` when the log cannot be read; without a folder there are no records.
    """
    found: list[Record] = []
    for seen, record in enumerate(_backwards(folder, before), 1):
        if selection.matches(record):
            found.append(record)
        if len(found) == limit or seen == MOST_READ:
            return AuditPage(tuple(found), record.seq if record.seq > 1 else None)
    return AuditPage(tuple(found), None)


def _backwards(folder: Path, before: int | None) -> Iterator[Record]:
    if not folder.is_dir():
        return
    for file in reversed(log_files(folder)):
        if before is not None and file.first_seq >= before:
            continue
        try:
            lines = file.path.read_bytes().split(b"\n")
        except FileNotFoundError:  # it was too old to be kept any longer
            return
        for line in reversed(lines):
            record = read_line(line)
            if record is not None and (before is None or record.seq < before):
                yield record
