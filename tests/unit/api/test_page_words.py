"""What the page makes of a search, of a percentage and of the time that a job took."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preview_worker.api.index import JobQuery
from preview_worker.api.keys import ANYBODY
from preview_worker.api.page.breakdown import Reuse, break_down
from preview_worker.api.page.searching import read_search
from preview_worker.api.page.sketches import sketch_phases
from preview_worker.api.summaries import JobSummary
from preview_worker.queue import JobState

JOB = JobSummary(
    "job-1",
    JobState.COMPLETED,
    added_at_ms=1_000,
    processed_on_ms=3_000,
    finished_on_ms=4_000,
    attempts_made=1,
)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("  two   words ", JobQuery(text="two words")),
        ("project:lighthouse", JobQuery(project_id="lighthouse")),
        ("lamp code:invalid.* tower", JobQuery(text="lamp tower", code="invalid.*")),
        ('project:"two words" request:r-1', JobQuery(project_id="two words", request_id="r-1")),
        ("is:failed", JobQuery(states=(JobState.FAILED,))),
        ("is:nonsense", JobQuery(text="is:nonsense")),
        ("myproject:x", JobQuery(text="myproject:x")),
        ("project:", JobQuery(text="project:")),
    ],
)
def test_a_search_is_words_and_what_narrows_it_down(text: str, query: JobQuery) -> None:
    """What is no known narrowing is looked for as it is written."""
    assert read_search(text, "", ANYBODY) == replace(query, projects=ANYBODY.projects)


def test_the_chosen_state_counts_more_than_a_typed_one() -> None:
    """The number above the list that was clicked is what is shown."""
    assert read_search("is:failed", "running", ANYBODY).states == (JobState.ACTIVE,)


@pytest.mark.parametrize(
    ("percent", "word", "full"),
    [
        (0, "Planning", 0),
        (2, "Reading pictures", 1),
        (4, "Writing captions", 2),
        (5, "Painting", 3),
        (89, "Painting", 3),
        (90, "Checking", 4),
        (100, "Checking", 5),
    ],
)
def test_a_percentage_is_told_as_a_phase(percent: int, word: str, full: int) -> None:
    """All pieces of the bar before that phase are full, and the word is the phase's."""
    told = sketch_phases(percent)

    assert told["word"] == word
    assert [piece["filled"] == piece["width"] for piece in told["pieces"]].count(True) == full


def test_the_pieces_of_a_bar_fill_its_width() -> None:
    """They stand beside each other with gaps, and end where the bar ends."""
    last = sketch_phases(50)["pieces"][-1]

    assert last["x"] + last["width"] == 100


def test_a_job_that_waited_long_is_said_to_have_waited() -> None:
    """Not what the worker did is to blame then."""
    told = break_down(JOB, {"phasesSeconds": {"paint": 0.2, "encode": 0.7}})

    assert "2.0 s of 3.0 s went by before a worker took it" in told["verdict"][0]
    assert [line["class"] for line in told["lines"]] == ["wait", "part", "part"]


def test_the_largest_part_of_the_work_is_named() -> None:
    """With its share, and how much of it had been rendered before."""
    quick = replace(JOB, processed_on_ms=1_010)
    told = break_down(quick, {"phasesSeconds": {"paint": 0.2, "encode": 0.6}}, Reuse(4, 1))

    assert told["verdict"][0].startswith("Of the work, encoding took the most: 75 %")
    assert told["verdict"][1] == "1 of 4 pieces had been rendered before."
    assert [line["name"] for line in told["lines"] if line["class"] == "slowest"] == ["encode"]


def test_small_parts_are_told_together() -> None:
    """A line that nobody could see is none."""
    phases = {"encode": 1.0, "plan": 0.001, "probe": 0.002}
    told = break_down(replace(JOB, processed_on_ms=1_010), {"phasesSeconds": phases})

    assert [line["name"] for line in told["lines"]] == ["wait", "encode", "2 others"]


def test_nothing_is_said_of_a_job_that_has_not_ended() -> None:
    """It may still become anything."""
    assert break_down(replace(JOB, finished_on_ms=None), None) == {"lines": [], "verdict": []}
