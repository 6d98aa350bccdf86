"""The judges of batches see what they are there to see: each verdict is broken once on purpose."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from chaos.batch_verdict import (
    Kept,
    judge_attempts,
    judge_bytes,
    judge_publications,
    judge_webhooks,
)
from chaos.report import Report
from chaos.storage_gate import Request
from tests.hook_receiver import Posted

BATCHES = ("batch-1", "batch-2")
WRITTEN = tuple(f"/bucket/previews/storm/{one}/current.json" for one in BATCHES)
MADE = {"preview.mp4": "a", "captions.srt": "b"}


@pytest.mark.parametrize(
    ("found", "wrong", "holds"),
    [
        ({**MADE, "preview.json": "whoever made it"}, [], True),
        ({**MADE, "preview.mp4": "other"}, [], False),
        ({"preview.mp4": "a"}, [], False),
        ({**MADE, "more.txt": "c"}, [], False),
        (MADE, ["preview.mp4 is not what the manifest says"], False),
    ],
    ids=["same", "other bytes", "one is missing", "one too many", "not as told"],
)
def test_other_bytes_than_those_of_one_worker_are_seen(
    found: dict[str, str], wrong: list[str], *, holds: bool
) -> None:
    """They break B1; what tells of its making may differ."""
    report = Report("test", 1)
    judge_bytes(report, {"batch-1": MADE}, {"batch-1": Kept(digests=found, wrong=wrong)})

    assert (report.broken == []) is holds


@pytest.mark.parametrize(
    ("written", "doubtful", "told", "holds"),
    [
        (WRITTEN, [], BATCHES, True),
        (WRITTEN, [], BATCHES[:1], True),
        ((*WRITTEN, "/bucket/previews/storm/batch-1/7-ab/preview.mp4"), [], BATCHES, True),
        ((*WRITTEN, WRITTEN[1]), [], BATCHES, False),
        (WRITTEN[:1], [], BATCHES, False),
        (WRITTEN, [], (*BATCHES, BATCHES[0]), False),
        (WRITTEN, [Request("PUT", WRITTEN[0])], BATCHES, False),
    ],
    ids=["once", "untold", "files", "twice", "never", "told twice", "unknown"],
)
def test_a_preview_that_was_published_twice_is_seen(
    written: Sequence[str], doubtful: Sequence[Request], told: Sequence[str], *, holds: bool
) -> None:
    """It breaks B2, as does one of which nobody knows."""
    report = Report("test", 1)
    judge_publications(report, BATCHES, (written, doubtful), Counter(told))

    assert (report.broken == []) is holds


def test_an_attempt_that_an_outage_cost_is_seen() -> None:
    """It breaks B3; one that a killed render process cost does not."""
    report = Report("test", 1)
    judge_attempts(report, Counter({"transient.child_killed": 2}))
    judge_attempts(report, Counter({"transient.storage": 1}))

    assert [one.holds for one in report.invariants] == [True, False]


@pytest.mark.parametrize(
    ("kind", "job_id", "holds"),
    [
        ("preview.completed", "batch-1", True),
        ("preview.failed", "batch-1", False),
        ("preview.completed", "batch-1-part-2-19c0", False),
    ],
    ids=["completed", "failed", "a part"],
)
def test_a_webhook_that_tells_of_something_else_is_seen(
    kind: str, job_id: str, *, holds: bool
) -> None:
    """A failure or a part breaks B4."""
    body = json.dumps({"type": kind, "data": {"id": job_id}}).encode()
    report = Report("test", 1)
    judge_webhooks(report, BATCHES, [Posted("POST /", {"webhook-id": "1"}, body, 0.0)])

    assert (report.broken == []) is holds
