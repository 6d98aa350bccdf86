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
