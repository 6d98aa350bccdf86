"""A comparison can be written as JSON."""

from __future__ import annotations

import json

import pytest

from preview_worker.render.comparison.difference import SceneDifference
from preview_worker.render.comparison.judge import compare, moments
from tests.unit.render.comparison.sights import plain, scene, sight, version


def test_the_document_tells_what_differs_and_counts_the_rest() -> None:
    """With words, boxes and numbers."""
    changed = plain()
    changed[0:8, 0:8] = 200
    after = version(
        scene("a"), scene("b", "b new"), pictures={moments(scene("a"))[0] + 60: sight(changed)}
    )
    told = json.loads(json.dumps(compare(version(scene("a"), scene("b")), after).document()))
    (only,) = told["scenes"]

    assert (told["differs"], told["scenesTheSame"]) == (True, 1)
    assert (only["id"], only["fate"], only["moved"]) == ("b", "changed", False)
    assert only["saidWords"] == [
        {"fate": "kept", "text": "b"},
        {"fate": "added", "text": "new"},
    ]
    assert only["picture"]["box"] == {"x": 0, "y": 0, "width": 16, "height": 16}
    assert told["sound"]["differs"] is False


def test_a_difference_is_about_a_scene() -> None:
    """Of one version at least."""
    with pytest.raises(ValueError, match="without any scene"):
        _ = SceneDifference(None, None, moved=False, seconds=(None, None)).scene
