"""A request says which files it wants; a set that nobody knows is refused."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.timeline.artifact_set import read_artifact_set
from tests.unit.render.jobs import job_of, timeline_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "preview"),
        ("", "preview"),
        ("preview", "preview"),
        (" Tutorial ", "tutorial"),
    ],
)
def test_the_set_is_read_whatever_its_case(value: Any, expected: str) -> None:
    """And it is the preview's own files where nothing is said."""
    assert read_artifact_set(job_of(options={"artifactSet": value}).request) == expected


@pytest.mark.parametrize("value", ["everything", 1, ["tutorial"]])
def test_an_unknown_set_is_refused(value: Any) -> None:
    """With the sets that there are."""
    with pytest.raises(PreviewError, match="must be preview or tutorial") as caught:
        timeline_of(options={"artifactSet": value})

    assert caught.value.code is ErrorCode.OPTION


def test_a_tutorial_is_as_large_as_its_validators_want() -> None:
    """Unless the request says how large."""
    profile = timeline_of(options={"artifactSet": "tutorial"}).profile
    asked = timeline_of(options={"artifactSet": "tutorial", "resolution": "640x360"}).profile

    assert (profile.width_px, profile.height_px) == (1920, 1080)
    assert (asked.width_px, asked.height_px) == (640, 360)
