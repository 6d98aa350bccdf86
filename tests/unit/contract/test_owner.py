"""Telling whose a job is without reading the rest."""

from __future__ import annotations

import json

import pytest

from preview_worker.contract import PartJob, read_job, read_project
from tests.fakes.payloads import a_payload


def test_the_project_is_the_one_that_the_whole_payload_names() -> None:
    """As it is read when the job is run."""
    raw = json.dumps(a_payload(projectId="lighthouse")).encode()

    assert read_project(raw) == "lighthouse" == read_job(raw).job.project_id


def test_a_part_is_of_its_previews_project() -> None:
    """Its payload says so."""
    part = PartJob("a-part-1", "lighthouse", "r-1", 1, 4)

    assert read_project(json.dumps(part.payload()).encode()) == "lighthouse"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"projectId": "one", "projectId": "two"}',
        b'{"title": "\\ud800", "projectId": "two"}',
        b'{"other": {"projectId": "one"}, "projectId": "two"}',
    ],
    ids=["named twice", "lone surrogate", "nested"],
)
def test_nothing_hides_a_project(raw: bytes) -> None:
    """What the reader of payloads takes is told here, too, and as it reads it."""
    assert read_project(raw) == "two"


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"{}", b'{"projectId": 7}', b'{"projectId": ""}', b"\xff", b"[" * 100_000],
    ids=["nothing", "cut", "a list", "no project", "a number", "empty", "no text", "deep"],
)
def test_what_names_no_project_has_none(raw: bytes) -> None:
    """It is failed later, with a reason."""
    assert read_project(raw) is None
