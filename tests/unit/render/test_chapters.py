"""Chapters are the scenes with their times."""

from __future__ import annotations

from preview_worker.render.chapters import list_chapters
from tests.unit.render.jobs import timeline_of


def test_each_scene_is_a_chapter() -> None:
    """Seconds have three decimals."""
    listed = list_chapters(timeline_of(steps=[{"id": "a", "title": "Deal", "durationSec": 3.34}]))

    assert (listed["version"], listed["language"]) == (1, "en")
    assert [chapter["startSec"] for chapter in listed["chapters"]] == [0.0, 3.0, 6.333]
    assert listed["chapters"][1] == {"index": 1, "startSec": 3.0, "title": "Deal", "sceneId": "a"}
