"""What would cost too much is refused before anything is painted."""

from __future__ import annotations

import time
from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.settings import RenderSettings
from preview_worker.render.timeline import plan_timeline
from tests.unit.render.jobs import job_of, timeline_of


@pytest.mark.parametrize(
    "request_of",
    [
        {"steps": ["x"] * 2001},
        {"steps": [{"text": "x", "durationSec": 10_801}]},
        {"steps": [{"text": "x", "durationSec": 86_400}]},
        {"renderConfig": {"scenes": [{"durationSec": 1200}] * 10}},
        {"script": {"fps": 1e-308, "scenes": [{"durationInFrames": 10**6, "text": "x"}]}},
    ],
)
def test_too_long_and_too_many_are_refused(request_of: dict[str, Any]) -> None:
    """X11: with the limit in the message, and at once."""
    job = job_of(**request_of)
    began = time.monotonic()
    with pytest.raises(PreviewError, match="at most") as caught:
        plan_timeline(job, RenderSettings())

    assert caught.value.code is ErrorCode.PAYLOAD_COST
    assert time.monotonic() - began < 1


def test_too_much_text_is_refused() -> None:
    """On all scenes together."""
    job = job_of(steps=["words and words"] * 20)

    with pytest.raises(PreviewError, match="characters of text"):
        plan_timeline(job, RenderSettings(max_text_chars=100))


def test_texts_that_take_too_long_to_plan_are_refused_before_they_are() -> None:
    """X11: what nobody would hear or see within the limits is not even cleaned."""
    job = job_of(steps=[{"text": "a" * 5000}] * 121)

    with pytest.raises(PreviewError, match="are read from 60") as caught:
        plan_timeline(job, RenderSettings())

    assert caught.value.code is ErrorCode.PAYLOAD_COST


def test_captions_in_many_languages_are_planned_until_it_is_too_much() -> None:
    """X11: sixteen languages of the longest texts would take sixteen times as long."""
    tags = ("de", "es", "fi", "it", "ja", "nl", "pl", "sv")
    steps = [{"text": {"en": "a " * 2400}, "note": "b" * 5000, "durationSec": 9}] * 6
    job = job_of(steps=steps, captions={tag: ["c"] * 6 for tag in tags})
    told = [one.message for one in plan_timeline(job, RenderSettings()).findings]

    assert not any("too long" in one for one in told)
    job = job_of(steps=steps * 2, captions={tag: ["c"] * 12 for tag in tags})
    told = [one.message for one in plan_timeline(job, RenderSettings()).findings]
    assert any("too long" in one for one in told)


def test_a_language_that_would_be_too_much_is_not_planned_to_find_that_out() -> None:
    """X11: a quarter of what is allowed is left after two of them, and the third needs more."""
    steps = [{"text": {"en": "a " * 2400}, "note": "b" * 5000, "durationSec": 9}] * 30
    job = job_of(steps=steps, captions={tag: ["c"] * 30 for tag in ("de", "es", "fi")})
    timeline = plan_timeline(job, RenderSettings())

    assert [one.language for one in timeline.captioning.translations] == ["de", "es"]
    (told,) = [one.message for one in timeline.findings if "too long" in one.message]
    assert told.startswith("There are no captions in fi")


def test_a_thousand_scenes_are_planned() -> None:
    """A long tutorial is no abuse."""
    assert len(timeline_of(steps=["A short step."] * 1000).scenes) == 1002
