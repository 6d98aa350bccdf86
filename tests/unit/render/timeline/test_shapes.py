"""Whatever JSON stands in a request, it becomes a timeline or one clear error."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.captions import plan_cues
from preview_worker.render.timeline.fields import BODY, MILLISECONDS, SPOKEN, TITLES
from tests.unit.render.jobs import timeline_of

NAMES = [
    *{*BODY, *SPOKEN, *TITLES, *MILLISECONDS},
    *("id", "type", "durationSec", "duration", "durationInFrames", "startTime", "endTime"),
    *("background", "image", "imageUrls", "assetId", "overlays", "position", "fontColor", "color"),
    *("visuals", "visualPlan", "selectedAssetIds", "narration", "action", "expect", "path"),
    *(
        "placement",
        "x",
        "width",
        "layer",
        "startSec",
        "endSec",
        "role",
        "timing",
        "endMs",
        "motion",
    ),
    *("overlay", "onScreenText", "imageAssetIds", "assets", "on_screen_text", "source_pages"),
    *("name", "quantity", "min", "max", "phases", "endCondition", "winCondition", "steps"),
    *("visualOverlayText", "stepNumber", "themeBorderColor", "callouts"),
]
PARTS = [
    *("gameName", "playerCount", "duration", "designer", "objective", "components", "setup"),
    *("turnStructure", "coreMechanic", "secondaryMechanics", "scoring", "edgeCases"),
]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(["#fff", "center", "title", "body", "a.png", "../a", "https://e.com/x"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=20,
)
RECORD = st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=6)
REFUSALS = {ErrorCode.PAYLOAD, ErrorCode.OPTION, ErrorCode.ASSET_REF, ErrorCode.PAYLOAD_COST}


def _planned(**request: Any) -> None:
    timeline, refused_for = None, None
    try:
        timeline = timeline_of(**request)
    except PreviewError as error:
        refused_for = error.code
    if timeline is None:
        assert refused_for in REFUSALS
        return
    plan_cues(timeline)
    assert timeline.frames >= len(timeline.scenes)
    json.dumps([scene.title for scene in timeline.scenes]).encode()


@settings(max_examples=200, deadline=None)
@given(st.lists(RECORD | st.text(max_size=40), max_size=4), st.lists(RECORD, max_size=3))
def test_steps_of_any_shape(steps: list[Any], assets: list[Any]) -> None:
    """With assets of any shape."""
    _planned(steps=steps, assets=assets)


@settings(max_examples=200, deadline=None)
@given(ANYTHING, ANYTHING)
def test_chapters_and_options_of_any_shape(steps: Any, value: Any) -> None:
    """A chapter's steps, and the options that matter."""
    _planned(chapter={"title": value, "steps": steps})
    _planned(options={"resolution": value, "fps": value})
    _planned(options={"format": value, "language": value})


@settings(max_examples=200, deadline=None)
@given(st.lists(RECORD, max_size=4), ANYTHING)
def test_render_configs_of_any_shape(scenes: list[Any], value: Any) -> None:
    """Scenes, and what stands beside them."""
    _planned(renderConfig={"scenes": scenes, "gameName": value})
    _planned(renderConfig={"scenes": [{"overlays": scenes}], "video": {"fps": value}})
    _planned(renderConfig={"scenes": value, "video": {"resolution": value}})


@settings(max_examples=80, deadline=None)
@given(st.lists(RECORD, max_size=4), st.lists(RECORD, max_size=3), ANYTHING)
def test_storyboards_of_any_shape(scenes: list[Any], assets: list[Any], value: Any) -> None:
    """Scenes of every contract, and what stands beside them."""
    placed = [{**scene, "placement": scene} for scene in scenes]
    _planned(storyboard={"scenes": scenes, "resolution": value}, assets=assets)
    _planned(storyboard={"scenes": scenes, "game": value, "storyboardContractVersion": value})
    _planned(storyboard={"scenes": [{"overlays": placed, "visuals": placed}]}, assets=assets)


@settings(max_examples=80, deadline=None)
@given(st.lists(RECORD | st.text(max_size=40), max_size=4), ANYTHING)
def test_scripts_of_any_shape(members: list[Any], value: Any) -> None:
    """Segments, reviewed scenes, Remotion's and templates."""
    _planned(script=members)
    _planned(script={"scenes": members, "fps": value})
    _planned(script={"steps": members, "objectives": value, "outro": value, "game": value})


@settings(max_examples=80, deadline=None)
@given(st.lists(RECORD | st.text(max_size=40), max_size=4), ANYTHING)
def test_lists_of_chapters_of_any_shape(chapters: list[Any], value: Any) -> None:
    """Whichever of them the request names."""
    _planned(chapters=chapters, chapterId=value)
    _planned(chapters=[{"id": "a", "steps": chapters}, {"title": value, "steps": value}])


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(PARTS), ANYTHING, max_size=8), st.sampled_from(["en", "fr"]))
def test_games_of_any_shape(game: dict[str, Any], language: str) -> None:
    """In every language that we write in."""
    _planned(game=game, options={"language": language})
