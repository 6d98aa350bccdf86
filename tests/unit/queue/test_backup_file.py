"""Backups on disk: what is written is read, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.queue import BackupFileError
from preview_worker.queue.backup_file import (
    Record,
    from_json,
    records,
    to_json,
    verify,
    writing,
)

HEADER: Record = {"queue": "q", "createdAt": 5}


@given(st.binary(max_size=40))
def test_all_bytes_survive(value: bytes) -> None:
    """Text stands as text, other bytes do not become others."""
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Summary and records, numbered from the first after the header."""
    path = tmp_path / "b"
    with writing(path, HEADER) as writer:
        writer.add({"kind": "job", "id": "a\n\u2028"}, "waiting")
        writer.add({"kind": "job", "id": "b"}, "failed")
        written = writer.finish()
    assert verify(path) == written
    assert (written.queue, written.created_at_ms) == ("q", 5)
    assert written.counts == {"waiting": 1, "failed": 1}
    assert [(number, record["id"]) for number, record in records(path)] == [
        (1, "a\n\u2028"),
        (2, "b"),
    ]


def test_an_unfinished_backup_leaves_the_older_one(tmp_path: Path) -> None:
    """A file is replaced by a whole one or not at all, and no remains lie about."""
    path = tmp_path / "b"
    path.write_bytes(b"older")
    with pytest.raises(InterruptedError), writing(path, HEADER):
        raise InterruptedError
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("b", b"older")]


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    """Wherever it is: in a record, a sum, the frame, or the end."""
    path = tmp_path / "b"
    with writing(path, HEADER) as writer:
        writer.add({"kind": "job", "id": "a"}, "waiting")
        writer.finish()
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BackupFileError):
            verify(path)


def test_every_cut_is_found(tmp_path: Path) -> None:
    """A file that ends early is not mistaken for a smaller backup."""
    path = tmp_path / "b"
    with writing(path, HEADER) as writer:
        writer.add({"kind": "job", "id": "a"}, "waiting")
        writer.finish()
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(BackupFileError):
            verify(path)


def test_records_of_another_backup_are_found(tmp_path: Path) -> None:
    """Each line is sound, but they do not belong together."""
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        with writing(path, HEADER) as writer:
            writer.add({"kind": "job", "id": path.name}, "waiting")
            writer.finish()
    lines = [path.read_bytes().splitlines(keepends=True) for path in paths]
    paths[0].write_bytes(lines[0][0] + lines[1][1] + lines[0][2])
    with pytest.raises(BackupFileError, match="Lines are missing"):
        verify(paths[0])


def test_a_version_that_is_not_known_is_refused(tmp_path: Path) -> None:
    """The message tells both versions."""
    path = tmp_path / "b"
    with writing(path, {**HEADER, "version": 2}) as writer:
        writer.finish()
    with pytest.raises(BackupFileError, match="version 2; this worker reads 1"):
        verify(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """So is what the system says of it."""
    with pytest.raises(BackupFileError, match="none cannot be read: No such file"):
        verify(tmp_path / "none")
