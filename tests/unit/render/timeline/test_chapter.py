"""A chapter is steps under a title of its own."""

from __future__ import annotations

from preview_worker.render.model import TitleCard
from tests.unit.render.jobs import timeline_of

CHAPTER = {"id": "c", "title": "Set-up", "steps": [{"title": "Deal", "body": "Three."}, "Go."]}


def test_the_chapters_title_leads() -> None:
    """The request's own title stands below it."""
    timeline = timeline_of(title="Moss", chapter=CHAPTER)

    assert timeline.title == "Set-up"
    assert timeline.scenes[0].card == TitleCard("Set-up", "Moss", "2 steps")
    assert [scene.title for scene in timeline.scenes[1:3]] == ["Deal", "Go"]


def test_without_a_title_the_requests_is_used() -> None:
    """With its description."""
    timeline = timeline_of(title="Moss", description="Soft.", chapter={"steps": []})

    assert timeline.scenes[0].card == TitleCard("Moss", "Soft.", "")
