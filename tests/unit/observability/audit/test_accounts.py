"""Records are found by what is asked, and jobs that ended are held against what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from preview_worker.observability import (
    Actor,
    Deed,
    Selection,
    endings,
    read_log,
    unaccounted,
)
from tests.fakes.ledgers import ACTOR, a_chain, job_of

AT_S = 1_000_000.0
OTHER = Actor(kind="worker", user="mobius", host="here", pid=8)


def told(
    action: str, outcome: str, job: str = "job-1", *, attempt: int = 1, actor: Actor = ACTOR
) -> Mapping[str, Any]:
    """Return what a record says of a job."""
    deed = Deed(action=action, outcome=outcome, job_id=job, detail={"attempt": attempt})
    return deed.document(actor)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A log of four deeds, a second apart."""
    deeds = [
        Deed(action="job.submit", job_id="job-1"),
        Deed(action="queue.pause"),
        Deed(action="queue.clean", detail={"jobs": ["job-1", "job-2"]}),
        Deed(action="job.cancel", job_id="job-3"),
    ]
    for number, deed in enumerate(deeds):
        a_chain(tmp_path).append(
            [Deed(action=deed.action, job_id=deed.job_id, detail=deed.detail, at_s=AT_S + number)]
        )
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "actions"),
    [
        (Selection(job_id="job-1"), ["job.submit", "queue.clean"]),
        (Selection(action="queue.*"), ["queue.pause", "queue.clean"]),
        (Selection(since_ms=1_000_002_000, action="*.c*"), ["queue.clean", "job.cancel"]),
        (Selection(until_ms=1_000_002_000, action="[!a]*"), ["job.submit", "queue.pause"]),
        (Selection(user="somebody else"), []),
    ],
)
def test_records_are_chosen(folder: Path, wanted: Selection, actions: list[str]) -> None:
    """By job, also among several, by action with wildcards, by time and by account."""
    assert [each.action for each in read_log(folder) if wanted.matches(each)] == actions


def test_a_damaged_line_does_not_hide_the_others(folder: Path) -> None:
    """People who look into a log that was tampered with want to see the rest."""
    path = folder / "audit-000000000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"queue.pause", b"queue.drain"))

    assert [job_of(each) for each in read_log(folder)] == ["", "job-1", "", "job-3"]


def test_a_job_that_ended_has_its_record() -> None:
    """Announced and confirmed: one ending."""
    documents = [told("job.settling", "completed"), told("job.settle", "completed")]

    assert [(each.outcome, each.confirmed) for each in endings(documents)] == [("completed", True)]
    assert unaccounted(documents, {"job-1": "completed"}) == []


def test_an_announcement_will_do_where_the_worker_was_killed() -> None:
    """Between telling the queue and recording that it had been told."""
    documents = [told("job.settling", "completed")]

    assert [each.confirmed for each in endings(documents)] == [False]
    assert unaccounted(documents, {"job-1": "completed"}) == []


def test_an_announcement_that_did_not_come_about_is_none_of_another_attempt() -> None:
    """The second worker's record counts."""
    documents = [
        told("job.settling", "failed"),
        told("job.settling", "completed", attempt=2, actor=OTHER),
        told("job.settle", "completed", attempt=2, actor=OTHER),
    ]

    assert unaccounted(documents, {"job-1": "completed"}) == []


def test_a_settlement_whose_answer_was_lost_stays_announced() -> None:
    """The queue may have carried it out."""
    documents = [told("job.settling", "completed"), told("job.settle", "lost")]

    assert unaccounted(documents, {"job-1": "completed"}) == []


@pytest.mark.parametrize(
    ("documents", "wrong"),
    [
        ([], "job-1 is completed, no record says so"),
        ([told("job.settle", "failed")], "job-1 is completed, the log says failed"),
        ([told("job.settle", "retry")], "job-1 is completed, no record says so"),
    ],
)
def test_a_job_without_a_true_record_is_named(
    documents: list[Mapping[str, Any]], wrong: str
) -> None:
    """So that I5 can be judged after a storm."""
    assert unaccounted(documents, {"job-1": "completed"}) == [wrong]


def test_two_records_of_one_ending_are_one_too_many() -> None:
    """But a record that was told elsewhere first and then written is the same record."""
    first, second = told("job.settle", "completed"), told("job.settle", "completed")

    assert unaccounted([first, dict(first)], {"job-1": "completed"}) == []
    assert unaccounted([first, second], {"job-1": "completed"}) == [
        "job-1 has 2 records of one ending"
    ]


def test_a_job_that_was_replayed_may_end_again() -> None:
    """Its last ending is what the queue knows."""
    documents = [
        told("job.settle", "failed"),
        told("letter.replay", "replayed"),
        told("job.settle", "completed", attempt=2),
    ]

    assert unaccounted(documents, {"job-1": "completed"}) == []
