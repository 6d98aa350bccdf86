"""A backup on disk: lines of JSON, each with its SHA-256, and one more over all of them at the end.

A line is ``{"sha256":"…","record":{…}}``; the sum is that of the record's bytes as they stand. The
first record is the ``header``, the last the ``end``. Bytes that are no UTF-8 are ``{"b64":"…"}``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from preview_worker.queue.archive import BackupFileError, BackupSummary

FORMAT = "preview-worker-backup"
VERSION = 1
Record = dict[str, object]
_BEFORE, _BETWEEN, _AFTER = b'{"sha256":"', b'","record":', b"}\n"
_SUM_END = len(_BEFORE) + 64
_RECORD_BEGIN = _SUM_END + len(_BETWEEN)


class NumberedRecord(NamedTuple):
    """A record and its place in the file; the header is 0."""

    number: int
    record: Record


class BackupWriter:
    """Writes one record after the other."""

    def __init__(self, file: IO[bytes], header: Record) -> None:
        """Begin ``file`` with its header."""
        self._file = file
        self._sum = hashlib.sha256()
        self._counts: Counter[str] = Counter()
        self._header = {"kind": "header", "format": FORMAT, "version": VERSION, **header}
        self._write(self._header)

    def add(self, record: Record, kind: str) -> None:
        """Write ``record`` and count it as one of ``kind``."""
        self._counts[kind] += 1
        self._write(record)

    def finish(self) -> BackupSummary:
        """Write the end and return what the file holds."""
        total = self._sum.hexdigest()
        counts = dict(self._counts)
        self._write({"kind": "end", "counts": counts, "sha256": total})
        return _summary(self._header, {"counts": counts, "sha256": total}, total)

    def _write(self, record: Record) -> None:
        body = json.dumps(record, separators=(",", ":")).encode()
        digest = hashlib.sha256(body).hexdigest().encode()
        line = b"".join((_BEFORE, digest, _BETWEEN, body, _AFTER))
        self._sum.update(line)
        self._file.write(line)


@contextmanager
def writing(path: Path, header: Record) -> Iterator[BackupWriter]:
    """Yield a writer; the file is seen under its name once it is whole and on disk."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            yield BackupWriter(file, header)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def verify(path: Path) -> BackupSummary:
    """Read the whole file and return what it holds; raise ``BackupFileError`` if it is not whole.

    Nothing is kept of what is read: a file of any size needs the memory of its longest line.
    """
    total = hashlib.sha256()
    header: Record | None = None
    for line, number in _lines(path):
        record = _record(line, number)
        if header is None:
            header = _checked_header(record)
        elif record.get("kind") == "end":
            return _summary(header, record, total.hexdigest())
        total.update(line)
    message = "The backup ends early: it was cut off, or is still being written"
    raise BackupFileError(message)


def records(path: Path) -> Iterator[NumberedRecord]:
    """Yield the records of a verified file, from the first after the header to the last."""
    for line, number in _lines(path):
        record = _record(line, number)
        if record.get("kind") == "end":
            return
        if number:
            yield NumberedRecord(number, record)


def to_json(value: bytes) -> object:
    """Return ``value`` as JSON can hold it."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


def from_json(value: object) -> bytes:
    """Return the bytes that ``to_json`` was given."""
    if isinstance(value, dict):
        return base64.b64decode(str(value.get("b64", "")))
    return str(value).encode()


def _lines(path: Path) -> Iterator[tuple[bytes, int]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file):
                yield line, number
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise BackupFileError(message) from error


def _record(line: bytes, number: int) -> Record:
    body = line[_RECORD_BEGIN : -len(_AFTER)]
    frame = (line[: len(_BEFORE)], line[_SUM_END:_RECORD_BEGIN], line[-len(_AFTER) :])
    if frame != (_BEFORE, _BETWEEN, _AFTER):
        message = "This is no backup" if not number else f"Line {number + 1} is damaged or cut off"
        raise BackupFileError(message)
    if hashlib.sha256(body).hexdigest().encode() != line[len(_BEFORE) : _SUM_END]:
        message = f"Line {number + 1} is not what was written: its checksum differs"
        raise BackupFileError(message)
    record = json.loads(body)
    return record if isinstance(record, dict) else {}


def _checked_header(record: Record) -> Record:
    if record.get("format") != FORMAT:
        message = "This is no backup of a queue"
        raise BackupFileError(message)
    if record.get("version") != VERSION:
        message = f"The backup has version {record.get('version')}; this worker reads {VERSION}"
        raise BackupFileError(message)
    return record


def _summary(header: Record, end: Record, total: str) -> BackupSummary:
    if end.get("sha256") != total:
        message = "Lines are missing from the backup, or were added: its total checksum differs"
        raise BackupFileError(message)
    counts = end.get("counts")
    return BackupSummary(
        queue=str(header.get("queue")),
        created_at_ms=int(str(header.get("createdAt"))),
        sha256=total,
        counts=counts if isinstance(counts, dict) else {},
    )
