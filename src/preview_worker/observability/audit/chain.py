"""Appends to the log, which any number of processes share.

There is one chain for a folder, and whoever appends to it holds a lock for the tenth of a
millisecond that it takes. A chain for each process would need no lock, but every command would
begin one, a whole chain could vanish without anything missing it, and nothing would tell whether
the job was cancelled before it failed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from preview_worker.observability.audit.checkpoint import (
    Checkpoint,
    a_new_chain,
    write_checkpoint,
)
from preview_worker.observability.audit.folder import (
    file_beginning_with,
    locked,
    make_durable,
    open_for_appending,
)
from preview_worker.observability.audit.record import (
    BEGIN,
    GAP,
    Actor,
    Deed,
    Position,
    told_time,
    write_line,
)
from preview_worker.observability.audit.retention import (
    Expired,
    expired_files,
    prune_deed,
    remove,
)
from preview_worker.observability.audit.settings import AuditSettings
from preview_worker.observability.audit.tail import Mark, Tail, find_tail, remembered_head
from preview_worker.observability.audit.walk import torn_facts


class AppendFailedError(Exception):
    """The disk refused; ``written`` of the deeds are in the log all the same."""

    def __init__(self, written: int, error: OSError) -> None:
        """Say why, in the system's words."""
        super().__init__(error.strerror or type(error).__name__)
        self.written = written


class Chain:
    """The log of one folder, as one process appends to it."""

    def __init__(self, settings: AuditSettings, actor: Actor) -> None:
        """Append for ``actor``; touches nothing yet."""
        self._settings = settings
        self._actor = actor
        self._tail = Tail()
        self._head: Position | None = None

    @property
    def head(self) -> Position | None:
        """The last record that this process wrote, or knows of by the checkpoint."""
        return self._head

    def append(self, deeds: Sequence[Deed], gap: Mapping[str, object] | None = None) -> None:
        """Write ``deeds`` at the end of the log; before them, that there was a ``gap``.

        Raises ``AppendFailedError``.
        """
        try:
            with locked(self._settings.folder, self._settings.lock_timeout_s):
                self._append(deeds, gap)
        except OSError as error:
            raise AppendFailedError(0, error) from error

    def _append(self, deeds: Sequence[Deed], gap: Mapping[str, object] | None) -> None:
        tail = self._tail = find_tail(self._settings.folder, self._tail)
        before, found = self._place(tail)
        facts = {**(gap or {}), **found, **({"torn": torn_facts(tail.torn)} if tail.torn else {})}
        firsts = [Deed(action=BEGIN)] if before.seq == 0 and not tail.torn else []
        firsts += [Deed(action=GAP, detail=facts)] if facts else []
        if not firsts and not deeds:
            return
        expired: list[Expired] = []
        path = tail.mark.path if tail.mark else file_beginning_with(self._folder, before.seq + 1)
        if tail.mark is not None and self._is_full(tail.mark, tail):
            make_durable(tail.mark.path)  # what comes after must not outlive what came before
            path = file_beginning_with(self._folder, before.seq + 1)
            expired = expired_files(self._settings, remembered_head(self._folder))
            firsts += [prune_deed(expired)] if expired else []
        self._write(path, [*firsts, *deeds], before, len(firsts))
        remove(expired)

    @property
    def _folder(self) -> Path:
        return self._settings.folder

    def _place(self, tail: Tail) -> tuple[Position, dict[str, object]]:
        """Return after which record to go on, and what is wrong with the end of the log.

        Where records are gone that this process wrote or that a checkpoint knows of, the chain
        goes on after them, so that the hole stays to be seen.
        """
        if self._head is None:
            self._head = remembered_head(self._folder)
        found, expected = tail.position, self._head
        if expected is None:
            return found or self._begin(), {}
        if found is not None and _reaches(found, expected):
            return found, {}
        if found is None and expected.seq == 0:
            return expected, {}
        found_seq = found.seq if found else 0
        return expected, {"cut": {"expected_seq": expected.seq, "found_seq": found_seq}}

    def _begin(self) -> Position:
        """Have a checkpoint before there is a chain, so that one without the other is seen."""
        head = self._head = a_new_chain()
        checkpoint = Checkpoint.make(head, told_time(time.time()), self._settings.key)
        write_checkpoint(self._folder, checkpoint)
        return head

    def _is_full(self, mark: Mark, tail: Tail) -> bool:
        """Tell whether a new file is due. A broken line is mended in the file that has it."""
        if tail.torn or not mark.size_bytes:
            return False
        age_s = time.time() - tail.begun_s
        full = mark.size_bytes >= self._settings.file_max_bytes
        return full or (tail.begun_s > 0 and age_s > self._settings.file_max_age_s)

    def _write(self, path: Path, deeds: Sequence[Deed], before: Position, extra: int) -> None:
        """Write the lines at once. Of a failure, find out how many of them are whole."""
        is_new = self._tail.mark is None or self._tail.mark.path != path
        begun_s = deeds[0].at_s if is_new else self._tail.begun_s
        lines, places = [b"\n"] if self._tail.torn else [b""], [before]
        for deed in deeds:
            line, place = write_line(deed.document(self._actor), places[-1])
            lines.append(line)
            places.append(place)
        self._tail = Tail()  # found afresh, should something go wrong from here on
        descriptor = open_for_appending(path)
        try:
            written, error = _write_all(descriptor, b"".join(lines))
        finally:
            os.close(descriptor)
        whole = len(lines) - 1 if error is None else _count_whole(lines, written)
        self._head = places[whole] if whole else self._head
        if error is not None:
            raise AppendFailedError(max(0, whole - extra), error)
        if is_new:
            make_durable(path.parent)
        self._tail = Tail(places[-1], Mark.of(path), b"", begun_s)


def _reaches(found: Position, expected: Position) -> bool:
    if found.seq == expected.seq:
        return found == expected
    return found.chain == expected.chain and found.seq > expected.seq


def _write_all(descriptor: int, content: bytes) -> tuple[int, OSError | None]:
    """Return how many bytes were written, and why not all of them were."""
    written = 0
    try:
        while written < len(content):
            written += os.write(descriptor, content[written:])
    except OSError as error:
        return written, error
    return written, None


def _count_whole(lines: Sequence[bytes], written: int) -> int:
    """Return how many lines are whole when so many bytes were written; the first is none."""
    whole, end = 0, len(lines[0])
    for line in lines[1:]:
        end += len(line)
        if end > written:
            break
        whole += 1
    return whole
