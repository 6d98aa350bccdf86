"""A record is one line whose own digest shows every change."""

from __future__ import annotations

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from preview_worker.observability import Actor, Deed, acting_for
from preview_worker.observability.audit.record import (
    NOTHING_BEFORE,
    Position,
    read_line,
    told_time,
    write_line,
)
from tests.fakes.ledgers import ACTOR

START = Position("c0ffee", 0, NOTHING_BEFORE)
LINE, AFTER = write_line(Deed(action="job.cancel", job_id="job-1").document(ACTOR), START)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.text(), st.dictionaries(st.text(), anything), st.text())
def test_whatever_is_written_is_read_as_it_was(
    job_id: str, detail: dict[str, object], user: str
) -> None:
    """Any letters, half characters among them, come back; the line stays one line of ASCII."""
    actor = Actor(kind="command", user=user, host="h", pid=1)
    line, after = write_line(
        Deed(action="a.b", job_id=job_id, detail=detail).document(actor), START
    )

    assert line.isascii()
    assert line.count(b"\n") == 1
    record = read_line(line[:-1])
    assert record is not None
    assert record.position == after
    assert record.detail == detail
    assert record.document["actor"]["user"] == user


@given(st.integers(0, len(LINE) - 2), st.integers(1, 255))
def test_a_changed_byte_is_seen(at: int, change: int) -> None:
    """Wherever it is in the line, in the digest as well."""
    changed = LINE[:at] + bytes([LINE[at] ^ change]) + LINE[at + 1 : -1]

    assert read_line(changed) is None


def test_the_hash_can_be_computed_by_anybody() -> None:
    """It is SHA-256 over the hash before and the line less its hash, as docs/audit.md says."""
    body = LINE[:-1].replace(b',"hash":"%b"' % AFTER.hash.encode(), b"")

    assert hashlib.sha256(NOTHING_BEFORE.encode() + body).hexdigest() == AFTER.hash
    assert json.loads(LINE)["hash"] == AFTER.hash


def test_a_long_name_is_cut_and_can_still_be_recognized() -> None:
    """A job's id of a mebibyte must not fill the log; its digest tells it from others."""
    job_id = "x" * 2**20
    document = Deed(action="job.cancel", job_id=job_id).document(ACTOR)
    line, _ = write_line(document, START)

    assert len(line) < 1024
    assert hashlib.sha256(job_id.encode()).hexdigest().encode() in line


def test_a_deed_is_recorded_under_the_key_of_whoever_is_served() -> None:
    """Where several people act through one process, each for the time of a request."""
    with acting_for("operators"):
        inside = Deed(action="a.b").document(ACTOR)

    assert inside["actor"] == {"kind": "worker", "user": "mobius", "host": "here", "pid": 7} | {
        "key": "operators"
    }
    assert "key" not in str(Deed(action="a.b").document(ACTOR))


def test_a_detail_that_is_too_large_is_left_out() -> None:
    """The deed is recorded all the same."""
    line, _ = write_line(Deed(action="a.b", detail={"x": "y" * 2**20}).document(ACTOR), START)
    record = read_line(line[:-1])

    assert record is not None
    assert set(record.detail) == {"omitted_bytes"}
    assert record.detail["omitted_bytes"] > 2**20


def test_times_are_told_in_utc_to_the_millisecond() -> None:
    """RFC 3339, with a Z."""
    assert told_time(0.1234) == "1970-01-01T00:00:00.123Z"


def test_lines_that_are_json_but_no_records_are_not_read() -> None:
    """Whatever stands there."""
    for line in (b"", b"{}", b"[]", b"null", b'{"seq":true}', LINE, b"[" * 100_000):
        assert read_line(line) is None
