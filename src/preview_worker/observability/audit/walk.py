"""Goes through the records of a chain, one after the other, up to the first that does not fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from preview_worker.observability.audit.folder import LogFile
from preview_worker.observability.audit.record import (
    BEGIN,
    GAP,
    LINE_START,
    NOTHING_BEFORE,
    PRUNE,
    Position,
    Record,
    read_line,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing in a log that is not as it was written."""

    wrong: str
    """A sentence for people."""
    file: str = ""
    line: int = 0
    """Counts from 1; 0 when no line is to blame."""
    seq: int = 0
    """The record that belongs there; 0 when no record is to blame."""


class MisfitError(Exception):
    """A log is not as it was written."""

    def __init__(self, fault: Fault) -> None:
        """Say what is wrong, and where."""
        super().__init__(fault.wrong)
        self.fault = fault


class Spot(NamedTuple):
    """Where in a file a line begins."""

    offset: int = 0
    """In bytes."""
    lines: int = 0
    """So many lines come before it."""


_BEGINNING = Spot()


class Walker:
    """Reads files in order and keeps count; raises ``MisfitError`` at the first misfit."""

    def __init__(self, after: Position | None = None) -> None:
        """Expect the record that follows ``after``; None takes the first that comes."""
        self.position = after
        self.first: Record | None = None
        self.records = 0
        self.gaps = 0
        self.unfinished_bytes = 0
        """Bytes of a line at the very end that a process did not live to finish."""
        self.spot = _BEGINNING
        """Where in the file that was read last the next line will begin."""
        self._pruned: set[tuple[int, str]] = set()

    def read(self, file: LogFile, *, last: bool, spot: Spot = _BEGINNING) -> Iterator[Record]:
        """Yield the records of a file from ``spot`` on; only the ``last`` may be cut short.

        What stands before is not read: a log is sealed again and again, and grows large.
        """
        with file.path.open("rb") as opened:
            opened.seek(spot.offset)
            content = opened.read()
        lines = _Lines(content, spot.lines)
        self.spot, named = spot, spot.offset > 0
        if spot.offset == 0 and not content and not last:
            raise self._misfit(file, 1, "the file is empty")
        for record in lines:
            if record is None:
                continue
            if not _mends(record, lines.torn):
                raise self._misfit(file, lines.torn_line or lines.number, "the line is damaged")
            if not named and record.seq != file.first_seq:
                wrong = f"a file of that name does not begin with record {record.seq}"
                raise self._misfit(file, lines.number, wrong)
            named = True
            self._step(file, lines.number, record)
            self.spot = Spot(spot.offset + lines.offset, lines.number)
            yield record
        if lines.torn is not None:
            raise self._misfit(file, lines.torn_line, "the line is damaged")
        if lines.rest and not (last and _is_beginning(lines.rest)):
            raise self._misfit(file, lines.number + 1, "the line is cut short")
        self.unfinished_bytes = len(lines.rest)

    def check_beginning(self) -> None:
        """Raise ``MisfitError`` unless the first record begins a chain.

        What was before it may have been removed by ourselves, of which a later record tells.
        """
        if self.first is None or self.first.seq == 1:
            return
        lost = self.first.seq - 1
        if (lost, self.first.before) not in self._pruned:
            raise MisfitError(Fault(f"records 1 to {lost} are gone", seq=1))

    def _step(self, file: LogFile, number: int, record: Record) -> None:
        expected = self.position
        if expected is not None:
            self._check_next(file, number, record, expected)
        elif record.seq == 1 and not _begins(record):
            raise self._misfit(file, number, "the chain does not begin as chains do")
        if self.first is None:
            self.first = record
        self.position = record.position
        self.records += 1
        self.gaps += record.action == GAP
        if record.action == PRUNE:
            self._pruned |= _removed(record.detail)

    def _check_next(self, file: LogFile, number: int, record: Record, expected: Position) -> None:
        if record.chain != expected.chain:
            raise self._misfit(file, number, "the record belongs to another chain")
        if record.seq != expected.seq + 1:
            wrong = f"record {record.seq} stands where record {expected.seq + 1} belongs"
            raise self._misfit(file, number, wrong)
        if record.before != expected.hash:
            wrong = f"record {record.seq} does not follow from the record before it"
            raise self._misfit(file, number, wrong)

    def _misfit(self, file: LogFile, line: int, wrong: str) -> MisfitError:
        seq = file.first_seq if self.position is None else self.position.seq + 1
        return MisfitError(Fault(wrong, file.path.name, line, seq))


class _Lines:
    """The lines of a file as records; those that are none gather as ``torn``."""

    def __init__(self, content: bytes, before: int) -> None:
        """Read ``content``, which so many lines of its file come before."""
        self._content = content
        self._torn_at: int | None = None
        self.torn: bytes | None = None
        """What stands between the last record and this one, less the newline that closes it."""
        self.torn_line = 0
        self.number = before
        self.at = self.offset = 0
        self.rest = b""

    def __iter__(self) -> Iterator[Record | None]:
        while (end := self._content.find(b"\n", self.offset)) >= 0:
            self.at, self.number = self.offset, self.number + 1
            self.offset = end + 1
            record = read_line(self._content[self.at : end])
            self._gather(record)
            yield record
            if record is not None:
                self._torn_at, self.torn, self.torn_line = None, None, 0
        self.rest = self._content[self.offset :]

    def _gather(self, record: Record | None) -> None:
        if record is None and self._torn_at is None:
            self._torn_at, self.torn_line = self.at, self.number
        if self._torn_at is not None:
            self.torn = self._content[self._torn_at : (self.at if record else self.offset) - 1]


def torn_facts(torn: bytes) -> dict[str, object]:
    """Return how a gap record names the bytes that a broken write left."""
    return {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}


def _mends(record: Record, torn: bytes | None) -> bool:
    """Tell whether a record names just those bytes that stand before it and are no record."""
    named = record.detail.get("torn") if record.action == GAP else None
    return named == (None if torn is None else torn_facts(torn))


def _is_beginning(rest: bytes) -> bool:
    """Tell whether a line that has no end can be what a broken write left of a record."""
    if not rest.startswith(LINE_START[: len(rest)]) or not rest.isascii():
        return False
    text = rest.decode()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return True
    return end == len(text)


def _begins(record: Record) -> bool:
    """Tell whether a record can be the first; a gap is, where the very first write broke."""
    return record.action in {BEGIN, GAP} and record.before == NOTHING_BEFORE


def _removed(detail: Mapping[str, Any]) -> set[tuple[int, str]]:
    """Return the last record of each file that a prune record names, with its hash."""
    files = detail.get("files")
    return {
        (last, digest)
        for file in (files if isinstance(files, list) else ())
        for last, digest in [(file.get("last_seq"), file.get("last_hash"))]
        if isinstance(last, int) and isinstance(digest, str)
    }
