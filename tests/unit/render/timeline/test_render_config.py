"""Render-config scenes are rendered exactly as they were asked for."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.model import Colour, ComposedCard, Overlay
from tests.unit.render.jobs import config_of, timeline_of

SCENE: dict[str, Any] = {
    "id": "segment-setup",
    "durationSec": 6.333333333333333,
    "background": {"color": "#1c2333"},
    "overlays": [
        {"type": "badge", "text": "STEP 1", "position": "top", "fontColor": "#fbbf24"},
        {"type": "heading", "text": "Set up", "position": "upper", "fontColor": "white"},
        {"type": "body", "text": "Shuffle the deck.", "position": "center"},
    ],
}


def _card(scene: dict[str, Any]) -> ComposedCard:
    card = timeline_of(renderConfig=config_of(scene)).scenes[0].card
    assert isinstance(card, ComposedCard)
    return card


def test_no_card_is_added() -> None:
    """Two scenes asked for are two scenes rendered."""
    timeline = timeline_of(renderConfig=config_of(SCENE, SCENE))

    assert [scene.frames for scene in timeline.scenes] == [190, 190]


def test_what_is_on_a_scene_is_read() -> None:
    """Colours, roles and positions."""
    card = _card(SCENE)

    assert card.ground == Colour(0x1C, 0x23, 0x33)
    assert card.overlays[0] == Overlay("badge", "STEP 1", "top", Colour(0xFB, 0xBF, 0x24))
    assert card.overlays[2] == Overlay("body", "Shuffle the deck.", "center", None)


def test_eleven_odd_durations_end_on_the_exact_frame() -> None:
    """Six thirds of a second eleven times are 69.666 s: 2090 frames."""
    timeline = timeline_of(renderConfig=config_of(*[SCENE] * 11))

    assert timeline.frames == 2090


def test_bodies_are_spoken_unless_there_is_a_narration() -> None:
    """Titles and badges are not."""
    told = {**SCENE, "narrationText": "Shuffle well."}
    scenes = timeline_of(renderConfig=config_of(SCENE, told)).scenes

    assert [scene.spoken for scene in scenes] == ["Shuffle the deck.", "Shuffle well."]


def test_the_first_title_names_a_preview_without_a_name() -> None:
    """The request's own title is better still."""
    config = config_of({"overlays": [{"type": "title", "text": "Moss"}]})

    assert timeline_of(renderConfig=config).title == "Moss"
    assert timeline_of(renderConfig=config, title="Fern").title == "Fern"


def test_headings_name_the_scenes() -> None:
    """In the chapters; a scene without any text has its id."""
    scenes = timeline_of(renderConfig=config_of(SCENE, {"id": "bare"}, {})).scenes

    assert [scene.title for scene in scenes] == ["Set up", "bare", "scene-3"]


def test_a_colour_nobody_knows_is_told() -> None:
    """And the default takes its place."""
    timeline = timeline_of(renderConfig=config_of({"id": "s", "background": {"color": "mud"}}))

    assert [(f.code, f.scene) for f in timeline.findings] == [("colour.unknown", "s")]


@pytest.mark.parametrize("config", [{}, {"scenes": []}, {"scenes": "none"}, {"scenes": [3]}])
def test_a_render_config_without_scenes_is_refused(config: dict[str, Any]) -> None:
    """Unlike no steps: there is nothing to make a preview of."""
    with pytest.raises(PreviewError, match="renderConfig/scenes") as caught:
        timeline_of(renderConfig=config)

    assert caught.value.code is ErrorCode.PAYLOAD
