"""The rules about what lies beside the video, and where it comes from."""

from __future__ import annotations

import pytest

from preview_worker.render.quality.elite import documents
from tests.unit.render.jobs import job_of
from tests.unit.render.quality.elite.previews import evidence, rendered


@pytest.mark.parametrize(
    ("cues", "wanted", "holds"), [(3, True, True), (0, True, False), (3, False, False)]
)
def test_captions_have_to_be_written_and_to_hold_something(
    cues: int, *, wanted: bool, holds: bool
) -> None:
    """``includeCaptions: false`` leaves them out."""
    found = evidence(cues=cues, options={"includeCaptions": wanted})

    assert documents.judge_captions(found).holds is holds


def test_chapters_version_and_script_hash_are_always_there() -> None:
    """Every preview has a chapters.json and a manifest."""
    judges = (documents.judge_chapters, documents.judge_version, documents.judge_script_hash)

    assert [judge(evidence()).holds for judge in judges] == [True] * 3


def test_the_thumbnail_is_looked_for_when_it_can_be_there() -> None:
    """After the render."""
    assert documents.judge_thumbnail(evidence()).holds is None
    assert documents.judge_thumbnail(rendered()).holds is True


@pytest.mark.parametrize(("given", "holds"), [("ab12", True), ("", False), (7, False)])
def test_a_confirmation_is_a_hash_in_the_metadata(given: object, *, holds: bool) -> None:
    """Nothing else counts as one."""
    found = evidence(metadata={"confirmationHash": given})

    assert documents.judge_confirmation(found).holds is holds


def test_the_script_hash_follows_the_words() -> None:
    """And nothing else of a request."""
    told = job_of(steps=[{"text": "Place the lamp."}])
    again = job_of(
        steps=[{"text": "Place the lamp."}], job_id="other", options={"resolution": "640x360"}
    )
    other = job_of(steps=[{"text": "Place the lamps."}])

    assert documents.script_hash(told) == documents.script_hash(again)
    assert documents.script_hash(told) != documents.script_hash(other)
