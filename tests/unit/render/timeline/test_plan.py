"""One request, one timeline, whatever its shape."""

from __future__ import annotations

import pytest

from preview_worker.render.timeline.phrases import language_of
from tests.unit.render.jobs import config_of, timeline_of


def test_a_render_config_goes_before_a_chapter_and_steps() -> None:
    """One source is used, in a fixed order."""
    config = config_of({"id": "only"})
    timeline = timeline_of(renderConfig=config, chapter={"steps": ["no"]}, steps=["no"])

    assert [scene.id for scene in timeline.scenes] == ["only"]


def test_captions_are_on_unless_switched_off() -> None:
    """Only false switches them off."""
    assert timeline_of().captioning.formats
    assert timeline_of(options={"includeCaptions": True}).captioning.formats
    assert not timeline_of(options={"includeCaptions": False}).captioning.formats


@pytest.mark.parametrize(
    ("values", "language"),
    [(["fr-CA"], "fr"), ([None, "FR_fr"], "fr"), (["xx", "en"], "en"), ([3, {}], "en"), ([], "en")],
)
def test_the_language_is_the_first_one_that_we_speak(values: list[object], language: str) -> None:
    """English where nothing else is known."""
    assert language_of(values) == language
