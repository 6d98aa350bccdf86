"""Every shape of scene moves and points in the same words."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.model import ComposedCard, Scene, StagedCard, StagedPicture, StepCard
from tests.unit.render.jobs import config_of, timeline_of
from tests.unit.render.timeline.lively import ASSETS, PLACE

LIVELY: dict[str, Any] = {
    "id": "s",
    "durationSec": 4,
    "imageId": "board",
    "motion": "slow-zoom",
    "callouts": [{"target": {"x": 0.5, "y": 0.5}, "label": "Here"}],
}
VISUAL = {"assetId": "board", "placement": PLACE}
SHAPES: dict[str, dict[str, Any]] = {
    "steps": {"steps": [{**LIVELY, "text": "Draw."}]},
    "render-config": {"renderConfig": config_of({**LIVELY, "background": {"image": "board"}})},
    "canonical": {"storyboard": {"scenes": [{**LIVELY, "spokenText": "Draw."}]}},
    "old": {"storyboard": {"scenes": [{**LIVELY, "captions": ["Draw."]}]}},
    "placed": {"storyboard": {"scenes": [{**LIVELY, "visuals": [VISUAL]}]}},
    "segments": {"script": {"segments": [{**LIVELY, "type": "setup", "narration": "Draw."}]}},
    "reviewed": {"script": {"scenes": [{**LIVELY, "narration": "Draw.", "source_pages": [1]}]}},
    "remotion": {"script": {"scenes": [{**LIVELY, "narrationText": "D.", "stepNumber": 1}]}},
}


def lively_scene(shape: str) -> Scene:
    """Return the scene called ``s`` of a request of that shape."""
    timeline = timeline_of(assets=ASSETS, **SHAPES[shape])
    assert [finding.code for finding in timeline.findings] == []
    return next(scene for scene in timeline.scenes if scene.id == "s")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_scene_of_any_shape_is_lively(shape: str) -> None:
    """Its picture grows, and something on it is pointed at."""
    card = lively_scene(shape).card
    alive = card.pictures[0] if isinstance(card, StagedCard) else card

    assert isinstance(alive, StepCard | ComposedCard | StagedPicture)
    assert [motion.kind for motion in alive.motions] == ["zoom"]
    assert len(alive.pointers) == 1


def test_of_several_pictures_the_largest_is_meant() -> None:
    """The others stay as they are."""
    small = {"assetId": "board", "placement": {"x": 0, "y": 0, "width": 0.1, "height": 0.1}}
    scene = {**LIVELY, "visuals": [small, VISUAL]}
    card = timeline_of(storyboard={"scenes": [scene]}, assets=ASSETS).scenes[0].card

    assert isinstance(card, StagedCard)
    assert [len(one.motions) for one in card.pictures] == [0, 1]
    assert [len(one.pointers) for one in card.pictures] == [0, 1]


@pytest.mark.parametrize("word", ["zoom-on-component", "highlight-pulse"])
def test_some_transitions_of_contract_1_2_move_the_picture(word: str) -> None:
    """The scene itself begins with a cut."""
    scene = {"id": "s", "spokenText": "Draw.", "imageAssetIds": ["board"], "transition": word}
    timeline = timeline_of(storyboard={"scenes": [scene, {**scene, "id": "t"}]}, assets=ASSETS)
    card = timeline.scenes[1].card

    assert isinstance(card, StepCard)
    assert len(card.motions) == 1
    assert timeline.scenes[1].transition.frames == 0
