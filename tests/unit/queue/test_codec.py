"""A job's hash becomes a leased job, or the reason why not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from preview_worker.queue.codec import (
    NOTHING_FETCHED,
    Fetched,
    UnfitJobError,
    decode_job,
    decode_stacktrace,
)
from preview_worker.queue.wire import Reply

FIELDS: dict[bytes, bytes] = {
    b"name": b"render-preview",
    b"data": b'{"a":1}',
    b"opts": b'{"attempts":5,"priority":2}',
    b"timestamp": b"1700000000000",
    b"priority": b"2",
    b"ats": b"3",
    b"atm": b"1",
    b"stc": b"1",
}


def fetched(*, without: Iterable[bytes] = (), **changed: bytes) -> Fetched:
    """Return a job as a script returns it, with some fields changed or left out."""
    fields = {**FIELDS, **{name.encode(): value for name, value in changed.items()}}
    flat: list[Reply] = [
        word for name, value in fields.items() if name not in without for word in (name, value)
    ]
    return Fetched(flat, b"job-1", 0, 0)


def test_a_whole_job_is_decoded() -> None:
    """Every counter has its name, and the payload stays as it is."""
    job = decode_job(fetched(), "token").job
    assert (job.id, job.name, job.payload) == ("job-1", "render-preview", b'{"a":1}')
    assert (job.attempts_made, job.attempts_started, job.stalled_count) == (1, 3, 1)
    assert (job.max_attempts, job.priority, job.token) == (5, 2, "token")


def test_what_a_job_may_lack_has_a_default() -> None:
    """A hash with nothing but a name is a job that is tried once."""
    job = decode_job(fetched(without=set(FIELDS) - {b"name"}), "t").job
    assert (job.max_attempts, job.attempts_made, job.added_at_ms, job.payload) == (1, 0, 0, b"{}")


def test_a_deferred_failure_is_told() -> None:
    """The stall check leaves it in the hash for the next worker to carry out."""
    assert decode_job(fetched(defa=b"stalled"), "t").deferred_failure == "stalled"


def test_a_payload_is_not_looked_at() -> None:
    """Whatever it is, this room hands it on."""
    assert decode_job(fetched(data=b"\xff\x00{"), "t").job.payload == b"\xff\x00{"


@pytest.mark.parametrize(
    ("job", "spoiled"),
    [
        (fetched(without=[b"name"]), ()),
        (fetched(opts=b"nothing"), ()),
        (fetched(timestamp=b"nan"), ()),
        (fetched(atm=b"1.5"), ("atm",)),
        (fetched(parent=b"[]"), ("parent", "parentKey")),
    ],
)
def test_an_unfit_job_says_what_the_scripts_would_trip_over(
    job: Fetched, spoiled: tuple[str, ...]
) -> None:
    """Those fields have to go before the job can be failed."""
    with pytest.raises(UnfitJobError) as caught:
        decode_job(job, "t")
    assert caught.value.spoiled == spoiled


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ([0, 0, 250, 0], Fetched(None, b"", 250, 0)),
        ([0, 0, 0, 1700000000123], Fetched(None, b"", 0, 1700000000123)),
        ([0, 0, 0, b"1700000000123.5"], Fetched(None, b"", 0, 1700000000123)),
        ([[b"name", b"x"], b"7", 0, 0], Fetched([b"name", b"x"], b"7", 0, 0)),
        ([[b"name", b"x"], b"7"], Fetched([b"name", b"x"], b"7", 0, 0)),
        (0, NOTHING_FETCHED),
        (None, NOTHING_FETCHED),
    ],
)
def test_every_answer_of_the_fetching_scripts_is_understood(
    reply: Reply, expected: Fetched
) -> None:
    """A job, a limit, the next delayed job, or nothing."""
    assert Fetched.of(reply) == expected


@pytest.mark.parametrize(
    ("raw", "lines"),
    [(b"", []), (b'["a","b"]', ["a", "b"]), (b'["a",1]', ["a"]), (b"{", []), (b"{}", [])],
)
def test_earlier_stack_traces_are_read_or_dropped(raw: bytes, lines: list[str]) -> None:
    """They are for people, so unreadable remains do not matter."""
    assert decode_stacktrace(raw) == lines
