"""Pictures of any kind of scene are visuals of its storyboard."""

from __future__ import annotations

from typing import Any

import pytest

from preview_worker.render.model import PictureRef
from preview_worker.render.tutorial.visuals import asset_of, list_visuals
from tests.golden.upstream import is_visual
from tests.unit.render.jobs import timeline_of

PLACE = {"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5}
MOTIONS = [
    {"type": "fade", "startSec": 0, "endSec": 1, "easing": "easeOutQuad"},
    {"type": "zoom", "startSec": 0.5, "endSec": 2, "minScale": 1, "maxScale": 1.5},
    {"type": "pulse", "startSec": 1, "endSec": 3, "periodSec": 1},
    {"type": "slide", "startSec": 0, "endSec": 1},
]


def _visuals(scene: int, **request: Any) -> list[dict[str, Any]]:
    timeline = timeline_of(**request)
    return list(list_visuals(timeline.scenes[scene], "s", timeline))


def test_the_picture_of_a_step_is_beside_its_words() -> None:
    """By the name of its file."""
    (visual,) = _visuals(1, steps=[{"text": "Look.", "image": "tiles/board.final.png"}])

    assert (visual["assetId"], visual["layer"]) == ("board.final", 0)
    assert visual["placement"]["x"] == 0.5


def test_several_pictures_of_a_step_are_all_there() -> None:
    """One below the other, on layers of their own."""
    found = _visuals(1, steps=[{"text": "Look.", "imageUrls": ["a.png", "b.png"]}])

    assert [(one["assetId"], one["layer"]) for one in found] == [("a", 0), ("b", 1)]
    assert found[0]["placement"]["y"] < found[1]["placement"]["y"]


def _moving(motion: dict[str, Any]) -> dict[str, Any]:
    picture = {"id": "v", "assetId": "v", "placement": PLACE, "layer": 0, "motion": motion}
    scene = {"id": "a", "durationSec": 4, "overlays": [], "visuals": [picture]}
    assets = [{"id": "v", "path": "v.png"}]
    (visual,) = _visuals(0, storyboard={"scenes": [scene]}, assets=assets)
    return visual


@pytest.mark.parametrize("motion", MOTIONS)
def test_motions_are_told_in_the_contract_s_words(motion: dict[str, Any]) -> None:
    """With their times and kinds, within the scene."""
    visual = _moving(motion)

    assert visual["motion"]["type"] == motion["type"]
    assert (visual["motion"]["startSec"], visual["motion"]["endSec"]) == (
        motion["startSec"],
        motion["endSec"],
    )
    assert is_visual(visual, 4.0)


def test_how_far_a_zoom_goes_is_told() -> None:
    """With the point that stays."""
    told = _moving(MOTIONS[1])["motion"]

    assert (told["minScale"], told["maxScale"]) == (1.0, 1.5)
    assert set(told["anchor"]) == {"x", "y"}


def test_an_asset_without_a_file_name_has_a_name_still() -> None:
    """The contract wants one."""
    assert asset_of(PictureRef(("folder/",), "/steps/0/image")) == "steps-0-image"
