"""One request, one timeline, whatever its shape."""

from __future__ import annotations

from typing import Any

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
    [
        (["fr-CA"], "fr-CA"),
        ([None, "FR_fr"], "fr-FR"),
        (["none of them", "zh-hant"], "zh-Hant"),
        ([3, {}, "ja"], "ja"),
        ([], ""),
    ],
)
def test_the_language_is_the_first_that_is_named(values: list[object], language: str) -> None:
    """Whether we have phrases for it or not."""
    assert language_of(values) == language


@pytest.mark.parametrize(
    ("request_", "language"),
    [
        ({"steps": ["盤を置きます。"]}, "ja"),
        ({"title": "바둑", "steps": ["카드를 뽑습니다."]}, "ko"),
        ({"title": "卡坦岛", "steps": ["轮到你时，掷骰子。"]}, "zh-Hans"),
        ({"title": "卡坦島", "steps": ["輪到你時，擲骰子。"]}, "zh-Hant"),
        ({"title": "Catan", "steps": ["It is called カタン in Japan."]}, "en"),
        ({"title": "盤", "language": "fr", "steps": ["盤を置きます。"]}, "fr"),
    ],
)
def test_letters_tell_a_language_that_nobody_named(request_: dict[str, Any], language: str) -> None:
    """If the texts are in its script, and do not just mention a name."""
    assert timeline_of(**request_).language == language


def test_phrases_are_english_where_we_have_none() -> None:
    """A tutorial in German is counted in English steps."""
    timeline = timeline_of(language="de", steps=[{}])

    assert timeline.scenes[1].title == "Step 1"
