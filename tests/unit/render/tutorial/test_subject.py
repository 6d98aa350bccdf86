"""What a tutorial is about is found wherever a request says it."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.tutorial.subject import Subject, read_subject, slug_of
from tests.unit.render.jobs import config_of, job_of

SCENE = {"id": "s", "durationSec": 2}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"game": {"gameId": "owls", "gameName": "Owls!"}}, Subject("owls", "Owls!", "owls")),
        (
            {"storyboard": {"game": {"slug": "moss-io", "name": "Moss"}, "scenes": [SCENE]}},
            Subject("moss-io", "Moss", "moss-io"),
        ),
        (
            {"renderConfig": config_of(SCENE, projectId="Tide_2", gameName="Tide")},
            Subject("Tide_2", "Tide", "tide-2"),
        ),
        ({"metadata": {"gameName": "Fjord"}}, Subject("fjord", "Fjord", "fjord")),
        ({}, Subject("the-title", "The title", "the-title")),
    ],
)
def test_a_game_is_known_by_what_the_request_calls_it(
    request_: dict[str, Any], expected: Subject
) -> None:
    """Its id where it has one, else a slug of its name."""
    assert read_subject(job_of(**request_), "The title") == expected


def test_a_name_without_latin_letters_takes_the_project_s_slug() -> None:
    """A slug is never empty."""
    assert read_subject(job_of(), "囲碁") == Subject("project-1", "囲碁", "project-1")


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Gém  Collectors!", "gem-collectors"), ("--", ""), ("x" * 99, "x" * 60), ("A/../b", "a-b")],
)
def test_a_slug_is_small_letters_digits_and_dashes(text: str, slug: str) -> None:
    """So it can stand in any path."""
    assert slug_of(text) == slug
